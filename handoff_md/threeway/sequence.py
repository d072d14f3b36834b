"""Merges the order of siblings: who stays, where new ones go. Knows nothing of what they are."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any

from handoff_md.text.alignment import align
from handoff_md.value import Value

Key = Hashable
Rank = Callable[[Key], Any]


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
