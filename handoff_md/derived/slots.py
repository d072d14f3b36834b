"""Where text goes among pieces: by the order, the form and a day alone, never by other new text."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping

from handoff_md.derived.pieces import (
    FormRecord,
    Pieces,
    ending_of,
    has_rule,
    is_between,
    read_piece_date,
)
from handoff_md.errors import ContentError, HandoffError
from handoff_md.merge.grouping import narrow
from handoff_md.merge.insertion import Place, find_insertion
from handoff_md.semantics.entries.groups import are_newest_first
from handoff_md.semantics.entries.section import EntriesSection, find_entries_section
from handoff_md.syntax.nodes import Document, Heading, walk
from handoff_md.text.source import Source, decode
from handoff_md.value import Value


class Joined(Value):
    """The text that pieces make, where each of them starts in it, and where the last gap ends."""

    source: Source
    starts: Mapping[str, int]
    end: int


def join(pieces: Pieces) -> Joined:
    """Put pieces together as they were split; one whose file is gone is passed over.

    A piece that has lost the end of its last line gets it back.
    """
    head, tail, newline = decode(pieces.head), decode(pieces.tail).text, pieces.form.newline
    texts, starts, length = [head.text], dict[str, int](), len(head.text)
    for line in pieces.order:
        if line.name not in pieces.files:
            continue
        opening = newline if _is_open(texts[-1]) else ""
        starts[line.name] = length + len(opening)
        text = decode(pieces.files[line.name]).text
        ending = ending_of(text) or newline
        closing = newline if line.gap and _is_open(text) else ""
        gap = "".join(f"{one}{ending}" for one in line.gap)
        texts.append(f"{opening}{text}{closing}{gap}")
        length += len(texts[-1])
    last = newline if tail and _is_open(texts[-1]) else ""
    return Joined(Source("".join((*texts, last, tail)), bom=head.bom), starts, length)


def _is_open(text: str) -> bool:
    """Tell whether a text's last line has no end."""
    return bool(text) and not ending_of(text)


class DaySlot(Value):
    """Where text of a day goes, and the headings that are made above it: of its month, or its week.

    ``rule`` parts made headings from what stands before; ``note`` says why none is made.
    """

    place: Place
    headings: tuple[str, ...] = ()
    rule: str = ""
    note: str = ""


class Ground(Value):
    """What new text is put into: a document of pieces as it is read, and its form.

    ``slots`` are where text of each day goes; ``newest_first`` tells which way months run.
    """

    document: Document
    form: FormRecord
    slots: Mapping[dt.date, DaySlot]
    newest_first: bool


class _Survey(Value):
    """Pieces, what they make, and that as it is read.

    ``headings`` are its headings' offsets, in order, and ``levels`` their levels; ``dates`` are the
    days of the pieces in their order.
    """

    pieces: Pieces
    joined: Joined
    headings: tuple[int, ...]
    levels: tuple[int, ...]
    dates: tuple[dt.date | None, ...]


def survey(
    pieces: Pieces, joined: Joined, document: Document, dates: Collection[dt.date]
) -> Ground:
    """Look at a document of pieces once, and find where text of some days goes."""
    found = [node for node in walk(document) if isinstance(node, Heading)]
    seen = _Survey(
        pieces,
        joined,
        tuple(heading.span.start for heading in found),
        tuple(heading.level for heading in found),
        tuple(read_piece_date(line.name) for line in pieces.order),
    )
    section = _find_parted(document, pieces.form) if dates else None
    slots = {
        date: _find_slot_below(document, section, seen, date)
        if section
        else DaySlot(_find_place(seen, date))
        for date in sorted(dates)
    }
    newest_first = pieces.form.newest_first
    if section:
        newest_first = are_newest_first(section.groups, otherwise=newest_first)
    return Ground(document, pieces.form, slots, newest_first)


def _find_parted(document: Document, form: FormRecord) -> EntriesSection | None:
    """Find the section whose entries stand below months or weeks; None where they do not."""
    try:
        section = find_entries_section(document, into=form.section or None)
    except HandoffError:
        return None
    return section if section.groups else None


def _find_slot_below(
    document: Document, section: EntriesSection, seen: _Survey, date: dt.date
) -> DaySlot:
    """Find where text of a day goes among months, as a merge does; what they lack is made."""
    try:
        room = narrow(document, section, date)
    except ContentError as error:
        return DaySlot(_find_place(seen, date), note=f"no heading is made: {error.message}")
    rule = next(filter(None, room.rules), "")
    return DaySlot(find_insertion(document.source, room, date), room.to_create, rule)


def _find_place(ground: _Survey, date: dt.date) -> Place:
    """Find where text of a day goes: behind the newer pieces that stand at the newest end."""
    order, form = ground.pieces.order, ground.pieces.form
    starts = ground.joined.starts
    slot = _find_index(ground, date)
    above = next((order[at] for at in range(slot - 1, -1, -1) if order[at].name in starts), None)
    below = next((order[at] for at in range(slot, len(order)) if order[at].name in starts), None)
    rule = next((one.strip() for one in form.gap if one.strip()), "")
    offset = starts[below.name] if below else ground.joined.end
    level = _level_at(ground, offset, slot)
    if below:
        return Place(offset, level, rule_behind=rule)
    if above and not has_rule(above.gap):
        return Place(offset, level, rule_before=rule)
    return Place(offset, level, rule_behind=rule if above else "")


def _find_index(ground: _Survey, date: dt.date) -> int:
    """Give the index in the order before which text of a day goes; their count for the end."""
    order, dates = ground.pieces.order, ground.dates
    if not ground.pieces.form.newest_first:
        return len(order) - _count_newer(reversed(dates), date)
    slot = _count_newer(dates, date)
    while slot < len(order) and is_between(order[slot].name):
        slot += 1
    return slot


def _count_newer(dates: Iterable[dt.date | None], date: dt.date) -> int:
    newer = 0
    for index, one in enumerate(dates):
        if one is not None and one <= date:
            break
        if one is not None:
            newer = index + 1
    return newer


def _level_at(ground: _Survey, offset: int, slot: int) -> int:
    """Give the level of a heading that neither swallows what follows nor is swallowed."""
    at = bisect_left(ground.headings, offset)
    level = max((ground.pieces.form.level, *(behind := ground.levels[at : at + 1])))
    for index in range(slot - 1, -1, -1):
        start = ground.joined.starts.get(ground.pieces.order[index].name, -1)
        at = bisect_left(ground.headings, start)
        if ground.headings[at : at + 1] == (start,):
            above = ground.levels[at]
            return level if (above,) < behind else min(level, above)
    return level
