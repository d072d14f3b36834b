"""What a body is merged by: its lines, and as units its tables and its ``**Key**: value`` lines.

A field is merged by its key: the later of two dates, the newer header.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence

from msgspec.structs import replace

from handoff_md.semantics.document.header import header_fields, read_words
from handoff_md.syntax.form.moments import read_date
from handoff_md.syntax.grammar import read_field
from handoff_md.syntax.nodes import Block, BlockKind, Field, Node, Table, Tree, split_row
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.threeway.conflict import (
    Conflict,
    ConflictKind,
    MergeContext,
    Merged,
    Piece,
    Policy,
    Side,
    join,
    settle,
    text_of,
)
from handoff_md.threeway.unit import Unit
from handoff_md.value import Value

_STAMP = lazy_pattern(
    r"\s*[*_]{0,3}(?P<key>last updated)[*_]{0,3}:[*_]{0,3}[ \t]*(?P<value>[^*_\n]*?)[*_]{0,3}\s*",
    re.IGNORECASE,
)

_LAST_UPDATED = "last updated"
_SESSION = lazy_pattern(r"\bSession\s+#?(?P<number>[0-9]{1,18})", re.IGNORECASE)

Record = tuple[dt.date, int]
"""What orders headers: the date of the last update, and the highest session named."""


class BodyItem(Value):
    """A line, a field's line, or a table.

    ``key`` is what makes it the same in two versions: a line's text, a field's name, a table's
    header cells (the last two with the number of their occurrence). ``name`` is a field's.
    """

    key: Hashable
    text: str
    name: str = ""
    source: Source | None = None
    table: Table | None = None


def read_items(unit: Unit) -> tuple[BodyItem, ...]:
    """Take a unit's body apart."""
    seen: Counter[Hashable] = Counter()
    return tuple(_numbered(_items(unit), seen))


def read_lines(text: str) -> tuple[BodyItem, ...]:
    """Take a text apart into lines and fields, which may stand above a rule: a setext heading."""
    source = Source(text)
    seen: Counter[Hashable] = Counter()
    return tuple(_numbered(map(_with_field, _lines(source, Span(0, len(text)))), seen))


def read_plain_lines(text: str) -> tuple[BodyItem, ...]:
    """Take a text apart into lines and nothing else."""
    return tuple(_lines(Source(text), Span(0, len(text))))


def _with_field(item: BodyItem) -> BodyItem:
    field = read_field(item.text.rstrip("\r\n"))
    return BodyItem(("field", field.key.casefold()), item.text, field.key) if field else item


def join_items(items: Sequence[BodyItem]) -> str:
    """Give the text of items."""
    return "".join(item.text for item in items)


def _numbered(items: Iterator[BodyItem], seen: Counter[Hashable]) -> Iterator[BodyItem]:
    for item in items:
        if item.table is None and not item.name:
            yield item
            continue
        number = seen[item.key]
        seen[item.key] += 1
        yield BodyItem((item.key, number), item.text, item.name, item.source, item.table)


def _items(unit: Unit) -> Iterator[BodyItem]:
    place = unit.own.start
    for node in unit.blocks:
        start, end = max(node.span.start, place), min(node.span.end, unit.own.end)
        if start > place:
            yield from _lines(unit.source, Span(place, start))
        if end > start:
            yield from _items_of(unit.source, node, Span(start, end))
            place = end
    yield from _lines(unit.source, Span(place, max(unit.own.end, place)))


def _items_of(source: Source, node: Node, span: Span) -> Iterator[BodyItem]:
    if isinstance(node, Table) and node.span == span:
        header = tuple(
            source.slice(cell).strip("*_ ") for cell in split_row(source, node.children[0].span)
        )
        yield BodyItem(("table", header), source.slice(span), source=source, table=node)
        return
    names: dict[int, str] = {}
    if isinstance(node, Block):
        fields = (line for line in node.children if isinstance(line, Field))
        names = {field.span.start: source.slice(field.key) for field in fields}
    is_paragraph = isinstance(node, Block) and node.kind is BlockKind.PARAGRAPH
    for item_span in _line_spans(source, span):
        text = source.slice(item_span)
        name = names.get(item_span.start)
        if name is None and is_paragraph and (stamp := read_stamp(text)):
            name = stamp["key"]
        if name:
            yield BodyItem(("field", name.casefold()), text, name)
        else:
            yield _line(source, item_span)


def read_stamp(line: str) -> re.Match[str] | None:
    """Read ``*Last updated: 2025-12-18*``, a field to people, into its ``key`` and ``value``."""
    return _STAMP.fullmatch(line)


def _lines(source: Source, span: Span) -> Iterator[BodyItem]:
    return (_line(source, line) for line in _line_spans(source, span))


def _line(source: Source, span: Span) -> BodyItem:
    text = source.slice(span)
    return BodyItem(text if text.strip() else "", text)


def _line_spans(source: Source, span: Span) -> Iterator[Span]:
    if not len(span):
        return
    line = source.line_of(span.start)
    place = span.start
    while place < span.end:
        line += 1
        end = min(source.line_offset(line), span.end)
        yield Span(place, end)
        place = end


def find_newer(ours: Tree, theirs: Tree, policy: Policy) -> Side | None:
    """Give the side whose header is strictly newer by date and session; None by strict policy.

    Both sides have to carry both; on a tie neither is newer.
    """
    if policy == "strict":
        return None
    mine, yours = _read_record(ours), _read_record(theirs)
    if mine is None or yours is None or mine == yours:
        return None
    return "ours" if mine > yours else "theirs"


def _read_record(document: Tree) -> Record | None:
    source = document.source
    dates: list[dt.date] = []
    numbers: list[int] = []
    for field in header_fields(document):
        value = source.slice(field.value)
        if read_words(source, field.key).casefold() == _LAST_UPDATED:
            date = read_date(value)
            dates += [date] if date else []
        numbers += [int(match["number"]) for match in _SESSION.finditer(value)]
    return (max(dates), max(numbers)) if dates and numbers else None


def merge_field(
    base: BodyItem | None, ours: BodyItem, theirs: BodyItem, context: MergeContext
) -> Merged:
    """Merge a line that all versions have (or both sides, without a base)."""
    before = base.text if base else ""
    if context.in_header and context.newer and ours.text != theirs.text:
        winner, loser = (ours, theirs) if context.newer == "ours" else (theirs, ours)
        return _merge_by_record(base, winner, loser, context)
    if settled := settle(before, ours.text, theirs.text):
        return settled
    if later := _later(ours, theirs):
        return Merged((later.text,), dropped=(ours.text, theirs.text))
    return context.conflict(ConflictKind.FIELD, before, ours.text, theirs.text, ours.name)


def _merge_by_record(
    base: BodyItem | None, winner: BodyItem, loser: BodyItem, context: MergeContext
) -> Merged:
    if base and loser.text == base.text:
        return text_of(winner.text)
    if later := _later(winner, loser):
        return Merged((later.text,), dropped=(winner.text, loser.text))
    note = context.note(f"{winner.name} is the newer header's; dropped {_value(loser)!r}")
    return Merged((winner.text,), (note,), made=(winner.text,), dropped=(loser.text,))


def unite_fields(
    ours: Sequence[BodyItem], theirs: Sequence[BodyItem], context: MergeContext
) -> Merged | None:
    """Merge fields that both sides have added at one place: other keys all stay, equal ones merge.

    None where there are other lines as well, or some keys are equal and others are not.
    """
    both = (*ours, *theirs)
    if not all(item.name for item in both):
        return None
    if [item.key for item in ours] == [item.key for item in theirs]:
        pairs = zip(ours, theirs, strict=True)
        return join(merge_field(None, mine, yours, context) for mine, yours in pairs)
    if len({item.key for item in both}) < len(both):
        return None
    return text_of(*(item.text for item in sorted(both, key=lambda item: str(item.key))))


def unite_fields_in_conflict(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Give the pieces with adjacent fields of one record as one conflict: they belong together."""
    last: Conflict | None = None
    for piece in pieces:
        if not piece:
            continue
        if isinstance(piece, Conflict) and last and _belong_together(last, piece):
            last = replace(
                last,
                path=(*last.path[:-1], f"{last.path[-1]}, {piece.path[-1]}"),
                base=last.base + piece.base,
                ours=last.ours + piece.ours,
                theirs=last.theirs + piece.theirs,
            )
            continue
        if last:
            yield last
        last = piece if isinstance(piece, Conflict) else None
        if isinstance(piece, str):
            yield piece
    if last:
        yield last


def _belong_together(one: Conflict, other: Conflict) -> bool:
    return (
        one.kind is other.kind is ConflictKind.FIELD
        and one.path[:-1] == other.path[:-1]
        and not (one.tail or other.head)
    )


def _later(ours: BodyItem, theirs: BodyItem) -> BodyItem | None:
    """Give the later ``Last Updated`` where both values are dates and nothing else."""
    if ours.name.casefold() != _LAST_UPDATED:
        return None
    mine, yours = (_pure_date(item) for item in (ours, theirs))
    if mine is None or yours is None or mine == yours:
        return None
    return ours if mine > yours else theirs


def _pure_date(item: BodyItem) -> dt.date | None:
    value = _value(item)
    try:
        return dt.date.fromisoformat(value) if len(value) == len("2025-12-18") else None
    except ValueError:
        return None


def _value(item: BodyItem) -> str:
    if field := read_field(item.text.rstrip("\r\n")):
        return field.value
    stamp = read_stamp(item.text)
    return stamp["value"] if stamp else item.text.strip()
