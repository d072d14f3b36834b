"""Merges the order of siblings: who stays, where new ones go. Knows nothing of what they are."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

Key = Hashable


@dataclass(frozen=True, slots=True)
class Gap:
    """What both sides have put between the same two keys of the base: all of it, unordered.

    ``at_start`` and ``at_end`` tell that it stands before all of the base's keys, or behind all.
    """

    keys: tuple[Key, ...]
    at_start: bool
    at_end: bool


@dataclass(frozen=True, slots=True)
class Order:
    """The merged order; ``reordered_twice`` tells that both sides had another than the base."""

    keys: tuple[Key, ...]
    reordered_twice: bool = False


def merge_order(
    base: Sequence[Key],
    ours: Sequence[Key],
    theirs: Sequence[Key],
    *,
    gone: frozenset[Key],
    sort_gap: Callable[[Gap], Sequence[Key]],
) -> Order:
    """Merge three orders of keys; each key is once in a version, and the same in all.

    Args:
        base: the keys of the base, in order.
        ours: those of one side.
        theirs: those of the other.
        gone: keys of the base that are to leave.
        sort_gap: orders what both sides have put in one place.
    """
    staying = [key for key in base if key not in gone]
    survivors = frozenset(staying)
    chosen, twice = _choose_order(staying, survivors, ours, theirs)
    gaps = [_gaps([key for key in side if key not in gone], survivors) for side in (ours, theirs)]
    merged: list[Key] = []
    for number, anchor in enumerate((None, *chosen)):
        if anchor is not None:
            merged.append(anchor)
        mine, yours = (gap.get(anchor, ()) for gap in gaps)
        longer = _longer(mine, yours)
        if longer is None:
            together = tuple(dict.fromkeys((*mine, *yours)))
            longer = sort_gap(Gap(together, number == 0, number == len(chosen)))
        merged += longer
    return Order(tuple(dict.fromkeys(merged)), reordered_twice=twice)


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


def _longer(mine: Sequence[Key], yours: Sequence[Key]) -> Sequence[Key] | None:
    """Give what one side has in a gap if it holds all that the other has, in order; else None."""
    for one, other in ((mine, yours), (yours, mine)):
        rest = iter(one)
        if all(key in rest for key in other):
            return one
    return None


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
