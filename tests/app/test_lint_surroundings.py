"""What rules may ask of a real repository, its worktrees and its history."""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path

import pytest
from checkouts import HANDOFF, commit_all, finish, make_checkout, run, start, write
from repositories import git

from handoff_md.app.lint.surroundings import look_around
from handoff_md.app.workspace import open_workspace
from handoff_md.linter.context import LintSurroundings

LOG = ".agents/sessions/2025-12-18-session-19-cache.md"
OTHER_LOG = ".agents/sessions/2025-12-18-session-20-gate.md"


def _around(root: Path) -> LintSurroundings:
    return look_around(open_workspace(root))


def _exists(around: LintSurroundings, path: str) -> bool:
    assert around.exists is not None
    return around.exists(path)


def _lint(root: Path, *args: str) -> list[str]:
    """Give the findings of a run, each as ``path CODE``."""
    done = run(root, "lint", "--output-format", "concise", *args)
    assert done.code in (0, 1), done.stderr
    lines = (line.split(" ") for line in done.stdout.splitlines() if line.startswith("."))
    return [f"{words[0].partition(':')[0]} {words[1][:5]}" for words in lines]


def test_a_file_exists_here_or_in_a_linked_worktree(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "main")
    git(root, "worktree", "add", "--quiet", "../agent", "-b", "agent")
    write(tmp_path / "agent" / LOG, "# Session 19\n")
    around = _around(root)
    assert _exists(around, HANDOFF)
    assert _exists(around, LOG)
    assert _exists(around, ".agents/sessions")
    assert _exists(around, "")
    assert not _exists(around, OTHER_LOG)
    assert not _exists(around, f"{HANDOFF}/below")
    assert not _exists(around, "\0")


def test_a_name_in_other_case_does_not_exist(tmp_path: Path) -> None:
    around = _around(make_checkout(tmp_path / "main"))
    assert not _exists(around, HANDOFF.upper())
    assert not _exists(around, ".Agents/HANDOFF.md")


def test_files_that_a_sparse_checkout_leaves_out_exist(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "main")
    write(root / "docs/guide.md", "# Guide\n")
    commit_all(root, "guide")
    git(root, "sparse-checkout", "set", ".agents")
    assert not (root / "docs").exists()
    around = _around(root)
    assert _exists(around, "docs/guide.md")
    assert _exists(around, "docs")
    assert not _exists(around, "docs/none.md")


def test_files_of_a_submodule_that_is_not_there_may_exist(tmp_path: Path) -> None:
    library = make_checkout(tmp_path / "library")
    root = make_checkout(tmp_path / "main")
    git(root, "submodule", "--quiet", "add", f"file://{library}", "vendor/library")
    commit_all(root, "library")
    assert not _exists(_around(root), "vendor/library/none.md")
    git(tmp_path, "clone", "--quiet", f"file://{root}", "clone")
    around = _around(tmp_path / "clone")
    assert _exists(around, "vendor/library/any.md")
    assert not _exists(around, "vendor/other.md")


def test_logs_are_those_of_this_work_tree_and_reachable_ones_all_others(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "main")
    write(root / LOG, "# Session 19\n")
    commit_all(root, "log")
    (root / LOG).unlink()
    git(root, "worktree", "add", "--quiet", "../agent", "-b", "agent")
    third = ".agents/sessions/2025/2025-12-18-session-21-count.md"
    write(tmp_path / "agent" / OTHER_LOG, "# Session 20\n")
    write(root / third, "# Session 21\n")
    around = _around(root)
    assert around.logs is not None
    assert around.reachable_logs is not None
    assert set(around.logs().paths.values()) == {third}
    assert set(around.reachable_logs().paths.values()) == {LOG, OTHER_LOG, third}


def test_before_the_first_commit_the_logs_of_the_work_tree_are_all(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    write(tmp_path / LOG, "# Session 19\n")
    around = _around(tmp_path)
    assert around.reachable_logs is not None
    assert set(around.reachable_logs().paths.values()) == {LOG}


def test_commits_are_known_or_not_in_a_whole_clone_only(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "main")
    head = git(root, "rev-parse", "HEAD").decode().strip()
    blob = git(root, "rev-parse", "HEAD:other.txt").decode().strip()
    asked = {head, head[:8], blob, "1234567a", "f" * 40}
    around = _around(root)
    assert around.unknown_commits is not None
    assert around.unknown_commits(asked) == {blob, "1234567a", "f" * 40}
    assert around.unknown_commits(()) == frozenset()
    write(root / "other.txt", "more\n")
    commit_all(root, "second")
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{root}", "shallow")
    shallow = _around(tmp_path / "shallow")
    assert shallow.unknown_commits is not None
    assert shallow.unknown_commits(asked) == frozenset()


def test_all_logs_commits_are_asked_for_in_one_process(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "main")
    for number in range(10, 15):
        log = root / f".agents/sessions/2025-12-18-session-{number}.md"
        write(log, f"# Session {number}\n\n**Starting Commit**: `12345{number}a`\n")
    calls = _git_calls(root, "--select", "HS007")
    assert len([call for call in calls if call.startswith("cat-file")]) == 1


def test_a_summary_is_ignored_or_not(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "main")
    around = _around(root)
    assert around.summaries_ignored is not None
    assert around.summaries_ignored() is True
    (root / ".gitignore").unlink()
    assert _lint(root, "--select", "HR002") == [".gitignore HR002"]
    assert run(root, "lint", "--fix", "--select", "HR002").code == 0
    assert (root / ".gitignore").read_text() == "/.agents/temp/handoff-session-*-summary.md\n"
    assert _lint(root, "--select", "HR002") == []


def test_anchors_are_those_of_the_document_that_a_link_leads_to(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "main")
    write(root / "docs/guide.md", "# A guide\n\n## What & how\n\n## What & how\n")
    links = ["#a-guide", "#what--how", "#what--how-1", "#what--how-2"]
    text = "".join(f"- [x](../docs/guide.md{link})\n" for link in links)
    write(root / HANDOFF, f"# Handoff\n\n{text}- [x](#handoff)\n- [x](#none)\n- [x](../a.txt#b)\n")
    found = run(root, "lint", "--select", "HL005", "--output-format", "concise").stdout
    assert "#what--how-2" in found
    assert "#none" in found
    assert found.count("HL005") == 2


def test_links_of_a_document_that_a_symbolic_link_leads_to_are_read(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "main")
    write(root / "docs/guide.md", "# Guide\n")
    (root / ".agents/docs").symlink_to("../docs")
    write(root / HANDOFF, "# Handoff\n\n[guide](./docs/guide.md#guide) [none](./docs/none.md)\n")
    assert _lint(root, "--select", "HL") == [f"{HANDOFF} HL003"]


def test_without_git_the_files_here_are_all(tmp_path: Path) -> None:
    text = "# Handoff\n\n[log](./sessions/2025-12-18-session-19-cache.md) [none](./none.md)\n"
    write(tmp_path / HANDOFF, text)
    write(tmp_path / LOG, "# Session 19\n\n**Commit**: `1234567a`\n")
    assert _lint(tmp_path, "--select", "HL003,HS007,HR002") == [f"{HANDOFF} HL003"]


def test_a_missing_log_is_looked_for_in_worktrees_and_head(tmp_path: Path) -> None:
    entry = "# Handoff\n\n## Recent Sessions\n\n### 2025-12-18: Cache (Session 19)\n\nDone.\n"
    root = make_checkout(tmp_path / "main", document=entry)
    write(root / OTHER_LOG, "# Session 20\n")
    assert _lint(root, "--select", "HL001,HS011") == [f"{HANDOFF} HS011"]
    git(root, "worktree", "add", "--quiet", "../agent", "-b", "agent")
    write(tmp_path / "agent" / LOG, "# Session 19\n")
    assert _lint(root, "--select", "HL001,HS011") == [f"{HANDOFF} HL001"]
    assert run(root, "lint", "--fix", "--select", "HL,HS011").code == 0
    assert f"[Session 19](./{LOG.removeprefix('.agents/')})" in (root / HANDOFF).read_text()


def test_a_file_among_the_logs_without_any_number_is_no_log(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "main")
    write(root / ".agents/sessions/SESSION-TEMPLATE.md", "# Session NN\n")
    write(root / ".agents/sessions/session-19.md", "# Session 19\n")
    found = {".agents/sessions/session-19.md HS001", ".agents/sessions/session-19.md HS002"}
    assert set(_lint(root, "--select", "HS")) - {f"{HANDOFF} HS011"} == found


def test_a_summary_takes_its_title_from_the_log_as_in_a_merge(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "main")
    write(root / ".agents/temp/handoff-session-19-summary.md", "Done.\n")
    assert _lint(root, "--select", "HF003") == [".agents/temp/handoff-session-19-summary.md HF003"]
    write(root / LOG, "# Session 19: Cache the look-ups\n")
    assert _lint(root, "--select", "HF003") == []


def _git_calls(root: Path, *args: str) -> list[str]:
    """Run lint with a git that writes down how it is called, and give its arguments."""
    folder = root.parent / "bin"
    folder.mkdir(exist_ok=True)
    real = next(p for d in os.environ["PATH"].split(":") if (p := Path(d) / "git").exists())
    calls = root.parent / "calls.txt"
    calls.write_text("")
    wrapper = folder / "git"
    wrapper.write_text(f'#!/bin/sh\necho "$@" >>"{calls}"\nexec "{real}" "$@"\n')
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    path = f"{folder}:{os.environ['PATH']}"
    assert run(root, "lint", *args, env={"PATH": path}).code in (0, 1)
    # Every call begins with the same settings.
    return [re.sub(r"^(-c \S+ )+", "", call) for call in calls.read_text().splitlines()]


def test_rules_that_ask_nothing_cost_nothing(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "main")
    git(root, "worktree", "add", "--quiet", "../agent", "-b", "agent")
    calls = _git_calls(root, "--select", "HE")
    assert len(calls) == 1
    assert calls[0].startswith("rev-parse")
    script = (
        "import sys; from handoff_md.cli.main import main\n"
        "sys.argv[1:] = ['lint', '--select', 'HE']\n"
        "try: main()\n"
        "finally: print(*sys.modules, file=sys.stderr)"
    )
    loaded = finish(start(root, "-c", script, command=(sys.executable,))).stderr.split()
    assert "handoff_md.app.lint.surroundings" in loaded
    unwanted = {
        "handoff_md.git.worktrees",
        "handoff_md.git.revisions",
        "handoff_md.git.objects",
        "handoff_md.git.index",
        "handoff_md.semantics.document.anchors",
        "handoff_md.semantics.summaries.containment",
        "handoff_md.semantics.logs.compliance",
        "handoff_md.syntax.links",
        "handoff_md.syntax.title",
        "git",
        "rich",
        "mdformat",
        "filelock",
    }
    assert not unwanted & set(loaded)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_can_not_be_read_is_empty(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "main")
    write(root / "closed/file.txt", "")
    (root / "closed").chmod(0)
    try:
        assert not _exists(_around(root), "closed/file.txt")
    finally:
        (root / "closed").chmod(0o755)
