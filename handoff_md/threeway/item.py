"""What a body is merged by: its lines, and as units its tables and its ``**Key**: value`` lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence

from handoff_md.syntax.grammar import read_field
from handoff_md.syntax.nodes import Block, BlockKind, Field, Node, Table, split_row
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.threeway.unit import Unit
from handoff_md.value import Value

_STAMP = re.compile(
    r"\s*[*_]{0,3}(?P<key>last updated)[*_]{0,3}:[*_]{0,3}[ \t]*(?P<value>[^*_\n]*?)[*_]{0,3}\s*",
    re.IGNORECASE,
)


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
