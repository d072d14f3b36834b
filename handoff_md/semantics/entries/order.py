"""The document's own order of entries: the one place that decides what comes before what."""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Protocol, TypeVar

from handoff_md.syntax.nodes import Entry
from handoff_md.syntax.session_id import SessionId
from handoff_md.value import Value

_SERIES = re.compile(r"(?P<name>\D{0,40}?)(?P<numbers>[0-9]{1,9}(?:\.[0-9]{1,9}){0,5})(?![0-9])")
_MOST_MISPLACED = 3  # one in so many; with more, the entries stand in no order of time


Number = tuple[int, ...]
_Key = TypeVar("_Key", int, Number)


class Dated(Protocol):
    """What has a place in the order: an entry, a part of one, a row of a table."""

    @property
    def date(self) -> dt.date | None:
        """Give its date, if it has one."""

    @property
    def session_ids(self) -> tuple[SessionId, ...]:
        """Give the sessions that it tells of."""


def is_newest_first(entries: Sequence[Dated], *, tie: bool = True) -> bool:
    """Tell the order by the majority of adjacent unequal dates; ``tie`` where there is none.

    Only where fewer than two entries have a date do the sessions' numbers tell.
    """
    told = _falls(_keys(entries))
    return tie if told is None else told


def is_newest_first_in(
    base: Sequence[Dated], sides: Sequence[Sequence[Dated]], *, tie: bool
) -> bool:
    """Tell the order of a document's versions: the base's, else that of the sides that have one.

    ``tie`` decides where none has, or two differ.
    """
    return is_falling_in(_keys(base), [_keys(side) for side in sides], tie=tie)


def is_falling_in(base: Sequence[_Key], sides: Sequence[Sequence[_Key]], *, tie: bool) -> bool:
    """Tell of numbers in a document's versions what `is_newest_first_in` tells of dates."""
    for versions in ((base,), sides):
        told = {falls for keys in versions if (falls := _falls(keys)) is not None}
        if len(told) == 1:
            return told.pop()
    return tie


def _falls(keys: Sequence[_Key]) -> bool | None:
    """Tell whether most neighbours that differ fall; None where as many rise."""
    falling = sum(1 for before, after in pairwise(keys) if before > after)
    rising = sum(1 for before, after in pairwise(keys) if before < after)
    return None if falling == rising else falling > rising


def read_series(words: str) -> tuple[str, Number] | None:
    """Read the name and number of a heading that is of a series: ``Phase 3: …``, ``[1.2.0] - …``.

    None where no number stands among its first words.
    """
    match = _SERIES.match(words)
    if match is None:
        return None
    return match["name"].casefold(), tuple(map(int, match["numbers"].split(".")))


def place_in_order(entry: Dated) -> tuple[int, tuple[bool, int, str]]:
    """Give the sort key of an entry, oldest first: by date, then by its first session's id."""
    ids = entry.session_ids
    return (
        entry.date.toordinal() if entry.date else 0,
        ids[0].order if ids else (False, -1, ""),
    )


def _keys(entries: Sequence[Dated]) -> list[int]:
    return [key for key in _keys_or_none(entries) if key is not None]


def _keys_or_none(entries: Sequence[Dated]) -> list[int | None]:
    """Give what each entry is ordered by, dates or numbers; None for one that has none."""
    dates = [entry.date.toordinal() if entry.date else None for entry in entries]
    if sum(date is not None for date in dates) > 1:
        return dates
    return [entry.session_ids[0].number if entry.session_ids else None for entry in entries]


def find_place(entries: Sequence[Entry], date: dt.date) -> int:
    """Give the index before which a new entry of ``date`` belongs; their count for the end.

    It goes to the newest end, unless that would put it before newer ones: then it goes by date.
    """
    if is_newest_first(entries):
        return _behind_newer(entries, date)
    return len(entries) - _behind_newer(entries[::-1], date)


def _behind_newer(entries: Sequence[Entry], date: dt.date) -> int:
    """Give the place from the newest end: behind the newer ones that stand before all others."""
    newer = 0
    for index, entry in enumerate(entries):
        if entry.date is None:
            continue
        if entry.date <= date:
            break
        newer = index + 1
    return newer


class Misplaced(Value):
    """An entry that breaks the order, and the nearest one in order that tells so, by index."""

    index: int
    against: int


class Ordering(Value):
    """How entries stand in their own order, by date or, where nothing is dated, by number.

    ``misplaced`` are the fewest entries without which the others are in order; ``order`` are all
    indices as they should stand, moved no farther than needed.
    """

    newest_first: bool
    by_date: bool
    misplaced: tuple[Misplaced, ...]
    order: tuple[int, ...]


def find_ordering(entries: Sequence[Entry]) -> Ordering:
    """Say which entries break the order that the others keep.

    None does where more than a third would: entries in such a number are ordered by something else.
    What has no date (no number, where nothing is dated) stands where it is.
    """
    newest_first = is_newest_first(entries)
    keyed = [(index, key) for index, key in enumerate(_keys_or_none(entries)) if key is not None]
    by_date = any(entry.date for entry in entries)
    kept = _longest_run(keyed[::-1] if newest_first else keyed)
    sign = -1 if newest_first else 1
    keys = {index: sign * key for index, key in keyed}
    if (len(keys) - len(kept)) * _MOST_MISPLACED > len(keys):
        return Ordering(newest_first, by_date, (), tuple(range(len(entries))))
    misplaced = tuple(_misplaced(keys, kept))
    return Ordering(newest_first, by_date, misplaced, _moved(len(entries), keys, kept))


def _misplaced(keys: Mapping[int, int], kept: frozenset[int]) -> Iterator[Misplaced]:
    """Give what is not kept, with the nearest kept one that tells so: before it, else behind it."""
    run = [index for index in keys if index in kept]
    for index in keys:
        if index not in kept:
            place = bisect_left(run, index)
            before = place and keys[run[place - 1]] > keys[index]
            yield Misplaced(index, run[place - 1] if before else run[place])


def _longest_run(keyed: Sequence[tuple[int, int]]) -> frozenset[int]:
    """Give the indices of the longest run whose keys never fall; of equally long ones, the lowest.

    Each key is put behind the longest run so far that it can continue ("patience sorting").
    """
    tails: list[int] = []
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for index, key in keyed:
        place = bisect_right(tails, key)
        before[index] = ends[place - 1] if place else None
        tails[place : place + 1] = [key]
        ends[place : place + 1] = [index]
    run: list[int] = []
    last = ends[-1] if ends else None
    while last is not None:
        run.append(last)
        last = before[last]
    return frozenset(run)


def _moved(count: int, keys: Mapping[int, int], kept: frozenset[int]) -> tuple[int, ...]:
    """Put each index that is not kept where it belongs, past as few as possible.

    ``keys`` rise in the order that is wanted. What stands too far up goes behind the last of a
    lower key, what stands too far down before the first of a higher one.
    """
    run = [index for index in keys if index in kept]
    run_keys = [keys[index] for index in run]
    behind: dict[int, list[int]] = {}
    ahead: dict[int, list[int]] = {}
    moving = [index for index in keys if index not in kept]
    for index in moving:
        lower = bisect_left(run_keys, keys[index])
        higher = bisect_right(run_keys, keys[index])
        if bisect_left(run, index) < lower:
            behind.setdefault(run[lower - 1], []).append(index)
        elif higher and run[higher - 1] in behind:
            behind[run[higher - 1]].append(index)
        else:
            ahead.setdefault(run[higher], []).append(index)
    order: list[int] = []
    moved = frozenset(moving)
    for index in (index for index in range(count) if index not in moved):
        order += (*sorted(ahead.get(index, ()), key=keys.__getitem__), index)
        order += sorted(behind.get(index, ()), key=keys.__getitem__)
    return tuple(order)
