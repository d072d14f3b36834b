"""Merges that a reset, or the removal of a branch, has dropped: said, and made again."""

from __future__ import annotations

from pathlib import Path

import pytest
from agents import add_worktrees, end, lead, states, work
from checkouts import (
    HANDOFF,
    STATE,
    Done,
    archived,
    commit_all,
    document_of,
    make_checkout,
    make_ready,
    merge,
    run,
    status,
    subjects,
    summary_path,
    write,
)
from repositories import git

DAY = ("--date", "2025-12-18")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "root")


@pytest.fixture
def dropped(root: Path) -> Path:
    """A checkout in which session 19 has ended, and the commit of its entry was reset."""
    work(root, "--title", "Write the parser", *DAY)
    assert end(root, "19").code == 0
    drop(root)
    return root


def drop(root: Path) -> None:
    git(root, "reset", "--quiet", "--hard", "HEAD~1")


def dropped_merges(root: Path) -> list[str]:
    """Give the commands that doctor names for merges that were dropped."""
    found = run(root, "doctor", "--json").report["findings"]
    return [one["mend"] for one in found if one["name"] == "merge-dropped"]


def mend(root: Path) -> Done:
    """Run the one command that doctor names."""
    (command,) = dropped_merges(root)
    return run(root, *command.split()[1:])


def test_a_dropped_entry_is_told(dropped: Path) -> None:
    assert states(dropped) == {"19": "dropped"}
    assert dropped_merges(dropped) == ["handoff-md session end 19"]
    told = run(dropped, "merge", "--orchestrator", "30")
    assert (told.code, told.stdout) == (0, "Nothing to merge.\n")
    assert "in no branch any more: `handoff-md session end 19` makes it again" in told.stderr


def test_a_dropped_entry_is_made_again_by_the_end(dropped: Path) -> None:
    assert mend(dropped).code == 0
    assert document_of(dropped).count("### Session 19: ") == 1
    assert states(dropped) == {"19": "merged"}
    assert dropped_merges(dropped) == []
    assert status(dropped) == ""


@pytest.mark.parametrize("orchestrator", ["19", "30"])
def test_a_dropped_entry_is_made_again_from_the_archive_by_a_merge(
    dropped: Path, orchestrator: str
) -> None:
    tried = run(dropped, "merge", "19", "--orchestrator", orchestrator, "--dry-run")
    assert "the merge takes its summary from there" in tried.stderr
    assert archived(dropped / STATE)
    done = run(dropped, "merge", "19", "--orchestrator", orchestrator, "--json")
    assert done.code == 0, done.stderr
    assert done.statuses == {"19": "merged"}
    assert "its summary is taken from there" in done.report["notes"][0]
    assert document_of(dropped).count("Write the parser") == 1
    assert not summary_path(dropped, "19").exists()
    assert states(dropped) == {"19": "merged"}


def test_a_dropped_session_can_be_abandoned(dropped: Path) -> None:
    assert run(dropped, "session", "abandon", "19").code == 0
    assert states(dropped) == {"19": "abandoned"}
    assert dropped_merges(dropped) == []


def test_a_refused_merge_leaves_the_archive_as_it_is(dropped: Path) -> None:
    kept = archived(dropped / STATE)
    document = document_of(dropped)
    write(dropped / HANDOFF, document + "\nDirty.\n")
    assert run(dropped, "merge", "19", "--orchestrator", "30").code == 2
    assert archived(dropped / STATE) == kept
    summary_path(dropped, "19").unlink()
    write(dropped / HANDOFF, document)
    assert run(dropped, "merge", "19", "--orchestrator", "30").code == 0
    assert "Write the parser" in document_of(dropped)


def test_the_end_makes_a_dropped_entry_of_what_was_handed_over(root: Path, tmp_path: Path) -> None:
    work(root, "--title", "Careful", *DAY, words="Rough notes.")
    given = write(tmp_path / "given.md", "# Careful\n\nThe careful words.\n")
    assert end(root, "19", "--summary", str(given)).code == 0
    before = document_of(root)
    drop(root)
    assert mend(root).code == 0
    assert document_of(root) == before


def test_an_entry_that_was_dropped_with_its_log_is_made_again_by_a_merge(root: Path) -> None:
    work(root, "--title", "Write the parser", *DAY)
    assert end(root, "19").code == 0
    git(root, "reset", "--quiet", "--hard", "HEAD~2")
    assert dropped_merges(root) == ["handoff-md merge 19 --orchestrator 19"]
    assert mend(root).code == 0
    assert "Write the parser" in document_of(root)


def test_an_entry_that_was_moved_and_squashed_is_not_dropped(root: Path) -> None:
    git(root, "switch", "--quiet", "-c", "topic")
    work(root, "--title", "Write the parser", *DAY)
    assert end(root, "19").code == 0
    write(root / ".agents/HANDOFF-archive.md", document_of(root))
    write(root / HANDOFF, git(root, "show", f"main:{HANDOFF}"))
    commit_all(root, "rotate")
    git(root, "switch", "--quiet", "main")
    git(root, "merge", "--quiet", "--squash", "topic")
    git(root, "commit", "--quiet", "--message", "squash")
    git(root, "branch", "--quiet", "-D", "topic")
    assert dropped_merges(root) == []


def test_a_stash_keeps_no_merge(dropped: Path) -> None:
    git(dropped, "reset", "--quiet", "--hard", "HEAD@{1}")
    write(dropped / "other.txt", "x\n")
    git(dropped, "stash", "--quiet")
    drop(dropped)
    assert states(dropped) == {"19": "dropped"}


def test_a_detached_work_trees_document_counts(root: Path) -> None:
    place = root.parent / "detached"
    git(root, "worktree", "add", "--quiet", "--detach", str(place))
    work(place, "--title", "Write the parser", *DAY)
    assert end(place, "19").code == 0
    git(place, "commit", "--quiet", "--amend", "--message", "another message")
    assert states(root) == {"19": "merged"}
    assert dropped_merges(root) == []


def test_a_dropped_run_is_told_when_it_is_finished_again(root: Path) -> None:
    lead(root)
    ids = [work(root, "--title", name, *DAY)["id"] for name in ("One", "Two")]
    assert [end(root, one).code for one in ids] == [0, 0]
    assert run(root, "run", "finish").code == 0
    before = document_of(root)
    drop(root)
    again = run(root, "run", "finish")
    assert again.code == 1
    command = f"handoff-md merge {' '.join(ids)} --orchestrator 22"
    assert f"Run `{command}` to make it again." in again.stderr
    assert dropped_merges(root) == [command]
    assert mend(root).code == 0
    assert document_of(root) == before
    assert run(root, "run", "finish").code == 0


def test_summaries_that_nobody_claimed_are_made_again(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    assert merge(root).code == 0
    before = document_of(root)
    drop(root)
    assert merge(root, "--expect", "19,20").code == 0
    assert document_of(root) == before


def test_a_merge_that_was_rebased_or_amended_is_not_dropped(root: Path) -> None:
    work(root, "--title", "Write the parser", *DAY)
    assert end(root, "19").code == 0
    git(root, "commit", "--quiet", "--amend", "--message", "another message")
    assert states(root) == {"19": "merged"}
    assert dropped_merges(root) == []
    assert "tells of this session already" in end(root, "19").stderr


def test_a_merge_in_another_branch_is_not_dropped_until_the_branch_is(root: Path) -> None:
    (tree,) = add_worktrees(root, 1)
    session = work(tree, "--title", "Write the parser", *DAY)
    assert end(tree, session["id"]).code == 0
    assert states(root) == {"19": "merged"}
    again = end(root, "19")
    assert again.code == 0
    assert "this document does not tell of it" in again.stderr
    assert "Session 19" not in document_of(root)
    # Rebased, so that only the branch's document tells of it.
    git(tree, "commit", "--quiet", "--amend", "--message", "another message")
    assert states(root) == {"19": "merged"}
    git(root, "cherry-pick", "agent-1~1")
    git(root, "worktree", "remove", "--force", str(tree))
    git(root, "branch", "--quiet", "-D", "agent-1")
    assert states(root) == {"19": "dropped"}
    assert end(root, "19").code == 0
    assert "### Session 19: " in document_of(root)


def test_a_merge_of_another_branch_can_be_made_here_by_name(root: Path) -> None:
    git(root, "switch", "--quiet", "-c", "other")
    work(root, "--title", "Write the parser", *DAY)
    assert end(root, "19").code == 0
    git(root, "switch", "--quiet", "main")
    done = run(root, "merge", "19", "--orchestrator", "30")
    assert done.code == 0, done.stderr
    assert "Write the parser" in document_of(root)


def test_an_entry_that_was_cut_from_the_document_stays_away(root: Path) -> None:
    work(root, "--title", "Write the parser", *DAY)
    assert end(root, "19").code == 0
    before = git(root, "show", f"HEAD~1:{HANDOFF}")
    write(root / HANDOFF, before)
    commit_all(root, "cut")
    assert states(root) == {"19": "merged"}
    assert dropped_merges(root) == []
    assert end(root, "19").code == 0
    assert run(root, "merge", "--orchestrator", "30").stdout == "Nothing to merge.\n"
    assert (root / HANDOFF).read_bytes() == before
    assert subjects(root)[0] == "cut"


def test_another_summary_after_a_runs_merge_leaves_nothing_behind(
    root: Path, tmp_path: Path
) -> None:
    lead(root)
    session = work(root, "--title", "One", *DAY)
    assert end(root, session["id"]).code == 0
    assert run(root, "run", "finish").code == 0
    other = write(tmp_path / "other.md", "# One\n\nSomething else.\n")
    done = end(root, session["id"], "--summary", str(other))
    assert done.code == 1
    assert "with other content" in done.stderr
    assert not summary_path(root, session["id"]).exists()
    assert status(root) == ""
