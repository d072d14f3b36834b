"""Branches that only add entries never conflict, and come to the same bytes in every order."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import permutations
from pathlib import Path
from random import Random

import pytest
from checkouts import HANDOFF, write
from driver_checkouts import (
    commit_on_branch,
    document_in,
    make_repository,
    merge_all,
    pick_all,
    put_command_on_path,
    rebase_all,
    try_git,
)
from repositories import git

from handoff_md.threeway.document import merge_three_way

_ORDERS = 3
_HEADER = "# Handoff\n\n**Project**: Example\n**Last Updated**: {date}\n\n"
_HISTORY = "| [Session {n}](./sessions/{date}-session-{n}-work.md) | {date} | Did {n} |\n"
_ENTRY = """\
### Session {n}: Work of {n} ({date})

**Session Log**: [Session {n}](./sessions/{date}-session-{n}-work.md)
**Status**: Done

- Did {n}.
- Tests pass.

"""
_PLAIN = "## {date} - Session {n}\n\nDid {n}.\n\n- [x] Tests pass\n\n"


@dataclass(frozen=True, slots=True)
class Shape:
    """A way to write the document that branches add to.

    ``days`` tells how many sessions share a day; ``number`` which one the session of a branch has.
    """

    name: str
    make: Callable[[Sequence[tuple[int, str]]], str]


def _with_history(sessions: Sequence[tuple[int, str]], *, rule: str = "") -> str:
    """Write the header's date, a table and entries, all newest first."""
    latest = sorted(sessions, key=lambda it: (it[1], it[0]), reverse=True)
    rows = "".join(_HISTORY.format(n=n, date=date) for n, date in latest)
    entries = rule.join(_ENTRY.format(n=n, date=date) for n, date in latest)
    return (
        _HEADER.format(date=latest[0][1])
        + "## Session History (Last 30)\n\n| Session | Date | Outcome |\n|---|---|---|\n"
        + f"{rows}\n## Recent Sessions\n\n{entries}## Notes\n\nStay as they are.\n"
    )


def _newest_last(sessions: Sequence[tuple[int, str]]) -> str:
    """Write entries alone, as top sections without logs, newest last."""
    ordered = sorted(sessions, key=lambda it: (it[1], it[0]))
    return (
        "# Log\n\n" + "".join(_PLAIN.format(n=n, date=date) for n, date in ordered).rstrip() + "\n"
    )


def _newest_first(sessions: Sequence[tuple[int, str]]) -> str:
    """Write entries of one section, newest first, without a date in the header."""
    latest = sorted(sessions, key=lambda it: (it[1], it[0]), reverse=True)
    entries = "".join(_ENTRY.format(n=n, date=date) for n, date in latest)
    return f"# Handoff\n\n## Recent Sessions\n\n{entries}"


SHAPES = (
    Shape("history", _with_history),
    Shape("rules", partial(_with_history, rule="---\n\n")),
    Shape("newest-last", _newest_last),
    Shape("newest-first", _newest_first),
)
_OLD = ((11, "2025-12-01"), (12, "2025-12-01"), (13, "2025-12-02"))


def _new(number: int) -> tuple[int, str]:
    """Give the session of a branch; three in a row share a day."""
    return 20 + number, f"2025-12-{4 + number // 3:02}"


def _document(shape: Shape, numbers: Sequence[int] = ()) -> str:
    return shape.make([*_OLD, *map(_new, numbers)])


def _repository(folder: Path, shape: Shape, count: int) -> Path:
    root = make_repository(folder, _document(shape))
    for number in range(count):
        commit_on_branch(root, f"branch-{number}", _document(shape, [number]))
    return root


def _orders(count: int) -> list[list[str]]:
    branches = [f"branch-{number}" for number in range(count)]
    random = Random(count)  # noqa: S311 - an order for a test, no secret
    return [random.sample(branches, count) for _ in range(_ORDERS)]


def _prove(folder: Path, shape: Shape, count: int, ways: Sequence[Callable[..., bytes]]) -> None:
    """Bring the branches together in seeded orders and in some ways; all have to come to one."""
    prepared = _repository(folder / "prepared", shape, count)
    expected = _document(shape, range(count)).encode()
    for order in _orders(count):
        for way in ways:
            copy = folder / "copy"
            shutil.copytree(prepared, copy, symlinks=True)
            assert way(copy, order) == expected, (way.__name__, order)
            shutil.rmtree(copy)


@pytest.fixture(autouse=True)
def _command(monkeypatch: pytest.MonkeyPatch) -> None:
    put_command_on_path(monkeypatch)


@pytest.mark.parametrize(
    ("shape", "count", "way"),
    [
        (SHAPES[2], 2, merge_all),
        (SHAPES[3], 3, rebase_all),
        (SHAPES[1], 4, pick_all),
        (SHAPES[0], 5, merge_all),
        (SHAPES[0], 5, rebase_all),
        (SHAPES[0], 5, pick_all),
    ],
    ids=lambda it: re.sub(r"_all$", "", getattr(it, "name", getattr(it, "__name__", str(it)))),
)
def test_a_few_branches_come_to_the_same_in_three_orders(
    tmp_path: Path, shape: Shape, count: int, way: Callable[..., bytes]
) -> None:
    _prove(tmp_path, shape, count, [way])


@pytest.mark.full
@pytest.mark.parametrize(
    ("shape", "count"),
    [
        *((SHAPES[0], count) for count in range(2, 21)),
        *((shape, count) for shape in SHAPES[1:] for count in (6, 12, 20)),
    ],
    ids=lambda it: getattr(it, "name", str(it)),
)
def test_many_branches_come_to_the_same_by_merge_rebase_and_cherry_pick(
    tmp_path: Path, shape: Shape, count: int
) -> None:
    _prove(tmp_path, shape, count, [merge_all, rebase_all, pick_all])


# Other ways in which git brings two versions together.


def _two_branches(folder: Path) -> Path:
    """Make a repository whose ``main`` holds the entry of one branch already."""
    root = _repository(folder / "root", SHAPES[0], 2)
    merge_all(root, ["branch-0"])
    return root


_BOTH = _document(SHAPES[0], [0, 1])


def test_a_linked_worktree_merges_with_the_driver_of_its_clone(tmp_path: Path) -> None:
    root = _repository(tmp_path / "root", SHAPES[0], 2)
    linked = tmp_path / "linked"
    git(root, "worktree", "add", "--quiet", "-b", "linked", str(linked), "branch-0")
    assert merge_all(linked, ["branch-1"]).decode() == _BOTH


def test_a_stash_comes_back_beside_what_was_merged(tmp_path: Path) -> None:
    root = _repository(tmp_path / "root", SHAPES[0], 2)
    write(root / HANDOFF, _document(SHAPES[0], [1]))
    git(root, "stash", "--quiet")
    merge_all(root, ["branch-0"])
    git(root, "stash", "pop", "--quiet")
    assert document_in(root).decode() == _BOTH


def test_a_patch_that_no_longer_fits_is_merged_by_structure(tmp_path: Path) -> None:
    root = _two_branches(tmp_path)
    patch = write(tmp_path / "patch", git(root, "format-patch", "--stdout", "-1", "branch-1"))
    git(root, "am", "--quiet", "--3way", str(patch))
    assert document_in(root).decode() == _BOTH


def test_reverting_one_branch_leaves_the_other(tmp_path: Path) -> None:
    root = _two_branches(tmp_path)
    merge_all(root, ["branch-1"])
    git(root, "revert", "--no-edit", "--mainline", "1", "HEAD~1")
    reverted = document_in(root).decode()
    assert "Session 20" not in reverted
    assert reverted.count("Session 21") == _BOTH.count("Session 21")


def test_a_merge_of_many_at_once_which_knows_no_drivers_changes_nothing(tmp_path: Path) -> None:
    root = _repository(tmp_path / "root", SHAPES[0], 3)
    done = try_git(root, "merge", "--no-edit", "branch-0", "branch-1", "branch-2")
    assert done.returncode
    assert document_in(root).decode() == _document(SHAPES[0])


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_every_order_of_four_branches_comes_to_the_same(shape: Shape) -> None:
    base = _document(shape).encode()
    expected = _document(shape, range(4)).encode()
    for order in permutations(range(4)):
        merged = base
        for number in order:
            theirs = _document(shape, [number]).encode()
            done = merge_three_way(base, merged, theirs)
            assert not done.conflicts, order
            swapped = merge_three_way(base, theirs, merged)
            assert swapped.content == done.content, order
            merged = done.content
        assert merged == expected, order
