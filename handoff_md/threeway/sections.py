"""Merges sections: heading, body, and the sections below, as an ordered list of siblings."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from handoff_md.syntax.form.periods import read_period
from handoff_md.text.pattern import lazy_pattern
from handoff_md.threeway.body import merge_body, merge_items
from handoff_md.threeway.conflict import (
    ConflictKind,
    MergeContext,
    Merged,
    disagree,
    join,
    settle,
    take_changed,
    text_of,
)
from handoff_md.threeway.item import BodyItem, read_lines
from handoff_md.threeway.matching import likeness, match_additions, match_versions
from handoff_md.threeway.sequence import Ranking, merge_order
from handoff_md.threeway.unit import EMPTY, Unit, choose_gap, outline_of
from handoff_md.value import Value

_ONE_ENTRY = 0.5
_HISTORY = lazy_pattern(r"\(\s*last\s+[0-9]+\s*\)", re.IGNORECASE)


def merge_sections(base: Unit, ours: Unit, theirs: Unit, context: MergeContext) -> Merged:
    """Merge three versions of a section, without the gap behind it."""
    settled = settle(base.text, ours.text, theirs.text)
    if settled and not (context.moved and _holds_moved((ours, theirs), context)):
        chosen = next(unit for unit in (ours, theirs) if unit.text == settled.text)
        return replace(settled, outline=tuple(outline_of(chosen, context.depth)))
    if base is EMPTY and ours.entry and likeness(ours, theirs) < _ONE_ENTRY:
        # Hardly one entry, whatever its heading says: a person sees the two whole.
        return context.below(min(ours.words, theirs.words)).conflict(
            ConflictKind.BODY, "", ours.text, theirs.text
        )
    versions = (base, ours, theirs)
    heading = _merge_heading(*versions, context)
    level = min(ours.level, theirs.level)
    here = context.below(
        ours.label if ours.is_aside else _words_of(*versions),
        in_header=(level == 0 and not ours.is_aside) or (level == 1 and not context.path),
        in_history=any(_HISTORY.search(unit.words) for unit in versions),
    )
    body = merge_body(*versions, here)
    children = _Siblings(*versions, here).merge()
    if not children.pieces:
        return join((heading, body, children))
    gaps = [unit.own_gap if unit.children else None for unit in versions]
    lead = (heading, body)
    spaced = text_of(choose_gap(gaps, "\n")) if any(part.pieces for part in lead) else Merged()
    return join((*lead, spaced, children))


def _holds_moved(units: Sequence[Unit], context: MergeContext) -> bool:
    """Tell whether something stands below that one side moved here, and the other removed."""
    below = [child for unit in units for child in unit.children]
    return any(child.words in context.moved for child in below) or bool(
        below and _holds_moved(below, context)
    )


def _merge_heading(base: Unit, ours: Unit, theirs: Unit, context: MergeContext) -> Merged:
    lines = (base.heading, ours.heading, theirs.heading)
    if settled := settle(*lines):
        outline = ((context.depth, settled.text),) if settled.pieces else ()
        return replace(settled, outline=outline)
    here = context.below(_words_of(base, ours, theirs))
    items = [read_lines(text) for text in lines]
    if all(_is_record(version) for version in items if version):
        merged = merge_items(items[0], items[1], items[2], here)
        return replace(merged, outline=((context.depth, merged.text),))
    return here.conflict(ConflictKind.HEADING, *lines)


def _words_of(base: Unit, ours: Unit, theirs: Unit) -> str:
    """Give what a section is called in messages: as it will be, else as it was."""
    if disagree(base.words, ours.words, theirs.words):
        return base.words or min(ours.words, theirs.words)
    return take_changed(base.words, ours.words, theirs.words)


def _is_record(items: Sequence[BodyItem]) -> bool:
    """Tell whether all lines but the underline are fields: to people that is no heading."""
    return len(items) > 1 and all(item.name for item in items[:-1])


class _Place(Value):
    """A section in a version's list of siblings: the gap behind it, None for the last.

    ``default_gap`` is the version's last gap behind what is an entry, or none, as its last section
    is; None where it has none.
    """

    unit: Unit
    gap: str | None
    default_gap: str | None


_Version = Mapping[Hashable, _Place]


class _Siblings(Value):
    """The sections below one heading, in three versions."""

    base_parent: Unit
    our_parent: Unit
    their_parent: Unit
    context: MergeContext

    def merge(self) -> Merged:
        """Merge the lists of siblings."""
        base, ours, theirs = self._keyed()
        gone = frozenset(key for key in base if _is_gone(base[key], ours.get(key), theirs.get(key)))
        order = merge_order(
            tuple(base),
            tuple(ours),
            tuple(theirs),
            gone=gone,
            rank_gap=Ranking(
                _units(base),
                _units(ours),
                _units(theirs),
                self._order_of_period(),
            ),
        )
        notes = list(self._notes(base, ours, theirs))
        if order.reordered_twice:
            notes.append(self.context.note("both sides reordered sections; the base's order stays"))
        removed = tuple(
            (base[key].unit.text, "") for key in base if not (key in ours or key in theirs)
        )
        parts = [Merged(notes=tuple(notes), alike=removed)]
        for number, key in enumerate(order.keys):
            places = base.get(key), ours.get(key), theirs.get(key)
            parts.append(self._merge_one(*places))
            if number + 1 < len(order.keys):
                parts.append(text_of(_gap_behind(*places)))
        return join(parts)

    def _keyed(self) -> tuple[_Version, _Version, _Version]:
        """Give the siblings of each version, the same section under the same key."""
        base, ours, theirs = (
            parent.children for parent in (self.base_parent, self.our_parent, self.their_parent)
        )
        our_keys = _invert(match_versions(base, ours))
        their_keys = _invert(match_versions(base, theirs))
        our_new = [index for index in range(len(ours)) if index not in our_keys]
        their_new = [index for index in range(len(theirs)) if index not in their_keys]
        both = match_additions(
            [ours[index] for index in our_new], [theirs[index] for index in their_new]
        )
        shared = {their_new[other]: our_new[one] for one, other in both.items()}
        keys: tuple[list[Hashable], list[Hashable], list[Hashable]] = (
            list(range(len(base))),
            [our_keys.get(index, ("new", index)) for index in range(len(ours))],
            [
                their_keys.get(
                    index, ("new", shared[index]) if index in shared else ("their", index)
                )
                for index in range(len(theirs))
            ],
        )
        mine, yours = (
            dict(zip(keys[n], _places(units), strict=True)) for n, units in ((1, ours), (2, theirs))
        )
        return dict(zip(keys[0], _places(base), strict=True)), mine, yours

    def _merge_one(self, base: _Place | None, ours: _Place | None, theirs: _Place | None) -> Merged:
        if ours and theirs:
            before = base.unit if base else EMPTY
            return merge_sections(before, ours.unit, theirs.unit, self.context)
        left = ours or theirs
        assert left is not None  # noqa: S101 - an order's keys come from its versions
        if base is None and left.unit.words in self.context.moved:
            old = self.context.moved[left.unit.words]
            mine, yours = (left.unit.text, "") if ours else ("", left.unit.text)
            return self.context.below(left.unit.label).conflict(
                ConflictKind.REMOVED, old, mine, yours
            )
        if base is None:
            return Merged(
                (left.unit.text,), outline=tuple(outline_of(left.unit, self.context.depth))
            )
        old, changed = pare(base.unit, left.unit)
        mine, yours = (changed, "") if ours else ("", changed)
        return self.context.below(base.unit.label).conflict(ConflictKind.REMOVED, old, mine, yours)

    def _order_of_period(self) -> bool | None:
        """Tell which way the entries of a month or week run: as those of all others do."""
        tell, path = self.context.is_newest_first, self.context.path
        return tell() if tell and path and read_period(path[-1]) else None

    def _notes(self, base: _Version, ours: _Version, theirs: _Version) -> Iterator[str]:
        """Note what both sides have added under one session's number, and that stays twice."""
        mine, yours = (
            {
                session_id: place.unit
                for key, place in side.items()
                if key not in base and key not in other
                for session_id in place.unit.session_ids
            }
            for side, other in ((ours, theirs), (theirs, ours))
        )
        for session_id in sorted(mine.keys() & yours.keys(), key=lambda found: found.order):
            words = sorted((mine[session_id].words, yours[session_id].words))
            number = session_id.number if session_id.number is not None else session_id.suffix
            yield self.context.note(
                f"session {number} is both {words[0]!r} and {words[1]!r}; both stay"
            )


def pare(base: Unit, changed: Unit) -> tuple[str, str]:
    """Give what of a section is in question where the other side has removed it, before and after.

    That is its heading and what was changed; what stayed as it was goes, as the removal says.
    """
    pairs = _invert(match_versions(base.children, changed.children))
    before, after = [base.heading], [changed.heading]
    if base.own_text.split() != changed.own_text.split():
        before += (base.own_text, base.own_gap)
        after += (changed.own_text, changed.own_gap)
    elif base.heading:
        before.append("\n")
        after.append("\n")
    for index, child in enumerate(changed.children):
        old = base.children[pairs[index]] if index in pairs else None
        if old is None:
            after += (child.text, child.gap)
        elif old.text.split() != child.text.split():
            was, is_now = pare(old, child)
            before += (was, old.gap)
            after += (is_now, child.gap)
    return "".join(before), "".join(after)


def _invert(pairs: Mapping[int, int]) -> dict[int, int]:
    return {side: base for base, side in pairs.items()}


def _places(units: Sequence[Unit]) -> list[_Place]:
    gaps = [unit.gap for unit in units[:-1]]
    alike = [unit.gap for unit in units[:-1] if bool(unit.entry) == bool(units[-1].entry)]
    default = alike[-1] if alike else None
    return [
        _Place(unit, gaps[number] if number < len(gaps) else None, default)
        for number, unit in enumerate(units)
    ]


def _is_gone(base: _Place, ours: _Place | None, theirs: _Place | None) -> bool:
    """Tell whether one side removed a section that the other left as it was, or both did."""
    if ours and theirs:
        return False
    left = ours or theirs
    return left is None or left.unit.text.split() == base.unit.text.split()


def _gap_behind(base: _Place | None, ours: _Place | None, theirs: _Place | None) -> str:
    """Give what follows a section that is not the last any more: nothing, where that is the way."""
    places = [place for place in (ours, theirs, base) if place]
    defaults = [place.default_gap for place in places if place.default_gap is not None]
    gaps = [place.gap if place else None for place in (base, ours, theirs)]
    return choose_gap(gaps, max(defaults, default="\n"))


def _units(version: _Version) -> dict[Hashable, Unit]:
    return {key: place.unit for key, place in version.items()}
