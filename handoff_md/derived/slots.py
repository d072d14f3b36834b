"""Where text goes among pieces: by the order, the form and a day alone, never by other new text."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable, Mapping

from handoff_md.derived.pieces import (
    Pieces,
    ending_of,
    has_rule,
    is_between,
    read_piece_date,
)
from handoff_md.merge.insertion import Place
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


class Ground(Value):
    """What new text is put into: pieces, what they make, and that as it is read.

    ``headings`` are its headings' offsets, in order, and ``levels`` their levels; ``dates`` are the
    days of the pieces in their order.
    """

    pieces: Pieces
    joined: Joined
    document: Document
    headings: tuple[int, ...]
    levels: tuple[int, ...]
    dates: tuple[dt.date | None, ...]


def survey(pieces: Pieces, joined: Joined, document: Document) -> Ground:
    """Look at a document of pieces once, for all that is to be put into it."""
    found = [node for node in walk(document) if isinstance(node, Heading)]
    headings = tuple(heading.span.start for heading in found)
    levels = tuple(heading.level for heading in found)
    dates = tuple(read_piece_date(line.name) for line in pieces.order)
    return Ground(pieces, joined, document, headings, levels, dates)


def find_place(ground: Ground, date: dt.date) -> Place:
    """Find where text of a day goes: behind the newer pieces that stand at the newest end."""
    order, form = ground.pieces.order, ground.pieces.form
    starts = ground.joined.starts
    slot = _find_slot(ground, date)
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


def _find_slot(ground: Ground, date: dt.date) -> int:
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


def _level_at(ground: Ground, offset: int, slot: int) -> int:
    """Give the level of a heading that neither swallows what follows nor is swallowed."""
    at = bisect_left(ground.headings, offset)
    level = max((ground.pieces.form.level, *ground.levels[at : at + 1]))
    for index in range(slot - 1, -1, -1):
        start = ground.joined.starts.get(ground.pieces.order[index].name, -1)
        at = bisect_left(ground.headings, start)
        if ground.headings[at : at + 1] == (start,):
            return min(level, ground.levels[at])
    return level
