"""Turns a text's top-level blocks into nodes that tile it, blank lines included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handoff_md.syntax.blocks import Token, readable
from handoff_md.syntax.grammar import FieldLine, is_history_header, read_field
from handoff_md.syntax.nodes import (
    Block,
    BlockKind,
    Field,
    Heading,
    Node,
    Row,
    Table,
    Text,
    split_row,
)
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

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


def front_matter(source: Source, end: int) -> tuple[Node, ...]:
    """Give front matter, the lines before ``end`` (from 0), as a node; nothing without any."""
    return (Block(BlockKind.FRONT_MATTER, source.lines_span(0, end)),) if end else ()


def flatten(
    source: Source, tokens: Sequence[Token], first: int, end: int | None = None
) -> tuple[Node, ...]:
    """Give the nodes of the lines from ``first`` up to, not including, ``end`` (from 0).

    The maps of ``tokens`` count from ``first``; what they say of lines from ``end`` on is left out.
    """
    stop = source.line_count if end is None else end
    return tuple(_Flattener(source, tokens, first, stop).nodes())


def verbatim_lines(tokens: Sequence[Token], shift: int) -> frozenset[int]:
    """Give the lines (from 0) of code and raw HTML, at any depth; maps count from ``shift``."""
    return frozenset(
        line + shift
        for token in tokens
        if token.type in ("fence", "code_block", "html_block") and token.map
        for line in range(*token.map)
    )


class _Flattener(Value):
    """Turns top-level tokens into nodes that tile the source, blank lines included."""

    source: Source
    tokens: Sequence[Token]
    shift: int
    end: int

    def nodes(self) -> Iterator[Node]:
        line = self.shift
        for index, token in enumerate(self.tokens):
            if token.level or token.nesting < 0 or not token.map:
                continue
            first, end = token.map[0] + self.shift, token.map[1] + self.shift
            if first >= self.end:
                break
            if _KINDS.get(token.type) in _TRAILING_BLANKS:
                end = self._without_blanks(first, end)
            if line < first:
                yield Block(BlockKind.BLANK, self.source.lines_span(line, first))
            yield self._node(index, token, first, end)
            line = end
        if line < self.end:
            yield Block(BlockKind.BLANK, self.source.lines_span(line, self.end))

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
