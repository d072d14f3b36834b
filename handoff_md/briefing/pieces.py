"""Cuts what stands in a section into pieces that are told whole: list items, paragraphs, rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from handoff_md.briefing.chapter import clean
from handoff_md.syntax.nodes import Block, BlockKind, Heading, Node, Section, Table
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_MARKER: Final = r"[ \t]*(?:[-+*]|[0-9]{1,9}[.)])(?:[ \t]+|$)"
_BOX: Final = lazy_pattern(rf"{_MARKER}\[(?P<mark>[ xX])\](?=\s|$)")
_PROSE: Final = (BlockKind.CODE, BlockKind.FENCE, BlockKind.PARAGRAPH, BlockKind.QUOTE)
_HEAD_ROWS: Final = 2


class Piece(Value):
    """Lines of a document, without what is hidden there; ``line`` (from 1) is the first one's.

    ``indent`` is how deep the first line stood. ``ticked`` is what the box says of an item that
    begins with one; None without.
    """

    lines: tuple[str, ...]
    line: int
    indent: int = 0
    ticked: bool | None = None

    @property
    def words(self) -> str:
        """Give the first line without the marker of a list."""
        return re.sub(f"^{_MARKER}", "", self.lines[0])


class Shown(Value):
    """A document's source, and its text with NUL for what is hidden: see `mask_hidden`."""

    source: Source
    text: str

    def words(self, span: Span) -> str:
        """Give the text of a span in one line, without what is hidden."""
        return clean(" ".join(self._slice(span).split()))

    def line_of(self, span: Span) -> int:
        """Give the line (from 1) in which a span begins."""
        return self.source.line_of(span.start) + 1

    def cut(self, nodes: Sequence[Node]) -> Iterator[Piece]:
        """Give the pieces of nodes and of the sections among them, in their order."""
        for node in nodes:
            if isinstance(node, Section):
                yield from self.cut(node.children)
            elif isinstance(node, Heading):
                yield from self._cut(node.text)
            elif isinstance(node, Table):
                for row in node.children[_HEAD_ROWS:]:
                    yield from self._cut(row.span)
            elif isinstance(node, Block) and node.kind is BlockKind.LIST:
                yield from self._cut(node.span, at=_MARKER)
            elif isinstance(node, Block) and node.kind in _PROSE:
                yield from self._cut(node.span)

    def _slice(self, span: Span) -> str:
        return self.text[span.start : span.end].replace("\0", "")

    def _cut(self, span: Span, at: str = "") -> Iterator[Piece]:
        """Cut the lines of a span before each that begins so; blank ones are left out."""
        held: list[str] = []
        start = 0
        for number, written in enumerate(re.split(r"\r\n|\r|\n", self._slice(span))):
            line = clean(written)
            if not line.strip():
                continue
            if held and at and re.match(at, line):
                yield _piece(held, start)
                held = []
            start = start if held else self.line_of(span) + number
            held.append(line)
        if held:
            yield _piece(held, start)


def _piece(lines: Sequence[str], start: int) -> Piece:
    box = _BOX.match(lines[0])
    indents = [len(line) - len(line.lstrip()) for line in lines]
    least = min(indents)
    return Piece(
        tuple(line[least:] for line in lines),
        start,
        indents[0],
        box["mark"] != " " if box else None,
    )
