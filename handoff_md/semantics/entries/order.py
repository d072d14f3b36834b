"""The document's own order of entries: the one place that decides what comes before what."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Protocol, TypeVar

from handoff_md.semantics.entries.order_words import read_closing_words, read_order_words
from handoff_md.syntax.grammar import EntryKind
from handoff_md.syntax.nodes import Entry
from handoff_md.syntax.session_id import SessionId
from handoff_md.text.pattern import lazy_pattern
from handoff_md.value import Value

_SERIES = lazy_pattern(r"(?P<name>\D{0,40}?)(?P<numbers>[0-9]{1,9}(?:\.[0-9]{1,9}){0,5})(?![0-9])")
_DAY = 86_400  # seconds
_MIXED = 4  # one neighbour in so many runs against the others: the order is a mixed one
_FEWEST_RUNNING = 2  # pairs on each side of a turn
_NEARLY_ALL = 10  # one pair in fewer than so many may run against its side
_MOST_MISPLACED = 3  # one in so many; with more, the entries stand in no order of time


Number = tuple[int, ...]
_Key = TypeVar("_Key", int, Number)
_Pair = tuple[int, int]


class Dated(Protocol):
    """What has a place in the order: an entry, a part of one, a row of a table."""

    @property
    def date(self) -> dt.date | None:
        """Give its date, if it has one."""

    @property
    def session_ids(self) -> tuple[SessionId, ...]:
        """Give the sessions that it tells of."""


class ToldBy(StrEnum):
    """What an order is told by; the first that tells one decides."""

    CONFIGURED = "configured"
    DATES = "dates"
    TIMES = "times"
    NUMBERS = "numbers"
    COUNTS = "counts"
    WORDS = "words"
    DEFAULT = "default"


class Order(Value):
    """Which way entries run, and what says so; ``words`` are the document's own that do."""

    newest_first: bool = True
    told_by: ToldBy = ToldBy.DEFAULT
    words: str = ""


NEWEST_FIRST, NEWEST_LAST = "newest-first", "newest-last"


def tell_order(
    entries: Sequence[Dated], *, words: str = "", closing: str = "", configured: str = ""
) -> Order:
    """Tell which way entries run.

    By their dates, then by the times, the sessions' numbers and what else counts those of one day,
    then by what the document says; newest first where nothing does.

    Args:
        entries: the entries, in the order of the document.
        words: what stands above them.
        closing: what stands below them.
        configured: ``newest-first`` or ``newest-last``, which comes before all; empty without.
    """
    if configured:
        return Order(configured == NEWEST_FIRST, ToldBy.CONFIGURED)
    for told_by, keys in _stages(entries):
        told = _falls(keys)
        if told is not None:
            return Order(told, told_by)
    said = read_order_words(words) or read_closing_words(closing)
    return Order(said[0], ToldBy.WORDS, said[1]) if said else Order()


def _stages(entries: Sequence[Dated]) -> Iterator[tuple[ToldBy, list[_Pair]]]:
    """Give the neighbours that are compared by dates, then by times, by numbers, by counts."""
    dates = _days(entries)
    is_dated = sum(date is not None for date in dates) > 1
    times = [read_moment(entry) for entry in entries]
    numbers = _numbers(entries)
    counts: list[int | None] = [getattr(entry, "nth", None) for entry in entries]
    if is_dated:
        yield ToldBy.DATES, list(pairwise(date for date in dates if date is not None))
    same = [not is_dated or one == other for one, other in pairwise(dates)]
    for told_by, keys in (
        (ToldBy.TIMES, times),
        (ToldBy.NUMBERS, numbers),
        (ToldBy.COUNTS, counts),
    ):
        if told_by is not ToldBy.NUMBERS or is_dated:
            yield (
                told_by,
                [
                    (one, other)
                    for (one, other), alike in zip(pairwise(keys), same, strict=True)
                    if alike and one is not None and other is not None
                ],
            )
        else:
            yield told_by, list(pairwise(number for number in keys if number is not None))


def _numbers(entries: Sequence[Dated]) -> list[int | None]:
    """Give the first session's number of each entry; parallel sections' tell nothing of others'."""
    numbers = [entry.session_ids[0].serial if entry.session_ids else None for entry in entries]
    others = [
        None if getattr(entry, "kind", None) is EntryKind.PARALLEL else number
        for entry, number in zip(entries, numbers, strict=True)
    ]
    return others if sum(number is not None for number in others) > 1 else numbers


def _days(entries: Sequence[Dated]) -> list[int | None]:
    """Give the entries' days; those in UTC where all times have zones."""
    times = [time for entry in entries if (time := getattr(entry, "time", None))]
    in_utc = bool(times) and all(time.tzinfo for time in times)
    days: list[int | None] = []
    for entry in entries:
        moment = read_moment(entry) if in_utc else None
        day = entry.date.toordinal() if entry.date else None
        days.append(day if moment is None else moment // _DAY)
    return days


def read_moment(entry: Dated) -> int | None:
    """Give the second that an entry's time is, from year 1 in UTC; None without date or time.

    A time without a zone is taken as it stands.
    """
    time: dt.time | None = getattr(entry, "time", None)
    if entry.date is None or time is None:
        return None
    since = dt.timedelta(hours=time.hour, minutes=time.minute, seconds=time.second)
    seconds = int((since - (time.utcoffset() or dt.timedelta())).total_seconds())
    return entry.date.toordinal() * _DAY + seconds


def is_newest_first(entries: Sequence[Dated], *, tie: bool = True) -> bool:
    """Tell the order as `tell_order` does from entries alone; ``tie`` where nothing tells it."""
    order = tell_order(entries)
    return tie if order.told_by is ToldBy.DEFAULT else order.newest_first


def is_newest_first_in(
    base: Sequence[Dated], sides: Sequence[Sequence[Dated]], *, tie: bool
) -> bool:
    """Tell the order of a document's versions: the base's, else that of the sides that have one.

    ``tie`` decides where none has, or two differ.
    """
    for versions in ((base,), sides):
        orders = map(tell_order, versions)
        told = {order.newest_first for order in orders if order.told_by is not ToldBy.DEFAULT}
        if len(told) == 1:
            return told.pop()
    return tie


def is_falling_in(base: Sequence[Number], sides: Sequence[Sequence[Number]], *, tie: bool) -> bool:
    """Tell of numbers in a document's versions what `is_newest_first_in` tells of dates."""
    for versions in ((base,), sides):
        told = {falls for keys in versions if (falls := _falls(list(pairwise(keys)))) is not None}
        if len(told) == 1:
            return told.pop()
    return tie


def _falls(pairs: Sequence[tuple[_Key, _Key]]) -> bool | None:
    """Tell whether most neighbours that differ fall; None where as many rise.

    Where they do both in earnest, the end at which the highest stands decides.
    """
    falling = sum(1 for before, after in pairs if before > after)
    rising = sum(1 for before, after in pairs if before < after)
    if falling and rising and min(falling, rising) * _MIXED >= max(falling, rising):
        highest = max(max(pair) for pair in pairs)
        first, last = pairs[0][0] == highest, pairs[-1][1] == highest
        if first is not last:
            return first
    return None if falling == rising else falling > rising


def read_series(words: str) -> tuple[str, Number] | None:
    """Read the name and number of a heading that is of a series: ``Phase 3: …``, ``[1.2.0] - …``.

    None where no number stands among its first words.
    """
    match = _SERIES.match(words)
    if match is None:
        return None
    return match["name"].casefold(), tuple(map(int, match["numbers"].split(".")))


def place_in_order(entry: Dated) -> tuple[int, int, tuple[bool, int, str]]:
    """Give the sort key of an entry, oldest first: by date, time, and its first session's id."""
    ids = entry.session_ids
    return (
        entry.date.toordinal() if entry.date else 0,
        read_moment(entry) or 0,
        ids[0].order if ids else (False, -1, ""),
    )


def _keys_or_none(entries: Sequence[Dated]) -> list[int | None]:
    """Give what each entry is ordered by, dates or numbers; None for one that has none."""
    dates = _days(entries)
    if sum(date is not None for date in dates) > 1:
        return dates
    return [entry.session_ids[0].serial if entry.session_ids else None for entry in entries]


def find_place(entries: Sequence[Entry], date: dt.date, *, newest_first: bool | None = None) -> int:
    """Give the index before which a new entry of ``date`` belongs; their count for the end.

    It goes to the newest end, unless that would put it before newer ones: then it goes by date.
    Which end that is, the entries tell where ``newest_first`` doesn't.
    """
    if is_newest_first(entries) if newest_first is None else newest_first:
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


def find_turn(entries: Sequence[Entry]) -> int | None:
    """Give the first entry of those that run the other way in a log of mixed order, else None.

    A block was prepended to such a log, say, and the rest appended: on each side of the turn are at
    least three entries, and nearly all neighbours run as that side does.
    """
    keyed = [(at, key) for at, key in enumerate(_keys_or_none(entries)) if key is not None]
    steps = [(at, other - one) for (at, one), (_, other) in pairwise(keyed) if one != other]
    falling = sum(step < 0 for _, step in steps)
    before, best, turn = 0, 0, None
    for number, (at, step) in enumerate(steps):
        left, behind = len(steps) - number, falling - before
        if min(number, left) >= _FEWEST_RUNNING:
            for first, second in ((before, left - behind), (number - before, behind)):
                both = _is_nearly_all(first, number) and _is_nearly_all(second, left)
                if both and first + second > best:
                    best, turn = first + second, at
        before += step < 0
    return turn


def _is_nearly_all(some: int, of: int) -> bool:
    return some * _NEARLY_ALL > of * (_NEARLY_ALL - 1)


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
