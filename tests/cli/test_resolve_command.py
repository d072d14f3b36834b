"""`resolve` merges what is in conflict: from the index, or from the markers in the file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from checkouts import HANDOFF, write
from command_process import run_command, said
from driver_checkouts import commit_document, commit_on_branch, document_in, try_git, unmerged
from repositories import git

_BASE = """\
# Handoff

**Last Updated**: 2025-12-17
**Status**: Numbers (Session 18)

## Recent Sessions

### Session 18: Keep the numbers (2025-12-17)

Kept.

## Notes

The first line.
The second line.
"""


def _entry(number: int) -> str:
    return f"### Session {number}: Work of {number} (2025-12-18)\n\nDid {number}.\n\n"


def _add(text: str, number: int) -> str:
    return text.replace("### Session 18", f"{_entry(number)}### Session 18")


def _head(text: str, number: int) -> str:
    changed = text.replace("Numbers (Session 18)", f"Work (Session {number})")
    return changed.replace("2025-12-17\n**", "2025-12-18\n**")


MERGED = _add(_add(_BASE, 19), 20)


@dataclass(frozen=True, slots=True)
class _Done:
    """How a command ended, as text."""

    returncode: int
    stdout: str
    stderr: str


def run(folder: Path, *arguments: str) -> _Done:
    done = run_command(folder, *arguments)
    return _Done(done.returncode, done.stdout.decode(), said(done))


def _repository(root: Path, ours: str, theirs: str) -> Path:
    """Make a repository in which git merges by lines, so that two entries conflict."""
    root.mkdir()
    git(root, "init", "--quiet", "--template=", "--initial-branch=main")
    commit_document(root, _BASE, "start")
    commit_on_branch(root, "theirs", theirs)
    commit_document(root, ours, "ours")
    return root


_WAYS = (("merge", "theirs"), ("cherry-pick", "theirs"), ("rebase", "theirs"))


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
@pytest.mark.parametrize("way", _WAYS, ids=lambda way: way[0])
def test_a_stopped_merge_is_resolved_from_the_index(
    tmp_path: Path, way: tuple[str, ...], style: str
) -> None:
    root = _repository(tmp_path / "root", _add(_BASE, 19), _add(_BASE, 20))
    git(root, "config", "merge.conflictStyle", style)
    assert try_git(root, *way).returncode
    assert unmerged(root) == [HANDOFF]
    done = run(root, "resolve", "--add")
    assert (done.returncode, done.stdout) == (0, f"Resolved {HANDOFF} and staged it.\n")
    assert not unmerged(root)
    assert document_in(root).decode() == MERGED.replace(
        _entry(19) + _entry(20), _entry(20) + _entry(19)
    )


def test_check_writes_nothing_and_tells(tmp_path: Path) -> None:
    root = _repository(tmp_path / "root", _add(_BASE, 19), _add(_BASE, 20))
    try_git(root, "merge", "theirs")
    before = document_in(root)
    done = run(root, "resolve", "--check")
    assert done.returncode == 0
    assert "Would resolve" in done.stdout
    assert document_in(root) == before
    assert unmerged(root) == [HANDOFF]


def test_what_a_person_has_to_decide_stays_between_markers(tmp_path: Path) -> None:
    ours, theirs = (_head(_add(_BASE, number), number) for number in (19, 20))
    root = _repository(tmp_path / "root", ours, theirs)
    try_git(root, "merge", "theirs")
    done = run(root, "resolve", "--add", "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert told["version"] == 1
    assert told["status"] == "conflicts"
    assert told["conflicts"] == [{"kind": "field", "place": ["Handoff", "Status"]}]
    assert told["staged"] is False
    text = document_in(root).decode()
    assert text.count("<<<<<<< HEAD [Handoff › Status]\n") == 1
    assert text.count("<<<<<<<") == 1
    assert "### Session 19" in text
    assert "### Session 20" in text
    assert unmerged(root) == [HANDOFF]
    again = run(root, "resolve", "--policy", "newest", "--add")
    assert again.returncode == 0
    assert "dropped 'Work (Session 19)'" in again.stderr
    assert b"**Status**: Work (Session 20)\n" in document_in(root)


def test_what_was_decided_by_hand_is_kept(tmp_path: Path) -> None:
    ours = _head(_add(_BASE, 19), 19).replace("The second line.", "Ours.")
    theirs = _head(_add(_BASE, 20), 20).replace("The second line.", "Theirs.")
    root = _repository(tmp_path / "root", ours, theirs)
    try_git(root, "merge", "theirs")
    text = document_in(root).decode()
    start = text.index("<<<<<<<", text.index("## Notes"))
    mended = text[:start] + "What both mean.\n"
    (root / HANDOFF).write_text(mended)
    done = run(root, "resolve", "--policy", "newest")
    assert done.returncode == 0, done.stderr
    found = document_in(root).decode()
    assert "What both mean.\n" in found
    assert "Theirs." not in found
    assert found.count("### Session 19:") == found.count("### Session 20:") == 1


@pytest.mark.parametrize("driven", [True, False], ids=["by the driver", "by git"])
def test_both_lines_that_were_kept_by_hand_are_kept(tmp_path: Path, *, driven: bool) -> None:
    ours = _head(_add(_BASE, 19), 19).replace("The second line.", "Ours.")
    theirs = _head(_add(_BASE, 20), 20).replace("The second line.", "Theirs.")
    root = _repository(tmp_path / "root", ours, theirs)
    try_git(root, "merge", "theirs")
    if driven:
        assert run(root, "resolve").returncode == 1
    text = document_in(root).decode()
    start = text.index("<<<<<<<", text.index("## Notes"))
    mended = f"{text[:start]}Ours.\nTheirs.\n"
    (root / HANDOFF).write_text(mended)
    done = run(root, "resolve", "--policy", "newest")
    assert done.returncode == 0, done.stderr
    assert "Ours.\nTheirs.\n" in document_in(root).decode()


def test_nothing_in_conflict_is_told_and_changes_nothing(tmp_path: Path) -> None:
    root = _repository(tmp_path / "root", _add(_BASE, 19), _BASE.replace("first", "1st"))
    done = run(root, "resolve")
    assert (done.returncode, done.stdout) == (0, f"No conflict in {HANDOFF}.\n")


def test_a_file_that_one_side_deleted_is_left_to_the_user(tmp_path: Path) -> None:
    root = _repository(tmp_path / "root", _add(_BASE, 19), _BASE.replace("first", "1st"))
    git(root, "switch", "--quiet", "theirs")
    git(root, "rm", "--quiet", HANDOFF)
    git(root, "commit", "--quiet", "--message", "gone")
    git(root, "switch", "--quiet", "main")
    try_git(root, "merge", "theirs")
    done = run(root, "resolve")
    assert done.returncode == 1
    assert "is deleted in theirs" in done.stderr


def _marked(ours: str, base: str | None, theirs: str, size: int = 7) -> str:
    shown = "" if base is None else f"{'|' * size} base\n{base}"
    return f"{'<' * size} HEAD\n{ours}{shown}{'=' * size}\n{theirs}{'>' * size} topic\n"


@pytest.mark.parametrize("base", ["", None])
def test_markers_in_a_file_are_resolved_without_git(tmp_path: Path, base: str | None) -> None:
    path = tmp_path / "HANDOFF.md"
    head, tail = _BASE.split("### Session 18", 1)
    path.write_text(f"{head}{_marked(_entry(19), base, _entry(20))}### Session 18{tail}")
    done = run(tmp_path, "resolve", "HANDOFF.md")
    assert done.returncode == 0, done.stderr
    assert ("do not show the base" in done.stderr) == (base is None)
    assert path.read_text() == head + _entry(20) + _entry(19) + f"### Session 18{tail}"


def test_nested_markers_are_resolved_from_the_inside(tmp_path: Path) -> None:
    path = tmp_path / "HANDOFF.md"
    head, tail = _BASE.split("### Session 18", 1)
    inner = _marked(_entry(19), "", _entry(20))
    path.write_text(f"{head}{_marked(inner, '', _entry(21), size=9)}### Session 18{tail}")
    done = run(tmp_path, "resolve", "HANDOFF.md")
    assert done.returncode == 0, done.stderr
    entries = _entry(21) + _entry(20) + _entry(19)
    assert path.read_text() == f"{head}{entries}### Session 18{tail}"


def test_nested_markers_that_need_a_person_leave_the_file_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "HANDOFF.md"
    text = "# H\n\n" + _marked(_marked("x\n", None, "y\n"), None, "z\n", size=9) + "end\n"
    path.write_text(text)
    done = run(tmp_path, "resolve", "HANDOFF.md")
    assert done.returncode == 1
    assert "inside another one" in done.stderr
    assert path.read_text() == text


def test_a_base_that_the_markers_show_is_shown_again(tmp_path: Path) -> None:
    path = tmp_path / "HANDOFF.md"
    path.write_text("# H\n\n" + _marked("x\n", "a\n", "y\n") + "end\n")
    assert run(tmp_path, "resolve", "HANDOFF.md").returncode == 1
    assert "|||||||" in path.read_text()


def test_plain_ours_that_a_driver_has_left_is_merged_with_theirs(tmp_path: Path) -> None:
    root = _repository(tmp_path / "root", _add(_BASE, 19), _add(_BASE, 20))
    git(root, "config", "merge.broken.driver", "kill -9 $$")
    write(root / ".git/info/attributes", f"{HANDOFF} merge=broken\n")
    try_git(root, "merge", "theirs")
    assert git(root, "status", "--porcelain").decode().startswith("UU")
    assert b"Session 20" not in (root / HANDOFF).read_bytes()
    done = run(root, "resolve", "--add")
    assert done.returncode == 0, done.stderr
    assert (root / HANDOFF).read_text() == MERGED.replace(
        _entry(19) + _entry(20), _entry(20) + _entry(19)
    )


def test_a_file_that_was_settled_by_hand_is_staged_on_request(tmp_path: Path) -> None:
    root = _repository(
        tmp_path / "root", _BASE.replace("first", "1st"), _BASE.replace("first", "2nd")
    )
    try_git(root, "merge", "theirs")
    (root / HANDOFF).write_text(_BASE.replace("first", "both"))
    assert "settled by hand" in run(root, "resolve").stderr
    assert run(root, "resolve", "--add").returncode == 0
    assert git(root, "status", "--porcelain").decode().startswith("M ")


def test_markers_that_do_not_end_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "HANDOFF.md"
    text = f"{_BASE}<<<<<<< HEAD\nOne.\n=======\nOther.\n"
    path.write_text(text)
    done = run(tmp_path, "resolve", "HANDOFF.md")
    assert done.returncode == 1
    assert "line 16 does not end" in done.stderr
    assert path.read_text() == text


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    done = run(tmp_path, "resolve", "NOWHERE.md")
    assert done.returncode == 2
    assert "there is no NOWHERE.md" in done.stderr


def test_a_merge_to_come_is_shown_and_nothing_is_touched(tmp_path: Path) -> None:
    root = _repository(tmp_path / "root", _add(_BASE, 19), _add(_BASE, 20))
    before = (document_in(root), git(root, "status", "--porcelain"))
    raw = run(root, "preview", "--merge", "theirs", "--raw")
    assert raw.returncode == 0
    assert raw.stdout == MERGED.replace(_entry(19) + _entry(20), _entry(20) + _entry(19))
    diff = run(root, "preview", "--merge", "theirs", "--diff")
    assert "+### Session 20: Work of 20 (2025-12-18)\n" in diff.stdout
    assert "-" not in {line[:1] for line in diff.stdout.splitlines() if line[:3] != "---"}
    rendered = run(root, "preview", "--merge", "theirs")
    assert "Work of 20" in rendered.stdout
    assert (document_in(root), git(root, "status", "--porcelain")) == before


def test_a_merge_to_come_that_conflicts_is_told(tmp_path: Path) -> None:
    ours, theirs = (_BASE.replace("The first", word) for word in ("Our first", "Their first"))
    root = _repository(tmp_path / "root", ours, theirs)
    done = run(root, "preview", "--merge", "theirs", "--raw")
    assert done.returncode == 1
    assert "conflict: Handoff › Notes" in done.stderr
    assert "<<<<<<< HEAD [Handoff › Notes]\n" in done.stdout
    assert "|||||||" not in done.stdout
    git(root, "config", "merge.conflictStyle", "diff3")
    assert "||||||| base\nThe first" in run(root, "preview", "--merge", "theirs", "--raw").stdout
    unknown = run(root, "preview", "--merge", "nowhere")
    assert unknown.returncode == 2
    assert "there is no commit 'nowhere'" in unknown.stderr
