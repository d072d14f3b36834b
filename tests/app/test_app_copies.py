"""Repositories that were copied, moved or mounted elsewhere with all that was recorded in them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path

import pytest
from agents import add_worktrees, fill_log
from checkouts import (
    HANDOFF,
    STATE,
    Done,
    archived,
    document_of,
    make_checkout,
    run,
    snapshot,
    status,
    subjects,
    write,
    write_summary,
)
from inprocess import Tell, make_tell
from repositories import git

# What a checkout shares its records with: the version before records said where they belong.
OLDER = "6b95e93576e0a8696fc1b086c32184270eca68fb"

tell = pytest.fixture(make_tell)


def _start(tell: Tell, folder: Path, *args: str) -> str:
    """Start a session, do its work, and give its id."""
    session = tell(folder, "session", "start", "--title", "Work", "--json", *args).report
    fill_log(folder / session["log"])
    return str(session["id"])


def _copy(source: Path, target: Path) -> Path:
    shutil.copytree(source, target, symlinks=True)
    return target


def test_a_session_that_came_with_a_copy_ends_in_the_copy_alone(tmp_path: Path, tell: Tell) -> None:
    original = make_checkout(tmp_path / "original")
    session = _start(tell, original)
    copy = _copy(original, tmp_path / "copy")
    before = snapshot(original)
    listed = tell(copy, "session", "list")
    ended = tell(copy, "session", "end", session)
    assert snapshot(original) == before
    told = f"was begun in {original}, of which this repository is a copy"
    assert (ended.code, told in ended.stderr, told in listed.stderr) == (0, True, True)
    assert subjects(copy)[0] == f"docs(handoff): add session {session}"
    before = snapshot(copy)
    ended = tell(original, "session", "end", session)
    assert (ended.code, "copy" in ended.stderr) == (0, False)
    assert snapshot(copy) == before
    assert tell(copy, "session", "list").stderr == ""


def test_a_merge_that_waits_for_its_commit_is_finished_where_it_is_asked_for(
    tmp_path: Path, tell: Tell
) -> None:
    original = make_checkout(tmp_path / "original")
    write_summary(original, "19")
    merge = ("merge", "--orchestrator", "22")
    assert tell(original, *merge, "--no-commit").code == 0
    copy = _copy(original, tmp_path / "deep" / "copy")
    before = snapshot(original)
    merged = tell(copy, *merge)
    assert snapshot(original) == before
    assert (merged.code, f"the merge was begun in {original}" in merged.stderr) == (0, True)
    assert (status(copy), len(subjects(copy)), len(archived(copy / STATE))) == ("", 2, 1)
    before = snapshot(copy)
    assert tell(original, *merge).code == 0
    assert (snapshot(copy), len(archived(original / STATE))) == (before, 1)


def test_a_run_that_came_with_a_copy_says_so_and_ends_in_the_copy_alone(
    tmp_path: Path, tell: Tell
) -> None:
    original = make_checkout(tmp_path / "original")
    tell(original, "run", "start", "--orchestrator", "22")
    copy = _copy(original, tmp_path / "copy")
    before = snapshot(original)
    write(copy / HANDOFF, document_of(copy) + "\nMine.\n")
    git(copy, "add", HANDOFF)
    said = {
        command: tell(copy, *command.split())
        for command in ("run status", "guard", "doctor", "run start --orchestrator 30")
    }
    assert all(str(original) in done.stdout + done.stderr for done in said.values()), said
    assert "`handoff-md run cancel --take-over`" in said["guard"].stderr
    assert tell(copy, "run", "cancel", "--take-over").code == 0
    assert tell(copy, "guard").code == 0
    assert snapshot(original) == before


def test_the_copy_of_a_whole_family_of_work_trees_leaves_the_family_alone(
    tmp_path: Path, tell: Tell
) -> None:
    family = tmp_path / "family"
    root = make_checkout(family / "main")
    (linked,) = add_worktrees(root, 1)
    session = _start(tell, linked)
    write_summary(linked, "40")
    copies = _copy(family, tmp_path / "copies")
    main, other = copies / root.name, copies / linked.name
    before = snapshot(family)
    for command in ("session end " + session, "session start", "merge --orchestrator 22", "guard"):
        refused = tell(other, *command.split())
        assert (refused.code, f"is a copy of the work tree {linked}" in refused.stderr) == (2, True)
    ended = tell(main, "session", "end", session)
    assert f"was begun in {root}, of which this repository is a copy" in ended.stderr
    merged = tell(main, "merge", "--orchestrator", "22", "--json")
    assert merged.report["sessions"] == []
    assert str(family) not in tell(main, "doctor").stdout
    assert snapshot(family) == before


def test_a_repository_that_was_moved_goes_on_with_all_it_had_begun(
    tmp_path: Path, tell: Tell
) -> None:
    old = make_checkout(tmp_path / "old")
    (linked,) = add_worktrees(old, 1)
    first, second = _start(tell, old), _start(tell, linked)
    write_summary(old, "40")
    tell(old, "merge", "--orchestrator", "41", "--no-commit", "40")
    moved = tmp_path / "elsewhere" / "new"
    moved.parent.mkdir()
    old.rename(moved)
    # Somebody else's repository at the old place is not taken for the original.
    make_checkout(old)
    before = snapshot(old)
    merged = tell(moved, "merge", "--orchestrator", "41", "--json")
    assert (merged.statuses, "copy" in str(merged.report["notes"])) == ({"40": "merged"}, False)
    ended = tell(moved, "session", "end", first)
    assert (ended.code, ended.stderr) == (0, "")
    git(moved, "worktree", "repair", str(linked))
    assert tell(linked, "session", "end", second).code == 0
    assert snapshot(old) == before


def test_a_moved_repository_says_how_its_work_trees_find_it_again(
    tmp_path: Path, tell: Tell
) -> None:
    old = make_checkout(tmp_path / "old")
    (linked,) = add_worktrees(old, 1)
    old.rename(tmp_path / "new")
    lost = tell(linked, "session", "start")
    assert (lost.code, "run git worktree repair in its main" in lost.stderr) == (2, True)


def test_a_work_tree_that_was_moved_is_no_copy(tmp_path: Path, tell: Tell) -> None:
    root = make_checkout(tmp_path / "main")
    (linked,) = add_worktrees(root, 1)
    session = _start(tell, linked)
    moved = linked.rename(tmp_path / "moved")
    assert tell(moved, "session", "end", session).code == 0
    assert f"docs(handoff): add session {session}" in subjects(moved)


def test_a_mount_under_another_name_is_the_same_repository(tmp_path: Path, tell: Tell) -> None:
    # A container sees the same files at another place, where the outer place does not exist.
    outside = make_checkout(tmp_path / "outside")
    session = _start(tell, outside)
    inside = outside.rename(tmp_path / "inside")
    ended = tell(inside, "session", "end", session, "--no-commit")
    assert (ended.code, "copy" in ended.stderr) == (0, False)
    second = _start(tell, inside)
    outside = inside.rename(tmp_path / "outside")
    assert tell(outside, "merge", "--orchestrator", session).code == 0
    ended = tell(outside, "session", "end", second)
    assert (ended.code, "copy" in ended.stderr) == (0, False)


@pytest.mark.parametrize("place", ["", "claims"])
def test_records_that_a_link_leads_to_elsewhere_are_nobodys(
    tmp_path: Path, tell: Tell, place: str
) -> None:
    other = make_checkout(tmp_path / "other")
    _start(tell, other)
    root = make_checkout(tmp_path / "mine")
    link = root / STATE / place
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(other / STATE / place)
    before = snapshot(other)
    refused = tell(root, "session", "start")
    assert (refused.code, "is no part of this repository" in refused.stderr) == (2, True)
    assert tell(root, "doctor").code == 2
    assert snapshot(other) == before


def test_a_work_tree_whose_git_folder_is_a_link_to_anothers_is_a_copy(
    tmp_path: Path, tell: Tell
) -> None:
    original = make_checkout(tmp_path / "original")
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / ".git").symlink_to(original / ".git")
    refused = tell(copy, "session", "start")
    assert (refused.code, f"is a copy of the work tree {original}" in refused.stderr) == (2, True)


def test_a_record_of_an_older_version_is_not_followed_into_another_repository(
    tmp_path: Path, tell: Tell, older: Path
) -> None:
    original = make_checkout(tmp_path / "original")
    write_summary(original, "19")
    assert _older(older, original, "merge", "--orchestrator", "22", "--no-commit").code == 0
    copy = _copy(original, tmp_path / "copy")
    before = snapshot(original)
    refused = tell(copy, "merge", "--orchestrator", "22")
    assert (refused.code, f"an unfinished merge of {original / HANDOFF}" in refused.stderr) == (
        2,
        True,
    )
    assert snapshot(original) == before


@pytest.fixture(scope="session")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the package as it was before its records said where they belong."""
    here = Path(__file__).parents[2]
    packed = subprocess.run(
        ["git", "archive", OLDER, "handoff_md"], cwd=here, capture_output=True, check=False
    )
    if packed.returncode:
        pytest.skip(f"this clone lacks commit {OLDER[:12]}")
    place = tmp_path_factory.mktemp("older")
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as files:
        files.extractall(place, filter="data")
    told = subprocess.run(
        [sys.executable, "-c", "import handoff_md; print(handoff_md.__file__)"],
        cwd=place.parent,
        env={**os.environ, "PYTHONPATH": str(place)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert told.stdout.startswith(str(place))
    return place


def _older(older: Path, folder: Path, *args: str) -> Done:
    return run(folder, *args, env={"PYTHONPATH": str(older)})


def test_an_older_version_in_another_work_tree_goes_on_with_the_same_records(
    tmp_path: Path, tell: Tell, older: Path
) -> None:
    root = make_checkout(tmp_path / "main")
    (linked,) = add_worktrees(root, 1)
    tell(root, "run", "start", "--orchestrator", "22")
    mine = _start(tell, root)
    started = _older(older, linked, "session", "start", "--title", "Older", "--json").report
    assert (started["run"] or "", int(started["id"])) == (
        tell(root, "run", "status", "--json").report["run"],
        int(mine) + 1,
    )
    fill_log(linked / started["log"])
    assert _older(older, linked, "session", "end", started["id"]).code == 0
    assert tell(root, "session", "end", mine).code == 0
    listed = _older(older, linked, "session", "list", "--json").report["sessions"]
    assert {one["id"]: one["state"] for one in listed} == {mine: "ended", started["id"]: "ended"}
    finished = tell(root, "run", "finish", "--json")
    assert set(finished.statuses.values()) == {"merged"}
    assert _older(older, linked, "run", "status", "--json").report["active"] is False
    assert _older(older, root, "run", "start", "--orchestrator", "30").code == 0
    third = _start(tell, root)
    assert tell(root, "session", "end", third).code == 0
    finished = _older(older, root, "run", "finish", "--json")
    assert finished.statuses == {third: "merged"}


@pytest.mark.parametrize("folder", [".agents/sessions", ".agents/temp"])
def test_a_session_writes_nothing_into_a_folder_that_a_link_leads_out_of_the_repository(
    tmp_path: Path, tell: Tell, folder: str
) -> None:
    root = make_checkout(tmp_path / "main")
    session = _start(tell, root)
    (root / folder).mkdir(exist_ok=True)
    outside = (root / folder).rename(tmp_path / "outside")
    (root / folder).symlink_to(outside)
    before = snapshot(outside), subjects(root)
    claiming = ["run", "start", "--orchestrator", "90", "--claim", "2"]
    for words in (["session", "start"], ["session", "end", session], claiming):
        refused = tell(root, *words)
        assert refused.code == 2
        assert f"{folder} leads to {outside}, which lies outside {root}" in refused.stderr
    assert (snapshot(outside), subjects(root)) == before


def test_a_summary_that_is_a_link_out_of_the_repository_is_not_written_through(
    tmp_path: Path, tell: Tell
) -> None:
    root = make_checkout(tmp_path / "main")
    session = _start(tell, root)
    others = write(tmp_path / "others.md", "Somebody's.\n")
    summary = write(root / f".agents/temp/handoff-session-{session}-summary.md", "")
    summary.unlink()
    summary.symlink_to(others)
    before = subjects(root)
    refused = tell(root, "session", "end", session)
    assert refused.code == 2
    assert f"leads to {others}, which lies outside" in refused.stderr
    assert (others.read_text(), subjects(root)) == ("Somebody's.\n", before)
