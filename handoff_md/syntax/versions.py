"""Parses several versions of one document: a section that they share is parsed once.

Block parsing looks no further ahead than the block at hand, so the lines from one top-level ATX
heading to the next parse alike wherever a block may start and such a heading, or the text's end,
follows; what is new is parsed with the heading behind it, to make sure.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from handoff_md.syntax.blocks import Reference, Token, normalize_label, parse_blocks
from handoff_md.syntax.flatten import flatten, front_matter, verbatim_lines
from handoff_md.syntax.front_matter import front_matter_end
from handoff_md.syntax.nodes import Block, Field, Heading, Node, Row, Table, Text, Tree
from handoff_md.syntax.parse import build_tree
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_HEADING = re.compile(r"#{1,6}(?:[ \t\r\n]|\Z)")
_HEADING_LINE = re.compile(r"^#{1,6}(?:[ \t\r\n]|\Z)", re.MULTILINE)
_LOOKAHEAD = 3


class _Stretch(Value):
    """Lines from a heading (or the start) to the next heading (or the end), parsed.

    ``nodes`` have their places in the text that it was first found in, where it starts at
    ``start``. ``verbatim`` are lines from 0. ``leads`` and ``ends`` tell that it was that text's
    first or last, which it then has to be again.
    """

    text: str
    nodes: tuple[Node, ...]
    start: int
    verbatim: tuple[int, ...]
    references: tuple[tuple[str, Reference], ...]
    leads: bool
    ends: bool

    def stands_at(self, text: str, place: int, *, at_start: bool) -> bool:
        """Tell whether a text has it at a place, with what may follow it behind."""
        if (self.leads and not at_start) or not text.startswith(self.text, place):
            return False
        end = place + len(self.text)
        return end == len(text) or (not self.ends and _HEADING.match(text, end) is not None)


class VersionParser:
    """Parses texts one after the other, and knows the stretches of those before."""

    def __init__(self) -> None:
        # by first line, then by length: many sections have one heading, and few have one length
        self._known: dict[str, dict[int, dict[str, list[_Stretch]]]] = {}

    def parse(self, source: Source) -> Tree | None:
        """Parse a text into the very tree that `parse` gives; None if it nests too deep."""
        body_line = front_matter_end(source)
        flat: list[Node] = list(front_matter(source, body_line))
        verbatim: set[int] = set()
        references: dict[str, Reference] = {}
        place = start = source.line_offset(body_line)
        while place < len(source.text):
            stretches = self._find_or_parse(source, place, at_start=place == start)
            if stretches is None:
                return None
            for stretch in stretches:
                moved = place - stretch.start
                flat += (_shift(node, moved) for node in stretch.nodes) if moved else stretch.nodes
                line = source.line_of(place)
                verbatim.update(line + number for number in stretch.verbatim)
                for label, reference in stretch.references:
                    references.setdefault(label, reference)
                place += len(stretch.text)
        tree = build_tree(source, flat, frozenset(verbatim))
        return Tree(source, tree, references)

    def _find_or_parse(
        self, source: Source, place: int, *, at_start: bool
    ) -> Sequence[_Stretch] | None:
        found = self._find(source.text, place, at_start=at_start)
        return [found] if found else self._parse_new(source, place, at_start=at_start)

    def _find(self, text: str, place: int, *, at_start: bool) -> _Stretch | None:
        for length, known in self._known.get(_first_line(text, place), {}).items():
            for one in reversed(known.get(text[place : place + length], ())):
                if one.stands_at(text, place, at_start=at_start):
                    return one
        return None

    def _parse_new(self, source: Source, place: int, *, at_start: bool) -> list[_Stretch] | None:
        """Parse from a place on, up to the next known stretch, and remember what is found."""
        text = source.text
        for match in _HEADING_LINE.finditer(text, place + 1) if self._known else ():
            if self._find(text, match.start(), at_start=False):
                found = self._parse_between(source, place, match.start(), at_start=at_start)
                if found is not None:
                    return found
                break
        return self._parse_between(source, place, len(text), at_start=at_start)

    def _parse_between(
        self, source: Source, place: int, stop: int, *, at_start: bool
    ) -> list[_Stretch] | None:
        """Parse up to ``stop``; None if no block starts there, or if it nests too deep."""
        first, end = source.line_of(place), source.line_of(stop)
        if stop == len(source.text):
            end = source.line_count
        window = source.text[place : source.line_offset(end + _LOOKAHEAD)]
        blocks = parse_blocks(window)
        if blocks.too_deep is not None:
            return None
        if end < source.line_count and not _starts_heading(blocks.tokens, end - first):
            return None
        found = list(_cut(source, blocks.tokens, first, end, at_start=at_start))
        for stretch in found:
            lengths = self._known.setdefault(_first_line(stretch.text, 0), {})
            lengths.setdefault(len(stretch.text), {}).setdefault(stretch.text, []).append(stretch)
        return found


def _first_line(text: str, place: int) -> str:
    end = text.find("\n", place)
    return text[place : end if end >= 0 else len(text)]


def _starts_heading(tokens: Sequence[Token], line: int) -> bool:
    return any(
        token.type == "heading_open" and not token.level and token.map and token.map[0] == line
        for token in tokens
    )


def _cut(
    source: Source, tokens: Sequence[Token], first: int, end: int, *, at_start: bool
) -> Iterator[_Stretch]:
    """Cut what was parsed from line ``first`` to line ``end`` at its top-level ATX headings."""
    flat = flatten(source, tokens, first, end)
    verbatim = sorted(line for line in verbatim_lines(tokens, first) if line < end)
    defined = [token for token in tokens if token.type == "definition" and token.map]
    places = [token.map[0] + first for token in defined if token.map]
    lines = [
        source.line_of(node.span.start)
        for node in flat
        if isinstance(node, Heading) and source.slice(node.span).lstrip()[:1] == "#"
    ]
    starts = sorted({first, *lines})
    groups = _grouped(flat, [source.line_offset(line) for line in starts])
    for number, line in enumerate(starts):
        stop = starts[number + 1] if number + 1 < len(starts) else end
        span = source.lines_span(line, stop)
        yield _Stretch(
            text=source.slice(span),
            nodes=groups[number],
            start=span.start,
            verbatim=tuple(found - line for found in verbatim[_within(verbatim, line, stop)]),
            references=tuple(map(_read_definition, defined[_within(places, line, stop)])),
            leads=at_start and line == first,
            ends=stop == source.line_count,
        )


def _within(places: Sequence[int], start: int, stop: int) -> slice:
    """Give where the places from ``start`` up to ``stop`` stand in a sorted sequence."""
    return slice(bisect_left(places, start), bisect_left(places, stop))


def _grouped(nodes: Sequence[Node], starts: Sequence[int]) -> list[tuple[Node, ...]]:
    groups: list[list[Node]] = [[] for _ in starts]
    number = 0
    for node in nodes:
        while number + 1 < len(starts) and node.span.start >= starts[number + 1]:
            number += 1
        groups[number].append(node)
    return [tuple(group) for group in groups]


def _read_definition(token: Token) -> tuple[str, Reference]:
    meta = token.meta
    return normalize_label(meta["label"]), Reference(meta["url"], meta["title"])


def _shift(node: Node, by: int) -> Node:
    """Give a leaf as it is so many characters further on."""
    match node:
        case Block():
            children = tuple(_shift_line(line, by) for line in node.children)
            return Block(node.kind, _move(node.span, by), children)
        case Heading():
            return Heading(_move(node.span, by), node.level, _move(node.text, by))
        case Table():
            rows = tuple(Row(_move(row.span, by)) for row in node.children)
            return Table(_move(node.span, by), rows, node.by_session)
        case _:
            msg = f"no leaf: {node}"
            raise TypeError(msg)


def _shift_line(line: Field | Text, by: int) -> Field | Text:
    if isinstance(line, Text):
        return Text(_move(line.span, by))
    return Field(_move(line.span, by), _move(line.key, by), _move(line.value, by))


def _move(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)
