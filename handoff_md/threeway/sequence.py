"""Merges the order of siblings: who stays, and where new ones go.

What comes first of the things that both sides have put at one place is ranked by their own order.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from handoff_md.semantics.entries.order import (
    Dated,
    is_falling_in,
    is_newest_first_in,
    place_in_order,
    read_series,
)
from handoff_md.text.alignment import align
from handoff_md.value import Value

Key = Hashable
Rank = Callable[[Key], Any]

_FIRST, _RANKED, _LAST = range(3)


class Gap(Value):
    """What both sides have put between the same two keys of the base, each in its own order.

    ``before`` and ``behind`` are the base's keys around it.
    """

    ours: Sequence[Key]
    theirs: Sequence[Key]
    before: Sequence[Key]
    behind: Sequence[Key]


class MergedOrder(Value):
    """The merged order; ``reordered_twice`` tells that both sides had another than the base."""

    keys: tuple[Key, ...]
    reordered_twice: bool = False


def merge_order(
    base: Sequence[Key],
    ours: Sequence[Key],
    theirs: Sequence[Key],
    *,
    gone: frozenset[Key],
    rank_gap: Callable[[Gap], Rank],
) -> MergedOrder:
    """Merge three orders of keys; each key is once in a version, and the same in all.

    The order that one side wrote stands, and so does the one that both have. A rank decides only
    between the sides, so that any number of them come to the same one after the other.

    Args:
        base: the keys of the base, in order.
        ours: those of one side.
        theirs: those of the other.
        gone: keys of the base that are to leave.
        rank_gap: gives the sort key of what both sides have put in one place; it has to tell
            them apart without regard to whose they are.
    """
    staying = [key for key in base if key not in gone]
    survivors = frozenset(staying)
    chosen, twice = _choose_order(staying, survivors, ours, theirs)
    gaps = [_gaps([key for key in side if key not in gone], survivors) for side in (ours, theirs)]
    merged: list[Key] = []
    for number, anchor in enumerate((None, *chosen)):
        if anchor is not None:
            merged.append(anchor)
        mine, yours = (tuple(gap.get(anchor, ())) for gap in gaps)
        if mine and yours:
            gap = Gap(mine, yours, chosen[:number], chosen[number:])
            merged += _interleave(mine, yours, rank_gap(gap))
        else:
            merged += mine or yours
    return MergedOrder(tuple(dict.fromkeys(merged)), reordered_twice=twice)


def _choose_order(
    staying: Sequence[Key], survivors: frozenset[Key], ours: Sequence[Key], theirs: Sequence[Key]
) -> tuple[Sequence[Key], bool]:
    orders = []
    for side in (ours, theirs):
        order = [key for key in side if key in survivors]
        present = frozenset(order)
        moved = order != [key for key in staying if key in present]
        orders.append(_with_missing(order, staying) if moved else None)
    mine, yours = orders
    if mine is not None and yours is not None and mine != yours:
        return staying, True
    return mine or yours or staying, False


def _with_missing(order: Sequence[Key], staying: Sequence[Key]) -> list[Key]:
    """Add what a side does not have any more, each behind its predecessor in the base."""
    full = list(order)
    present = set(order)
    previous: Key | None = None
    for key in staying:
        if key not in present:
            full.insert(full.index(previous) + 1 if previous is not None else 0, key)
        previous = key
    return full


def _interleave(ours: Sequence[Key], theirs: Sequence[Key], rank: Rank) -> Iterator[Key]:
    """Give the keys of both, each side's in its own order: always the lower one that is next.

    What both have in the same order stays between what it stands between; of what they have in
    different orders the first holds.
    """
    one, other = sorted((ours, theirs), key=lambda keys: [rank(key) for key in keys])
    start = first = 0
    for place, found in (*align(one, other), (len(one), len(other))):
        yield from heapq.merge(one[start:place], other[first:found], key=rank)
        yield from one[place : place + 1]
        start, first = place + 1, found + 1


def _gaps(side: Sequence[Key], survivors: frozenset[Key]) -> Mapping[Key | None, Sequence[Key]]:
    """Give what stands behind each surviving key (None: before all) and is new."""
    gaps: dict[Key | None, list[Key]] = {}
    anchor: Key | None = None
    for key in side:
        if key in survivors:
            anchor = key
        else:
            gaps.setdefault(anchor, []).append(key)
    return gaps


class Standing(Dated, Protocol):
    """A thing that has a place among its siblings: a section, a row of a table."""

    @property
    def words(self) -> str:
        """Give what it is called."""

    @property
    def text(self) -> str:
        """Give all of its text."""


class _Falling(Value):
    """A value that sorts the other way round."""

    value: Any

    def __lt__(self, other: _Falling) -> bool:
        return bool(other.value < self.value)


Version = Mapping[Hashable, Standing]
_Order = Callable[[Standing], Any]
"""Gives what a thing is ordered by; None for one that has no place in the order."""


class Ranking(Value):
    """Gives what `merge_order` interleaves by: the document's own order, as its versions show it.

    Entries go by date and session; where there are none, numbered sections go by their number.
    Anything else stays where its side put it: before what follows it there, last where nothing
    does. Equal ones are told apart by their words. ``otherwise`` tells whether the newest come
    first where no version shows that; with None their place does.
    """

    base: Version
    ours: Version
    theirs: Version
    otherwise: bool | None = None

    def __call__(self, gap: Gap) -> Callable[[Hashable], Any]:
        """Give the sort key of what is in a gap; different things have different ones."""
        sides = ((self.ours, gap.ours), (self.theirs, gap.theirs))
        here = [version[key] for version, keys in sides for key in keys]
        order = self._by_date(gap) if any(map(_is_dated, here)) else self._by_number(here)
        ranks: dict[Hashable, list[Any]] = {}
        for version, keys in sides:
            standing = [version[key] for key in keys]
            appended = self._is_bare(gap.behind) and not self._is_bare(gap.before)
            for key, rank in zip(keys, _ranks(standing, order, appended=appended), strict=True):
                ranks.setdefault(key, []).append(rank)
        # What both sides added may differ in them: the lower one counts, whichever side has it.
        return lambda key: min(ranks[key])

    def _by_date(self, gap: Gap) -> _Order:
        before, *sides = (list(version.values()) for version in self._versions)
        by_place = self._is_bare(gap.before) or not self._is_bare(gap.behind)
        tie = by_place if self.otherwise is None else self.otherwise
        falling = is_newest_first_in(before, sides, tie=tie)

        def rank(it: Standing) -> Any:  # noqa: ANN401 - whatever sorts
            key = (place_in_order(it), it.words, it.text)
            return (_Falling(key) if falling else key) if _is_dated(it) else None

        return rank

    def _by_number(self, here: Sequence[Standing]) -> _Order:
        """Order by the numbers of the series that most things are of, if there is one."""
        counts = Counter(series[0] for it in here if (series := read_series(it.words)))
        name = max(counts, key=lambda found: (counts[found], found), default=None)

        def number_of(it: Standing) -> Any:  # noqa: ANN401 - a number of the series, or None
            series = read_series(it.words)
            return series[1] if series and series[0] == name else None

        before, *sides = (
            [number for it in version.values() if (number := number_of(it))]
            for version in self._versions
        )
        falling = is_falling_in(before, sides, tie=False)

        def rank(it: Standing) -> Any:  # noqa: ANN401 - whatever sorts
            number = number_of(it)
            key = (number, it.words, it.text)
            return (_Falling(key) if falling else key) if number else None

        return rank

    def _is_bare(self, keys: Sequence[Hashable]) -> bool:
        """Tell whether keys of the base are of nothing that has words: asides at most."""
        return not any(self.base[key].words for key in keys)

    @property
    def _versions(self) -> Sequence[Version]:
        return self.base, self.ours, self.theirs


def _is_dated(it: Dated) -> bool:
    return bool(it.date or it.session_ids)


def _ranks(things: Sequence[Standing], order: _Order, *, appended: bool) -> Iterator[Any]:
    """Give the ranks of what one side has put at a place; ``appended`` where that is the end."""
    known = [order(it) for it in things]
    ranked = [number for number, rank in enumerate(known) if rank is not None]
    leading = ranked[-1] if ranked else 0 if appended else len(things)
    for number, (it, rank) in enumerate(zip(things, known, strict=True)):
        if rank is not None:
            yield _RANKED, rank
        else:
            yield _FIRST if number < leading else _LAST, (it.words, it.text)
