"""Builds the lossless tree of a document. Total: odd input becomes an opaque node, no error."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from handoff_md.syntax.blocks import Token, parse_blocks, readable
from handoff_md.syntax.front_matter import front_matter_end
from handoff_md.syntax.grammar import (
    EntryHeading,
    EntryKind,
    FieldLine,
    LogLink,
    is_history_header,
    read_date,
    read_entry_heading,
    read_field,
    read_log_links,
    read_part_heading,
)
from handoff_md.syntax.nodes import (
    Block,
    BlockKind,
    Document,
    Entry,
    Field,
    Heading,
    Node,
    Part,
    Row,
    Section,
    Table,
    Text,
)
from handoff_md.syntax.session_id import SessionId
from handoff_md.syntax.table import split_row
from handoff_md.text.source import Source, decode
from handoff_md.text.span import Span

_KINDS = {
    "blockquote_open": BlockKind.QUOTE,
    "bullet_list_open": BlockKind.LIST,
    "code_block": BlockKind.CODE,
    "definition": BlockKind.DEFINITION,
    "fence": BlockKind.FENCE,
    "hr": BlockKind.RULE,
    "html_block": BlockKind.HTML,
    "ordered_list_open": BlockKind.LIST,
    "paragraph_open": BlockKind.PARAGRAPH,
}
_TRAILING_BLANKS = frozenset({BlockKind.LIST, BlockKind.QUOTE, BlockKind.CODE, BlockKind.HTML})


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole lines that can be parsed by themselves, the lines ``first`` to ``end`` (excluded).

    Lines count from 0. ``tokens`` are all that the parser gives for them; their maps count from
    ``first``.
    """

    first: int
    end: int
    tokens: Sequence[Token]


def parse(source: bytes | str | Source) -> Document:
    """Parse a document losslessly.

    Children tile their parent, down to the leaves; blank lines are nodes. Any bytes are accepted.
    """
    known = source if isinstance(source, Source) else decode(source)
    body_line = front_matter_end(known)
    blocks = parse_blocks(known.text[known.line_offset(body_line) :])
    if blocks.too_deep is not None:
        whole = (Block(BlockKind.OPAQUE, Span(0, len(known.text))),) if known.text else ()
        return Document(known, whole, blocks, body_line)
    stretch = Stretch(body_line, known.line_count, blocks.tokens)
    return Document(known, build_tree(known, [stretch]), blocks, body_line)


def build_tree(source: Source, stretches: Sequence[Stretch]) -> tuple[Node, ...]:
    """Build the tree of a text that was parsed in stretches, which tile it from the first on.

    What stands before the first is front matter.
    """
    flat = tuple(_flatten(source, stretches))
    verbatim = _verbatim_lines(stretches)
    tree = _TreeBuilder(source, flat, _section_ends(flat), _find_title(flat), verbatim)
    return tree.build()


def _flatten(source: Source, stretches: Sequence[Stretch]) -> Iterator[Node]:
    if stretches and stretches[0].first:
        yield Block(BlockKind.FRONT_MATTER, source.lines_span(0, stretches[0].first))
    for stretch in stretches:
        yield from _Flattener(source, stretch.tokens, stretch.first).nodes(stretch.end)


def _verbatim_lines(stretches: Sequence[Stretch]) -> frozenset[int]:
    """Give the lines (from 0) of code and raw HTML, at any depth."""
    return frozenset(
        line + stretch.first
        for stretch in stretches
        for token in stretch.tokens
        if token.type in ("fence", "code_block", "html_block") and token.map
        for line in range(*token.map)
    )


def _section_ends(flat: Sequence[Node]) -> tuple[int, ...]:
    """Give, for each heading's index, that of the next one of its level or above (or the end)."""
    ends = [len(flat)] * len(flat)
    open_sections: list[tuple[int, int]] = []
    for index, node in enumerate(flat):
        if isinstance(node, Heading):
            while open_sections and open_sections[-1][0] >= node.level:
                ends[open_sections.pop()[1]] = index
            open_sections.append((node.level, index))
    return tuple(ends)


def _find_title(flat: Sequence[Node]) -> int | None:
    """Give the index of the document's title: the only first-level heading among several."""
    levels = {index: node.level for index, node in enumerate(flat) if isinstance(node, Heading)}
    tops = [index for index, level in levels.items() if level == 1]
    return tops[0] if len(tops) == 1 and len(levels) > 1 else None


@dataclass(frozen=True, slots=True)
class _Flattener:
    """Turns top-level tokens into nodes that tile the source, blank lines included."""

    source: Source
    tokens: Sequence[Token]
    shift: int

    def nodes(self, end_line: int) -> Iterator[Node]:
        line = self.shift
        for index, token in enumerate(self.tokens):
            if token.level or token.nesting < 0 or not token.map:
                continue
            first, end = token.map[0] + self.shift, token.map[1] + self.shift
            if _KINDS.get(token.type) in _TRAILING_BLANKS:
                end = self._without_blanks(first, end)
            if line < first:
                yield Block(BlockKind.BLANK, self.source.lines_span(line, first))
            yield self._node(index, token, first, end)
            line = end
        if line < end_line:
            yield Block(BlockKind.BLANK, self.source.lines_span(line, end_line))

    def _without_blanks(self, first: int, end: int) -> int:
        while end > first + 1 and not self.source.line_text(end - 1).strip(" \t"):
            end -= 1
        return end

    def _node(self, index: int, token: Token, first: int, end: int) -> Node:
        span = self.source.lines_span(first, end)
        if token.type == "heading_open":
            return self._heading(token, self.tokens[index + 1], span)
        if token.type == "table_open":
            return self._table(span, first, end)
        kind = _KINDS.get(token.type, BlockKind.OPAQUE)
        children = self._paragraph_lines(first, end) if kind is BlockKind.PARAGRAPH else ()
        return Block(kind, span, children)

    def _heading(self, token: Token, inline: Token, span: Span) -> Heading:
        text = readable(self.source.slice(span)).replace("\0", "\ufffd")
        words = inline.content
        if token.markup.startswith("#"):
            start = text.index(words, text.index("#") + len(token.markup))
            return Heading(span, len(token.markup), _within(span, start, len(words)))
        first, _, rest = words.partition("\n")
        last = rest.rpartition("\n")[2] if rest else first
        underline = self.source.line_offset(self.source.line_of(span.end - 1)) - span.start
        start = text.index(first)
        length = text.rindex(last, start, underline) + len(last) - start
        return Heading(span, 1 if token.markup == "=" else 2, _within(span, start, length))

    def _paragraph_lines(self, first: int, end: int) -> tuple[Field | Text, ...]:
        """Give a paragraph's lines if one of them is a field, else nothing."""
        found = [read_field(self.source.line_text(number)) for number in range(first, end)]
        if not any(found):
            return ()
        return tuple(self._line(number, field) for number, field in enumerate(found, first))

    def _line(self, number: int, field: FieldLine | None) -> Field | Text:
        span = self.source.lines_span(number, number + 1)
        if field is None:
            return Text(span)
        key = _within(span, field.key_start, len(field.key))
        return Field(span, key, _within(span, field.value_start, len(field.value)))

    def _table(self, span: Span, first: int, end: int) -> Table:
        lines = range(first, end)
        rows = tuple(Row(self.source.lines_span(number, number + 1)) for number in lines)
        header = split_row(self.source, rows[0].span)
        by_session = bool(header) and is_history_header(self.source.slice(header[0]))
        return Table(span, rows, by_session)


def _within(span: Span, start: int, length: int) -> Span:
    return Span(span.start + start, span.start + start + length)


@dataclass(frozen=True, slots=True)
class _TreeBuilder:
    """Nests flat nodes below their headings, and recognises entries."""

    source: Source
    flat: Sequence[Node]
    ends: Sequence[int]
    title: int | None
    verbatim: frozenset[int]

    def build(self) -> tuple[Node, ...]:
        return self._nest(0, len(self.flat), entries=True)

    def _nest(
        self, start: int, end: int, *, entries: bool, parts: Sequence[SessionId] = ()
    ) -> tuple[Node, ...]:
        nodes: list[Node] = []
        index = start
        while index < end:
            node = self.flat[index]
            if isinstance(node, Heading):
                stop = self.ends[index]
                nodes.append(self._section(node, index, stop, entries=entries, parts=parts))
                index = stop
            else:
                nodes.append(node)
                index += 1
        return tuple(nodes)

    def _section(
        self, heading: Heading, index: int, stop: int, *, entries: bool, parts: Sequence[SessionId]
    ) -> Node:
        span = Span(heading.span.start, self.flat[stop - 1].span.end)
        words = self.source.slice(heading.text)
        shape = read_entry_heading(words) if entries and index != self.title else None
        if shape:
            return self._entry(span, heading, shape, index, stop)
        part = self._part(span, heading, index, stop) if parts else None
        if part and part.session_id in parts:
            return part
        return Section(span, heading, (heading, *self._nest(index + 1, stop, entries=entries)))

    def _entry(
        self, span: Span, heading: Heading, shape: EntryHeading, index: int, stop: int
    ) -> Entry:
        parallel = shape.kind is EntryKind.PARALLEL
        parts = shape.session_ids if parallel else ()
        children = self._nest(index + 1, stop, entries=False, parts=parts)
        link = None if parallel else self._log_link(span, shape.session_ids)
        ids = shape.session_ids
        if link and len(ids) <= 1:
            ids = (link.session_id,)
        date = shape.date or (link.log.date if link else None)
        log = link.log.name if link else None
        return Entry(span, heading, (heading, *children), shape.kind, ids, shape.title, date, log)

    def _part(self, span: Span, heading: Heading, index: int, stop: int) -> Part | None:
        shape = read_part_heading(self.source.slice(heading.text))
        if shape is None:
            return None
        link = self._part_log(span, shape.session_id)
        return Part(
            span,
            heading,
            (heading, *self._nest(index + 1, stop, entries=False)),
            shape.session_id,
            shape.title,
            self._part_date(index, stop) or (link.log.date if link else None),
            link.log.name if link else None,
        )

    def _part_date(self, index: int, stop: int) -> dt.date | None:
        """Give the date of a ``**Date**`` field that stands before any deeper heading."""
        for node in self.flat[index + 1 : stop]:
            if isinstance(node, Heading):
                return None
            if isinstance(node, Block):
                for line in node.children:
                    if isinstance(line, Field) and self.source.slice(line.key) == "Date":
                        return read_date(self.source.slice(line.value))
        return None

    def _part_log(self, span: Span, session_id: SessionId) -> LogLink | None:
        """Choose the log that is a part's own; one on a ``Session Log`` line comes first."""
        own = [link for link in self._log_links(span) if link.is_of(session_id)]
        return next((link for link in own if link.on_log_line), own[0] if own else None)

    def _log_link(self, span: Span, claimed: Sequence[SessionId]) -> LogLink | None:
        """Choose the log that an entry is about, of all that it names.

        A ``Session Log`` line comes first; else a link that agrees with the heading; else, where
        the heading claims no id, the only log that is linked.
        """
        links = tuple(self._log_links(span))
        for link in links:
            if link.on_log_line:
                return link
        if claimed:
            return next((link for link in links if link.session_id in claimed), None)
        return links[0] if len({link.log.name for link in links}) == 1 else None

    def _log_links(self, span: Span) -> Iterator[LogLink]:
        """Find the logs that the lines of a span name, code and raw HTML aside."""
        text, seen = self.source.text, -1
        place = text.find("-session-", span.start, span.end)
        while place >= 0:
            line = self.source.line_of(place)
            if line not in self.verbatim and line != seen:
                yield from read_log_links(self.source.line_text(line))
            seen = line
            place = text.find("-session-", place + 1, span.end)
