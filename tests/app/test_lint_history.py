"""``lint --commits`` as a command: what a merge commits is right, and errors of git are told."""

from __future__ import annotations

import json
from pathlib import Path

from checkouts import (
    Done,
    commit_all,
    make_ready,
    merge,
    run,
    subjects,
    write,
    write_summary,
)
from histories import LOGS, Checkout, document, entry, start
from repositories import git


def lint(root: Path, revisions: str = "HEAD", *options: str) -> Done:
    return run(root, "lint", "--commits", revisions, "--fail-on", "warning", *options)


def test_nothing_is_found_in_what_merges_commit(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "a")
    write(root / LOGS / "2025-12-18-session-20-b.md", "# Session 20\n")
    assert merge(root).code == 0
    write_summary(root, "21")
    assert merge(root).code == 0
    write_summary(root, "20", words="Other words than before.")
    assert merge(root, "--replace").code == 0
    write_summary(root, "23", date="2025-12-19")
    write_summary(root, "24", date="2025-12-19")
    assert merge(root, "--no-commit").code == 0
    assert merge(root).code == 0
    assert len(subjects(root)) == 5
    done = lint(root)
    assert (done.code, done.stdout) == (0, "All checks passed (5 commits).\n")


def test_nothing_is_found_where_the_logs_and_tracked_summaries_are_committed_too(
    tmp_path: Path,
) -> None:
    root = make_ready(tmp_path / "a")
    write(root / ".gitignore", "")
    write(root / LOGS / "2025-12-18-session-19-a.md", "# Session 19\n")
    commit_all(root, "docs(session): log session 19")
    write(root / LOGS / "2025-12-18-session-20-b.md", "# Session 20\n")
    commit_all(root, "docs(session): log session 20")
    assert merge(root).code == 0
    done = lint(root)
    assert (done.code, done.stderr) == (0, "")


def test_a_finding_is_told_with_its_commit(tmp_path: Path) -> None:
    checkout = start(tmp_path / "a", document(entry(18)))
    commit = checkout.commit("two", document(entry(20), entry(19), entry(18)))
    done = lint(checkout.root, "HEAD~1..", "--output-format", "json")
    (found,) = json.loads(done.stdout)["diagnostics"]
    assert done.code == 1
    assert (found["code"], found["commit"], found["sessions"]) == ("HG001", commit, ["19", "20"])
    assert (found["path"], found["line"], found["column"]) == (".agents/HANDOFF.md", 5, 5)


def test_a_rule_can_be_ignored_and_be_made_less_severe(tmp_path: Path) -> None:
    checkout = start(tmp_path / "a", document(entry(18)))
    checkout.commit("two", document(entry(20), entry(19), entry(18)))
    assert lint(checkout.root, "HEAD", "--ignore", "HG001").code == 0
    milder = ("--config", 'lint.severity={HG001="info"}')
    assert lint(checkout.root, "HEAD", *milder).code == 0
    assert "HG001" in lint(checkout.root, "HEAD", *milder).stdout


def test_bad_ranges_shallow_clones_and_folders_without_git_are_exit_2(tmp_path: Path) -> None:
    checkout = start(tmp_path / "a", document(entry(18)))
    checkout.commit("more", document(entry(19), entry(18)))
    git(tmp_path, "clone", "--quiet", "--depth=1", checkout.root.as_uri(), "shallow")
    write(tmp_path / "plain" / ".agents" / "HANDOFF.md", document(entry(18)))
    for folder, revisions, told in (
        ("a", "nope..HEAD", "there is no revision 'nope'"),
        ("shallow", "HEAD~1..", "git fetch --deepen=1"),
        ("plain", "HEAD", "is no git repository"),
    ):
        done = lint(tmp_path / folder, revisions)
        assert done.code == 2
        assert told in done.stderr
        assert done.stdout == ""


def test_a_merge_in_a_clone_without_its_common_ancestor_is_not_guessed_at(tmp_path: Path) -> None:
    checkout = start(tmp_path / "a", document(entry(17), entry(18)))
    checkout.branch("topic")
    checkout.commit("theirs", document(entry(19), entry(17), entry(18)))
    checkout.switch("main")
    checkout.commit("archives 18", document(entry(17)))
    checkout.merge("topic", text=document(entry(17)))
    git(tmp_path, "clone", "--quiet", "--depth=2", checkout.root.as_uri(), "shallow")
    done = lint(tmp_path / "shallow", "HEAD^!")
    assert done.code == 2
    assert "it lacks the common ancestor" in done.stderr
    git(tmp_path / "shallow", "fetch", "--quiet", "--unshallow")
    found = Checkout(tmp_path / "shallow").found()
    assert len(found) == 1
    assert "Session 19" in found[0][1]


def test_a_partial_clone_that_is_offline_says_so_and_how_it_gets_all(tmp_path: Path) -> None:
    checkout = start(tmp_path / "a", document(entry(18)))
    checkout.commit("more", document(entry(19), entry(18)))
    git(checkout.root, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "--quiet", "--filter=blob:none", checkout.root.as_uri(), "partial")
    checkout.root.rename(tmp_path / "gone")
    done = lint(tmp_path / "partial")
    assert done.code == 2
    assert "this clone is partial and lacks" in done.stderr
    assert "its remote can't be reached" in done.stderr
    assert "fsck" not in done.stderr
    (tmp_path / "gone").rename(checkout.root)
    assert "`git fetch --refetch --no-filter`" in done.stderr
    git(tmp_path / "partial", "fetch", "--quiet", "--refetch", "--no-filter")
    checkout.root.rename(tmp_path / "gone")
    assert lint(tmp_path / "partial").code == 0


def test_zeros_in_a_range_are_what_git_tells_of_new_and_of_deleted_branches(tmp_path: Path) -> None:
    checkout = start(tmp_path / "a", document(entry(18)))
    git(checkout.root, "switch", "--quiet", "--create", "topic")
    checkout.commit("more", document(entry(19), entry(18)))
    for revisions, told in (
        (f"{'0' * 40}..topic", "(1 commit)"),
        (f"topic..{'0' * 40}", "(0 commits)"),
    ):
        assert told in lint(checkout.root, revisions).stdout
    refused = run(checkout.root, "lint", "--since", "0" * 40)
    assert (refused.code, "of a branch or tag that is new" in refused.stderr) == (2, True)


def test_a_handoff_document_that_is_renamed_keeps_its_entries(tmp_path: Path) -> None:
    checkout = start(tmp_path / "a", document(entry(18)))
    checkout.commit("more", document(entry(19), entry(18)))
    git(checkout.root, "mv", ".agents/HANDOFF.md", "HANDOFF.md")
    checkout.commit("rename", **{"handoff-md.toml": 'handoff = "HANDOFF.md"\n'})
    write(checkout.root / "HANDOFF.md", document(entry(20), entry(19), entry(18)))
    checkout.commit("more again")
    assert lint(checkout.root).code == 0
