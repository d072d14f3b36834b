"""Where text goes among pieces: by the order, the form and a day alone, never by other new text."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Mapping, Sequence

from handoff_md.derived.pieces import Line, Pieces, ending_of, has_rule, is_between, read_piece_date
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


def find_place(pieces: Pieces, joined: Joined, document: Document, date: dt.date) -> Place:
    """Find where text of a day goes: behind the newer pieces that stand at the newest end.

    ``document`` is what is joined, parsed.
    """
    slot = find_slot(pieces.order, date, newest_first=pieces.form.newest_first)
    there = [line for line in pieces.order if line.name in joined.starts]
    before = [line for line in pieces.order[:slot] if line.name in joined.starts]
    rule = next((one.strip() for one in pieces.form.gap if has_rule((one,))), "")
    if len(before) < len(there):
        offset = joined.starts[there[len(before)].name]
        return Place(offset, _level_at(pieces, joined, document, offset, before), rule_behind=rule)
    level = _level_at(pieces, joined, document, joined.end, before)
    if before and not has_rule(before[-1].gap):
        return Place(joined.end, level, rule_before=rule)
    return Place(joined.end, level, rule_behind=rule if before else "")


def find_slot(order: Sequence[Line], date: dt.date, *, newest_first: bool) -> int:
    """Give the index in the order before which text of a day goes; their count for the end."""
    dates = [read_piece_date(line.name) for line in order]
    if newest_first:
        slot = _count_newer(dates, date)
        while slot < len(order) and is_between(order[slot].name):
            slot += 1
        return slot
    return len(order) - _count_newer(dates[::-1], date)


def _count_newer(dates: Sequence[dt.date | None], date: dt.date) -> int:
    newer = 0
    for index, one in enumerate(dates):
        if one is not None and one <= date:
            break
        if one is not None:
            newer = index + 1
    return newer


def _level_at(
    pieces: Pieces, joined: Joined, document: Document, offset: int, before: Sequence[Line]
) -> int:
    """Give the level of a heading that neither swallows what follows nor is swallowed."""
    headings = [node for node in walk(document) if isinstance(node, Heading)]
    starts = [heading.span.start for heading in headings]
    following = headings[bisect_left(starts, offset) :][:1]
    level = max([pieces.form.level, *(heading.level for heading in following)])
    for line in reversed(before):
        at = bisect_left(starts, joined.starts[line.name])
        if at < len(starts) and starts[at] == joined.starts[line.name]:
            return min(level, headings[at].level)
    return level
