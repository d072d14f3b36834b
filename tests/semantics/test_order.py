from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff_md.semantics.entries.order import Ordering, find_ordering, find_turn, is_newest_first
from handoff_md.syntax.nodes import Entry
from handoff_md.syntax.parse import parse


def entries(days: str) -> tuple[Entry, ...]:
    """Give entries of the days (of a month) that are named; ``-`` has none."""
    headings = [
        "## Session 7: No date" if day == "-" else f"## 2025-12-{int(day):02}: Work"
        for day in days.split()
    ]
    return parse("\n\n".join(headings) + "\n").entries


def numbered(numbers: str) -> tuple[Entry, ...]:
    return parse("".join(f"## Session {number}: Work\n\n" for number in numbers.split())).entries


def misplaced(found: Ordering) -> list[int]:
    return [one.index for one in found.misplaced]


@pytest.mark.parametrize(
    ("days", "newest_first", "wrong", "order"),
    [
        ("", True, [], []),
        ("18", True, [], [0]),
        ("20 19 18", True, [], [0, 1, 2]),
        ("18 19 20", False, [], [0, 1, 2]),
        ("20 18 19", True, [2], [0, 2, 1]),
        ("19 20 18", True, [1], [1, 0, 2]),
        ("18 20 19 21 22", False, [1], [0, 2, 1, 3, 4]),
        ("20 20 17 17 18 18 18 17 19", True, [2, 3, 8], [0, 1, 8, 4, 5, 6, 2, 3, 7]),
        ("20 - 18 - 19 17", True, [4], [0, 1, 4, 2, 3, 5]),
        ("- - -", True, [], [0, 1, 2]),
        ("20 11 30 2 25 7", True, [], [0, 1, 2, 3, 4, 5]),
    ],
)
def test_the_fewest_entries_are_out_of_place(
    days: str, *, newest_first: bool, wrong: list[int], order: list[int]
) -> None:
    found = find_ordering(entries(days))
    assert found.newest_first is newest_first
    assert misplaced(found) == wrong
    assert list(found.order) == order


def test_numbers_tell_where_nothing_is_dated() -> None:
    found = find_ordering(numbered("12 10 11 9 8"))
    assert not found.by_date
    assert misplaced(found) == [2]
    assert found.order == (0, 2, 1, 3, 4)


@given(st.lists(st.integers(1, 9), max_size=7))
@settings(max_examples=200, deadline=None)
def test_no_smaller_set_is_out_of_place_and_the_order_is_one(days: list[int]) -> None:
    listed = entries(" ".join(map(str, days)))
    found = find_ordering(listed)
    sign = -1 if found.newest_first else 1
    keys = [sign * day for day in days]
    longest = max(
        count
        for count in range(len(keys) + 1)
        if any(list(run) == sorted(run) for run in itertools.combinations(keys, count))
    )
    assert sorted(found.order) == list(range(len(days)))
    fewest = len(days) - longest
    if fewest * 3 > len(days):
        assert not found.misplaced
        return
    assert len(found.misplaced) == fewest
    ordered = [keys[index] for index in found.order]
    assert ordered == sorted(ordered)
    assert not find_ordering([listed[index] for index in found.order]).misplaced


def test_one_date_tells_no_order_and_numbers_do() -> None:
    text = "## Session 20: A\n\n## Session 21: B\n\n## Session 22: C (2025-12-18)\n"
    assert not is_newest_first(parse(text).entries)


@pytest.mark.parametrize(
    ("days", "turn"),
    [
        (" ".join(map(str, range(30, 0, -1))), None),
        (" ".join(map(str, range(1, 31))), None),
        (" ".join(map(str, [*range(30, 11, -1), 3, *range(11, 3, -1)])), None),
        (" ".join(map(str, [25, 24, 23, 22, *range(1, 21)])), 4),
        (" ".join(map(str, [*range(1, 21), 25, 24, 23, 22])), 20),
        ("20 11 30 2 25 7", None),
    ],
)
def test_an_order_turns_only_where_each_side_runs_its_own_way(days: str, turn: int | None) -> None:
    found = find_turn(entries(days))
    assert (found is None) is (turn is None)
    assert turn is None or abs((found or 0) - turn) <= 1
