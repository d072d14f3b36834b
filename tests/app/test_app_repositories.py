"""Repositories of every kind and in every state: what is merged, and what is refused up front."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from checkouts import (
    DOCUMENT,
    HANDOFF,
    STATE,
    SUBJECT,
    SUMMARIES,
    age,
    archived,
    changed_files,
    commit_all,
    document_of,
    make_checkout,
    make_ready,
    merge,
    merge_json,
    snapshot,
    status,
    subjects,
    summary_path,
    summary_text,
    write,
    write_summary,
)
from filelock import FileLock
from repositories import git


def _edit(root: Path) -> None:
    write(root / HANDOFF, document_of(root) + "\nMine.\n")


def _edit_and_stage(root: Path) -> None:
    _edit(root)
    git(root, "add", HANDOFF)


def _hide(root: Path) -> None:
    git(root, "update-index", "--skip-worktree", HANDOFF)


def _assume_unchanged(root: Path) -> None:
    git(root, "update-index", "--assume-unchanged", HANDOFF)


def _track_as_link(root: Path) -> None:
    git(root, "mv", HANDOFF, "REAL.md")
    (root / HANDOFF).symlink_to("../REAL.md")
    commit_all(root, "link")


def _diverge(root: Path, path: str) -> None:
    git(root, "checkout", "--quiet", "-b", "side")
    write(root / path, "theirs\n")
    git(root, "commit", "--quiet", "--all", "--message", "theirs")
    git(root, "checkout", "--quiet", "main")
    write(root / path, "ours\n")
    git(root, "commit", "--quiet", "--all", "--message", "ours")


def _stop_in_merge(root: Path) -> None:
    _diverge(root, "other.txt")
    git_fails(root, "merge", "side")


def _stop_in_rebase(root: Path) -> None:
    _diverge(root, "other.txt")
    git_fails(root, "rebase", "side")


def _stop_in_cherry_pick(root: Path) -> None:
    _diverge(root, "other.txt")
    git_fails(root, "cherry-pick", "side")


def _stop_in_revert(root: Path) -> None:
    _diverge(root, "other.txt")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "between")
    write(root / "other.txt", "later\n")
    git(root, "commit", "--quiet", "--all", "--message", "later")
    git_fails(root, "revert", "HEAD~2")


def git_fails(root: Path, *args: str) -> None:
    with pytest.raises(AssertionError):
        git(root, *args)


def _unmerge(root: Path) -> None:
    """Leave three stages of the document, with no merge in progress."""
    blob = git(root, "rev-parse", f"HEAD:{HANDOFF}").decode().strip()
    stages = "".join(f"100644 {blob} {stage}\t{HANDOFF}\n" for stage in (1, 2, 3))
    write(root / ".git/stages", f"0 {'0' * len(blob)}\t{HANDOFF}\n{stages}")
    with (root / ".git/stages").open("rb") as given:
        subprocess.run(["git", "update-index", "--index-info"], cwd=root, stdin=given, check=True)


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (_edit, f"git diff -- {HANDOFF}"),
        (_edit_and_stage, f"git diff --cached -- {HANDOFF}"),
        (_hide, "skip-worktree"),
        (_assume_unchanged, "assume-unchanged"),
        (_track_as_link, "symbolic link"),
        (_unmerge, "unmerged"),
        (_stop_in_merge, "a merge is in progress"),
        (_stop_in_rebase, "a rebase is in progress"),
        (_stop_in_cherry_pick, "a cherry-pick is in progress"),
        (_stop_in_revert, "a revert is in progress"),
    ],
)
def test_what_a_commit_can_not_do_alone_is_refused(
    tmp_path: Path, prepare: object, words: str
) -> None:
    root = make_ready(tmp_path / "root")
    assert callable(prepare)
    prepare(root)
    before = snapshot(root / ".agents"), status(root), git(root, "ls-files", "--stage", "-v")

    done = merge(root)

    assert done.code == 2, done
    assert words in " ".join(done.stderr.split())
    after = snapshot(root / ".agents"), status(root), git(root, "ls-files", "--stage", "-v")
    assert after == before
    assert not (root / STATE / "journal.json").exists()


def test_a_document_with_conflict_markers_is_refused(tmp_path: Path) -> None:
    markers = "<<<<<<< ours\nA\n=======\nB\n>>>>>>> theirs\n"
    root = make_checkout(tmp_path / "root", document=DOCUMENT + markers)
    write_summary(root, "19")

    done = merge_json(root)

    assert done.code == 1
    assert done.report["status"] == "refused"
    assert "conflict markers" in done.report["problems"][0]


def test_a_detached_head_is_warned_of(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    git(root, "checkout", "--quiet", "--detach")

    done = merge(root)

    assert done.code == 0
    assert "HEAD is detached" in done.stderr
    assert subjects(root) == [SUBJECT, "first"]
    assert subjects(root, "main") == ["first"]


@pytest.mark.parametrize("options", [(), ("--object-format=sha256",)])
def test_the_first_commit_of_a_repository_may_be_a_merge(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    git(root, "init", "--quiet", *options)
    write(root / HANDOFF, DOCUMENT)
    write(root / ".git/info/exclude", f"{SUMMARIES}/\n")
    write(root / "untracked.txt", "untracked\n")
    write_summary(root, "19")
    write_summary(root, "20")

    done = merge(root)

    assert done.code == 0, done
    assert subjects(root) == [SUBJECT]
    assert changed_files(root) == [f"A {HANDOFF}"]
    assert status(root) == "?? untracked.txt\n"


def test_a_repository_of_sha256(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    git(root, "init", "--quiet", "--object-format=sha256")
    write(root / HANDOFF, DOCUMENT)
    commit_all(root, "first")
    git(root, "add", "--force", str(write_summary(root, "19")))
    git(root, "commit", "--quiet", "--message", "summary")

    done = merge_json(root)

    assert done.code == 0, done
    assert len(done.report["commit"]) == 64
    assert len(changed_files(root)) == 2
    assert status(root) == ""


def test_a_submodule(tmp_path: Path) -> None:
    origin = make_checkout(tmp_path / "origin")
    root = make_checkout(tmp_path / "root")
    git(root, "submodule", "--quiet", "add", str(origin), "part")
    commit_all(root, "part")
    part = root / "part"
    write_summary(part, "19")

    done = merge(part)

    assert done.code == 0, done
    assert subjects(part)[0] == "docs(handoff): merge session 19"
    assert subjects(root)[0] == "part"
    assert status(root) == " M part\n"
    assert archived(root / ".git/modules/part/handoff-md")[0][0].startswith("handoff-session-19")


@pytest.mark.parametrize("value", ["true", "input", "false"])
@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_line_endings_stay_whatever_git_converts(tmp_path: Path, value: str, newline: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    git(root, "init", "--quiet")
    git(root, "config", "core.autocrlf", value)
    git(root, "config", "core.safecrlf", "false")
    write(root / HANDOFF, DOCUMENT.replace("\n", newline))
    write(root / ".gitignore", f"{SUMMARIES}/\n")
    commit_all(root, "first")
    write_summary(root, "19")
    write_summary(root, "20")

    done = merge(root)

    assert done.code == 0, done
    text = document_of(root)
    assert text.count("\n") == text.count(newline)
    assert ("\r" in text) == (newline == "\r\n")
    assert status(root) == ""
    assert subjects(root) == [SUBJECT, "first"]
    before = snapshot(root / ".agents")
    assert merge(root).code == 0
    assert snapshot(root / ".agents") == before


def test_a_merge_written_only_is_finished_in_a_repository_that_converts(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    git(root, "init", "--quiet")
    git(root, "config", "core.autocrlf", "true")
    mixed = DOCUMENT.replace("\n", "\r\n", 9)
    write(root / HANDOFF, mixed)
    write(root / ".gitignore", f"{SUMMARIES}/\n")
    commit_all(root, "first")
    write_summary(root, "19")
    assert merge(root, "--no-commit").code == 0
    git(root, "commit", "--quiet", "--all", "--message", "mine")

    done = merge_json(root)

    assert done.code == 0, done
    assert done.report["commit"] == git(root, "rev-parse", "HEAD").decode().strip()
    assert subjects(root) == ["mine", "first"]
    assert len(archived(root / STATE)) == 1


def test_a_filter_that_cleans_and_smudges(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    git(root, "config", "filter.turn.clean", "tr a-z n-za-m")
    git(root, "config", "filter.turn.smudge", "tr a-z n-za-m")
    write(root / ".gitattributes", f"{HANDOFF} filter=turn\n")
    git(root, "add", "--renormalize", HANDOFF)
    commit_all(root, "filter")

    assert merge(root, "--no-commit").code == 0
    assert merge(root).code == 0

    assert "Did 19." in document_of(root)
    assert b"Did 19." not in git(root, "show", f"HEAD:{HANDOFF}")
    assert status(root) == ""
    assert subjects(root)[0] == SUBJECT


def test_a_document_that_git_ignores_is_written_and_not_committed(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    git(root, "rm", "--quiet", "--cached", HANDOFF)
    write(root / ".gitignore", ".agents/\n")
    commit_all(root, "ignore")

    done = merge_json(root)

    assert done.code == 0
    assert done.report["commit"] is None
    assert "git ignores the document: nothing is committed" in done.report["notes"]
    assert "Did 19." in document_of(root)
    assert subjects(root) == ["ignore", "first"]
    assert len(archived(root / STATE)) == 2


def test_a_bare_repository_is_refused(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "bare")

    done = merge(tmp_path / "bare")

    assert done.code == 2
    assert "bare repository" in done.stderr


def test_an_unknown_author_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    git(root, "config", "user.useConfigOnly", "true")
    unknown = dict.fromkeys(
        ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"), ""
    )

    done = merge(root, env=unknown)

    assert done.code == 2, done
    assert "who you are" in done.stderr
    assert document_of(root) == DOCUMENT
    assert status(root) == ""


def test_a_configuration_moves_everything(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    write(
        root / "handoff-md.toml",
        'handoff = "docs/HAND.md"\nsummaries = "notes/out"\nsessions = "notes/logs"\n'
        'entries-heading = "Log"\nupdate-last-updated = false\n',
    )
    write(root / "docs/HAND.md", "# H\n\n**Last Updated**: 2025-01-01\n\n## Log\n\n## Other\n")
    write(root / "notes/logs/2025-12-18-session-19-x.md", "# Session 19: From its log\n")
    write(root / ".gitignore", "notes/out/\n")
    commit_all(root, "configure")
    text = "---\ndate: 2025-12-18\n---\nDid 19.\n"
    age(write(root / "notes/out/handoff-session-19-summary.md", text))

    done = merge_json(root)

    assert done.code == 0, done
    written = (root / "docs/HAND.md").read_text()
    assert "**Last Updated**: 2025-01-01" in written
    assert "#### Session 19: From its log" in written
    assert "(../notes/logs/2025-12-18-session-19-x.md)" in written
    assert written.index("## Log") < written.index("Did 19.") < written.index("## Other")
    assert changed_files(root) == ["M docs/HAND.md"]


def test_a_pyproject_with_the_table_configures_and_one_without_is_passed_over(
    tmp_path: Path,
) -> None:
    root = make_checkout(tmp_path / "root")
    write(root / "pyproject.toml", '[tool.handoff-md]\nsummaries = "out"\n')
    write(root / "part/pyproject.toml", '[project]\nname = "handoff-md"\n')
    commit_all(root, "configure")
    age(write(root / "out" / summary_path(root, "19").name, summary_text("19")))

    assert merge_json(root / "part").statuses == {"19": "merged"}


def test_a_configuration_above_the_repository_does_not_count(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    write(tmp_path / "handoff-md.toml", "nonsense = 1\n")

    assert merge(root).code == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('handof = "x.md"', "Did you mean handoff?"),
        ("lock_timeout = 3", "Did you mean lock-timeout?"),
        ("lock-timeout = -1", "can't be negative"),
        ("lock-timeout = true", "must be a whole number"),
        ('handoff = "../x.md"', "inside the repository"),
        ('handoff = "/x.md"', "inside the repository"),
        ('sessions = ".git/logs"', "outside of .git"),
        ('handoff = "."', "handoff is the repository's own folder: '.'"),
        ('summaries = "./"', "summaries is the repository's own folder: './'"),
        ('summaries = "docs/.GIT/x"', "outside of .git"),
        ("handoff = ", "is no TOML"),
        ('handoff = "a\\u0000b.md"', "handoff"),
        ('[tool.handoff-md]\nhandoff = "x.md"', "Take the line [tool.handoff-md] out"),
        ('[handoff-md]\nhandoff = "x.md"', "Take the line [handoff-md] out"),
        ('[handoff]\npath = "x.md"', 'Write handoff = ".agents/HANDOFF.md" above all tables'),
        ('[merge]\npolicy = "newest"', "there is no table [merge]"),
        ('[lint]\nhandoff = "x.md"', "Write it above the line [lint]"),
        ('lock-timeout = "soon"', "a time such as 90s"),
    ],
)
def test_a_mistake_in_the_configuration_is_named(tmp_path: Path, text: str, words: str) -> None:
    root = make_ready(tmp_path / "root")
    write(root / "handoff-md.toml", text + "\n")

    done = merge(root)

    assert done.code == 2, done
    assert words in done.stderr
    assert document_of(root) == DOCUMENT


def test_a_missing_document_is_told_and_can_be_created(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    git(root, "rm", "--quiet", HANDOFF)
    git(root, "commit", "--quiet", "--message", "gone")

    told = merge(root)
    done = merge(root, "--create-section")

    assert told.code == 2
    assert "--create-section" in told.stderr
    assert done.code == 0, done
    assert document_of(root).startswith("# Handoff\n\n## Recent Sessions\n\n### Parallel Sessions")
    assert changed_files(root) == [f"A {HANDOFF}"]
    assert status(root) == ""


def test_a_document_without_a_section_names_the_options_that_solve_it(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root", document="# Handoff\n\nWords.\n\n## Status\n\nFine.\n")
    write_summary(root, "19")

    told = merge_json(root)

    assert told.code == 1
    assert "Status" in str(told.report["problems"])
    assert "--into" in str(told.report["problems"])
    assert merge(root, "--into", "Status").code == 0
    assert "Did 19." in document_of(root)


def test_a_locked_lock_is_waited_for_and_then_named(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    write(root / "handoff-md.toml", "lock-timeout = 1\n")
    (root / STATE).mkdir()
    with FileLock(root / STATE / "lock"):
        done = merge(root)

    assert done.code == 2
    assert "another handoff-md holds the lock" in done.stderr
    assert document_of(root) == DOCUMENT


@pytest.mark.parametrize("name", [".gitattributes", ".gitignore", ".agents/.gitattributes"])
def test_a_pipe_that_git_would_wait_for_is_told(tmp_path: Path, name: str) -> None:
    root = make_ready(tmp_path / "a")
    (root / name).unlink(missing_ok=True)
    os.mkfifo(root / name)
    refused = merge(root)
    assert (refused.code, "git would wait for it" in refused.stderr) == (2, True)
