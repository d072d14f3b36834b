"""The guard as git runs it: a hook of real commits and merges."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from checkouts import DOCUMENT, HANDOFF, STATE, make_checkout, run, write
from repositories import git

from handoff_md.ledger.records import Run
from handoff_md.store.runs import start_run

HEAVY = {"click", "markdown_it", "rich", "filelock", "git", "handoff_md.syntax.parse"}


def entry(number: int, day: int = 18) -> str:
    return f"### Session {number}: Work (2025-12-{day})\n\nDone.\n\n"


def with_entries(*entries: str, document: str = DOCUMENT) -> str:
    return document.replace("### Session 18", "".join(entries) + "### Session 18", 1)


PARALLEL = """\
### Parallel Sessions 19, 20 (2025-12-18)

**Orchestrator**: Session 22
**Parallel Executions**: 2 agents

#### Session 19: A

a

#### Session 20: B

b

"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout whose hooks are the guard, and nothing else."""
    folder = make_checkout(tmp_path / "project")
    hook = f"#!/bin/sh\nexec {sys.executable} -m handoff_md guard\n"
    for name in ("pre-commit", "pre-merge-commit"):
        write(folder / ".git/hooks" / name, hook).chmod(0o755)
    return folder


def commit(root: Path, *args: str, env: dict[str, str] | None = None) -> str:
    """Try a commit; give what was said, empty where it was made without a word."""
    done = subprocess.run(
        ["git", "commit", "--quiet", "--message", "try", *args],
        cwd=root,
        env={**os.environ, **(env or {})},
        capture_output=True,
        check=False,
    )
    said = done.stderr.decode()
    assert (done.returncode == 0) is (said == ""), said
    return said


def stage(root: Path, text: str) -> None:
    write(root / HANDOFF, text)
    git(root, "add", "--", HANDOFF)


@pytest.mark.parametrize(
    "text",
    [
        with_entries(entry(19)),
        with_entries(PARALLEL),
        with_entries(PARALLEL, entry(21)),
        with_entries(entry(19), entry(19)),
        with_entries("### Session 19 and Session 20 Retrospective\n\nx\n\n", entry(21)),
        DOCUMENT.replace("Kept.", "Kept, and more."),
        DOCUMENT.replace("Session 18:", "Session 28:").replace(
            "Session 17: Count", "Session 17: N"
        ),
        DOCUMENT.replace("## Notes", "## 2025-01-01: A\n\n## 2025-01-02: B\n\n## Notes"),
        "# Handoff\n",
    ],
    ids=lambda text: text[:0],
)
def test_what_one_session_or_an_orchestrator_does_may_be_committed(root: Path, text: str) -> None:
    stage(root, text)
    assert commit(root) == ""


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (with_entries(entry(19), entry(20)), "19, 20"),
        (with_entries(entry(19), PARALLEL.replace("19", "29"), entry(21)), "19, 21"),
        (with_entries("### Sessions 19 & 20: Both (2025-12-18)\n\nx\n\n"), "19, 20"),
        (with_entries(entry(19, 18), entry(19, 19)), "19, 19"),
    ],
)
def test_entries_of_several_sessions_are_refused(root: Path, text: str, ids: str) -> None:
    stage(root, text)
    said = commit(root)
    assert f"outside of a parallel section: {ids}\n" in said
    assert f"git restore --staged -- {HANDOFF}" in said
    assert commit(root, "--no-verify") == ""


def test_what_is_not_committed_does_not_count(root: Path) -> None:
    stage(root, with_entries(entry(19)))
    write(root / HANDOFF, with_entries(entry(19), entry(20)))
    write(root / "other.txt", "new\n")
    assert commit(root) == ""
    assert commit(root, "--only", "--", "other.txt") == ""


def test_a_commit_of_named_paths_is_seen_though_they_are_not_staged(root: Path) -> None:
    write(root / HANDOFF, with_entries(entry(19), entry(20)))
    assert "19, 20" in commit(root, "--only", "--", HANDOFF)
    assert "19, 20" in commit(root, "--all")


def test_a_commit_beside_a_staged_document_passes(root: Path) -> None:
    stage(root, with_entries(entry(19), entry(20)))
    write(root / "other.txt", "new\n")
    assert commit(root, "--only", "--", "other.txt") == ""


def test_the_commit_that_brings_the_document_in_passes(tmp_path: Path) -> None:
    root = tmp_path / "new"
    root.mkdir()
    git(root, "init", "--quiet", "--template=")
    stage(root, DOCUMENT)
    assert run(root, "guard").code == 0


def test_a_document_that_leaves_passes(root: Path) -> None:
    git(root, "rm", "--quiet", "--", HANDOFF)
    assert commit(root) == ""


def start_a_run(root: Path) -> Run:
    started = start_run(root / STATE, orchestrator="22", started_at="2025-12-18T10:00:00Z")
    assert started is not None
    return started


def test_during_a_run_the_document_is_left_alone(root: Path) -> None:
    start_a_run(root)
    stage(root, with_entries(entry(19)))
    write(root / "other.txt", "new\n")
    git(root, "add", "other.txt")
    said = commit(root)
    assert "a parallel run is active (orchestrator 22, since 2025-12-18T10:00:00Z)" in said
    assert "handoff-md session end" in said
    git(root, "restore", "--staged", "--", HANDOFF)
    assert commit(root) == ""


def test_a_document_that_is_removed_or_moved_during_a_run_is_changed_too(root: Path) -> None:
    start_a_run(root)
    git(root, "mv", HANDOFF, "elsewhere.md")
    assert "a parallel run is active" in commit(root)


def test_the_orchestrators_commit_is_known_by_its_token(root: Path) -> None:
    run = start_a_run(root)
    stage(root, with_entries(entry(19)))
    assert "a parallel run is active" in commit(root, env={"HANDOFF_MD_RUN": "another"})
    assert commit(root, env={"HANDOFF_MD_RUN": run.token}) == ""


def test_a_run_is_seen_from_every_worktree(root: Path) -> None:
    start_a_run(root)
    git(root, "worktree", "add", "--quiet", "-b", "side", "../linked")
    linked = root.parent / "linked"
    stage(linked, with_entries(entry(19)))
    assert "a parallel run is active" in commit(linked)


def test_during_a_run_a_merge_may_take_the_document_of_a_side(root: Path) -> None:
    branch_with(root, "side", with_entries(entry(19)))
    start_a_run(root)
    git(root, "merge", "--quiet", "--no-commit", "--no-ff", "side")
    assert commit(root) == ""
    branch_with(root, "other", with_entries(entry(20)))
    git(root, "merge", "--quiet", "--no-commit", "--no-ff", "-X", "theirs", "other")
    stage(root, with_entries(entry(19), entry(20)))
    assert "a parallel run is active" in commit(root)


def try_merge(root: Path, *branches: str) -> str:
    """Try a merge without conflicts; give what was said, empty where its commit was made."""
    done = subprocess.run(
        ["git", "merge", "--quiet", "--no-edit", "--no-ff", *branches],
        cwd=root,
        capture_output=True,
        check=False,
    )
    made = not (root / ".git/MERGE_HEAD").exists()
    assert (done.returncode == 0) is made, done.stderr
    return "" if made else done.stderr.decode()


def both_change(root: Path) -> None:
    """Have main and side change the document in places that git merges without a conflict."""
    branch_with(root, "side", with_entries(entry(19), entry(20)))
    stage(root, DOCUMENT.replace("Stay as they are.", "Changed."))
    git(root, "commit", "--quiet", "--message", "main")


def test_a_merge_without_conflicts_may_bring_several(root: Path) -> None:
    both_change(root)
    assert try_merge(root, "side") == ""


def test_during_a_run_a_merge_without_conflicts_is_refused_too(root: Path) -> None:
    both_change(root)
    start_a_run(root)
    said = try_merge(root, "side")
    assert "a parallel run is active" in said
    assert "`git merge --abort`" in said
    assert "git restore" not in said, "it would take one side, and lose the other's entries"
    git(root, "merge", "--abort")
    (root / STATE / "run.json").unlink()
    assert try_merge(root, "side") == ""


def test_during_a_run_a_merge_without_conflicts_may_take_the_document_of_a_side(root: Path) -> None:
    branch_with(root, "side", with_entries(entry(19), entry(20)))
    git(root, "checkout", "--quiet", "-b", "other", "main")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "other")
    git(root, "checkout", "--quiet", "main")
    write(root / "other.txt", "main\n")
    git(root, "commit", "--quiet", "--all", "--message", "main")
    start_a_run(root)
    assert try_merge(root, "other", "side") == ""
    assert (root / HANDOFF).read_text() == with_entries(entry(19), entry(20))


def test_a_run_that_can_not_be_read_counts_as_active(root: Path) -> None:
    write(root / STATE / "run.json", "{")
    stage(root, with_entries(entry(19)))
    assert "counts as active" in commit(root)
    git(root, "restore", "--staged", "--", HANDOFF)
    write(root / "other.txt", "new\n")
    git(root, "add", "other.txt")
    assert commit(root) == ""


def branch_with(root: Path, name: str, text: str) -> None:
    git(root, "checkout", "--quiet", "-b", name, "main")
    stage(root, text)
    git(root, "commit", "--quiet", "--no-verify", "--message", name)
    git(root, "checkout", "--quiet", "main")


def test_a_merge_and_a_squashed_one_may_bring_several(root: Path) -> None:
    branch_with(root, "side", with_entries(entry(19), entry(20)))
    git(root, "merge", "--quiet", "--no-commit", "--no-ff", "side")
    assert commit(root) == ""
    git(root, "reset", "--quiet", "--hard", "HEAD~")
    git(root, "merge", "--quiet", "--squash", "side")
    assert commit(root) == ""


def test_a_linked_worktree_is_guarded_too(root: Path) -> None:
    git(root, "worktree", "add", "--quiet", "-b", "side", "../linked")
    linked = root.parent / "linked"
    stage(linked, with_entries(entry(19), entry(20)))
    assert "19, 20" in commit(linked)


def test_the_configured_document_is_the_one_that_counts(root: Path) -> None:
    write(root / "handoff-md.toml", 'handoff = "LOG.md"\n')
    stage(root, with_entries(entry(19), entry(20)))
    assert commit(root) == ""


def test_a_configuration_that_can_not_be_read_stops_the_commit(root: Path) -> None:
    write(root / "handoff-md.toml", "handoff = 1\n")
    git(root, "add", "--all")
    assert "handoff must be a text" in commit(root)


@pytest.mark.parametrize("staged", ["other.txt", HANDOFF])
def test_a_commit_that_leaves_the_document_alone_loads_nearly_nothing(
    root: Path, staged: str
) -> None:
    write(root / staged, "new\n")
    git(root, "add", "--", staged)
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sys.modules))\n"
        "from handoff_md.cli.main import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "guard"], cwd=root, capture_output=True, check=True
    )
    loaded = set(done.stdout.decode().split())
    assert bool(loaded & HEAVY) is (staged == HANDOFF)
    assert bool(loaded & {"click", "msgspec", "dataclasses"}) is (staged == HANDOFF)


def test_a_document_outside_of_the_repository_is_in_no_commit(root: Path, tmp_path: Path) -> None:
    git(root, "rm", "--quiet", "-r", "--", ".agents")
    (tmp_path / "elsewhere").mkdir()
    (root / ".agents").symlink_to(tmp_path / "elsewhere")
    git(root, "add", "--all")
    assert commit(root) == ""


def test_outside_of_a_repository_there_is_nothing_to_guard(tmp_path: Path) -> None:
    assert run(tmp_path, "guard").code == 0
