"""The nodes of the lossless tree: they hold spans, never text, and children tile their parent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import chain
from typing import overload

from handoff_md.syntax.blocks import Blocks, Reference
from handoff_md.syntax.form.form import NO_FORM, NO_HINTS, Form, FormHints
from handoff_md.syntax.grammar import EntryKind
from handoff_md.syntax.session_id import SessionId
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_PIPE = lazy_pattern(r"(?<!\\)\|")


class BlockKind(StrEnum):
    """What a block is: the leaf blocks and containers of CommonMark, and what stands between."""

    BLANK = "blank"
    CODE = "code"
    DEFINITION = "definition"
    FENCE = "fence"
    FRONT_MATTER = "front-matter"
    HTML = "html"
    LIST = "list"
    OPAQUE = "opaque"
    PARAGRAPH = "paragraph"
    QUOTE = "quote"
    RULE = "rule"


class Field(Value):
    """A ``**Key**: value`` line of a paragraph."""

    span: Span
    key: Span
    value: Span


class Text(Value):
    """A line of a paragraph that is no field."""

    span: Span


class Row(Value):
    """A line of a table; `handoff_md.syntax.nodes.split_row` cuts it into cells."""

    span: Span


class Table(Value):
    """A table; the first two rows are its header and the delimiter row.

    ``by_session`` says that its rows are keyed by session (the first column is headed Session).
    """

    span: Span
    children: tuple[Row, ...]
    by_session: bool


class Block(Value):
    """Any other block. A paragraph that holds fields has its lines as children."""

    kind: BlockKind
    span: Span
    children: tuple[Field | Text, ...] = ()


class Heading(Value):
    """A heading: its lines, its level (1 to 6), and the span of its text."""

    span: Span
    level: int
    text: Span


class Lead(Value):
    """The line that begins an entry without a heading: a list item's, or a paragraph's.

    ``text`` is the span of its words, without the list's marker; ``level`` is that of a heading
    that would stand beside it.
    """

    span: Span
    level: int
    text: Span


class Section(Value):
    """A heading and all that stands below it, down to the next heading of its level or above."""

    span: Span
    heading: Heading
    children: Sequence[Node]


class Part(Value):
    """One session's section, ``Session 19: Title``, inside a parallel section."""

    span: Span
    heading: Heading
    children: Sequence[Node]
    session_id: SessionId
    title: str
    date: dt.date | None
    log: str | None


class Entry(Value):
    """A section, list item or paragraph that tells of one session, or of several in parallel.

    ``session_ids`` come from the session log's link where there is one, else from the heading;
    ``log`` is that log's file name. A parallel section's sessions are its `parts`. ``time`` is the
    one that stands beside the date, aware where a zone does; ``last`` is the end of a range of days
    that begins with ``date``. ``nth`` counts it among its neighbours of one day, where something
    does.
    """

    span: Span
    heading: Heading | Lead
    children: Sequence[Node]
    kind: EntryKind
    session_ids: tuple[SessionId, ...]
    title: str
    date: dt.date | None
    log: str | None
    time: dt.time | None = None
    last: dt.date | None = None
    nth: int | None = None

    @property
    def parts(self) -> tuple[Part, ...]:
        """Give the sessions of a parallel section, in their order; empty for another entry."""
        return tuple(child for child in sections_of(self) if isinstance(child, Part))


Headed = Section | Entry | Part
"""What a heading or a lead begins."""


class Children(Sequence["Node"]):
    """What stands below a heading (or on top): leaves, and the sections behind them.

    The leaves, which begin with the heading itself, are looked up in their text's row each time, so
    a row that makes them when they are asked for keeps none of them in memory.
    """

    __slots__ = ("_row", "_start", "_stop", "sections")

    def __init__(
        self, row: Sequence[Node], start: int, stop: int, sections: tuple[Headed, ...]
    ) -> None:
        self._row, self._start, self._stop, self.sections = row, start, stop, sections

    @property
    def leaves(self) -> Children:
        """Give them without the sections."""
        return Children(self._row, self._start, self._stop, ())

    def __len__(self) -> int:
        """Count them."""
        return self._stop - self._start + len(self.sections)

    @overload
    def __getitem__(self, index: int) -> Node: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Node, ...]: ...
    def __getitem__(self, index: int | slice) -> Node | tuple[Node, ...]:
        """Give one, or those of a slice."""
        if isinstance(index, slice):
            return tuple(self)[index]
        place = range(len(self))[index] + self._start
        return self._row[place] if place < self._stop else self.sections[place - self._stop]

    def __iter__(self) -> Iterator[Node]:
        """Give them in the order of the text."""
        return chain(self._row[self._start : self._stop], self.sections)

    def __reversed__(self) -> Iterator[Node]:
        """Give them from the last on."""
        leaves = map(self._row.__getitem__, range(self._stop - 1, self._start - 1, -1))
        return chain(reversed(self.sections), leaves)

    def __eq__(self, other: object) -> bool:
        """Compare them one by one with those of any sequence."""
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        """Give the hash of a tuple that is equal."""
        return hash(tuple(self))

    def __repr__(self) -> str:
        """Show them as a tuple."""
        return repr(tuple(self))


Node = Heading | Lead | Section | Entry | Part | Block | Table | Row | Field | Text


class Document(Value):
    """A whole document: its source, and the tree whose children tile it.

    ``blocks`` is markdown-it's view of the source behind ``first_line`` (from 0), where front
    matter ends; its maps count from there. A document that nests too deep to be parsed safely is
    one opaque block. ``form`` says which nodes are entries, and where new ones belong; ``hints``
    are what was known for it.
    """

    source: Source
    children: tuple[Node, ...]
    blocks: Blocks
    first_line: int
    form: Form = NO_FORM
    hints: FormHints = NO_HINTS

    @property
    def span(self) -> Span:
        """Give the span of the whole text."""
        return Span(0, len(self.source.text))

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Give all entries in the order of the document, wherever they stand."""
        return tuple(_find_entries(self.children))

    def to_bytes(self) -> bytes:
        """Give back the very bytes that were parsed."""
        return self.source.to_bytes()


class TextPiece(Value):
    """Lines of a text, and the leaves that tile them; several versions may have it.

    ``nodes`` have their places in the text that it was first found in, where it starts at
    ``start``.
    """

    text: str
    nodes: tuple[Node, ...]
    start: int

    def slice(self, span: Span) -> str:
        """Give the text of a leaf's span."""
        return self.text[span.start - self.start : span.end - self.start]


class Tree(Value):
    """The tree of one version of a document, without the parser's own view of it.

    ``references`` are its link definitions, as `Blocks` has them; ``form`` as `Document` has it.
    ``pieces`` make up the source; one that several versions have is one object.
    """

    source: Source
    children: Sequence[Node]
    references: Mapping[str, Reference]
    pieces: Sequence[TextPiece]
    form: Form = NO_FORM


_LEAVES = (Block, Table)
_HEADED = (Section, Entry, Part)


def children_of(node: Document | Tree | Node) -> Sequence[Node]:
    """Give a node's children; a leaf has none."""
    return getattr(node, "children", ())


def leaves_of(node: Document | Tree | Node) -> Sequence[Node]:
    """Give the leaves just below a node, its heading among them."""
    children = children_of(node)
    if isinstance(children, Children):
        return children.leaves
    return [child for child in children if not isinstance(child, _HEADED)]


def sections_of(node: Document | Tree | Node) -> Sequence[Headed]:
    """Give what stands below a node and is no leaf."""
    children = children_of(node)
    if isinstance(children, Children):
        return children.sections
    return [child for child in children if isinstance(child, _HEADED)]


def walk_sections(node: Document | Tree | Node) -> Iterator[Headed]:
    """Give what `walk` gives but the leaves."""
    waiting = list(reversed(sections_of(node)))
    while waiting:
        following = waiting.pop()
        yield following
        waiting += reversed(sections_of(following))


def _find_entries(nodes: Sequence[Node]) -> Iterator[Entry]:
    """Give the entries among nodes and in the sections there; an entry holds no other one."""
    for node in nodes:
        if isinstance(node, Entry):
            yield node
        elif isinstance(node, Section):
            yield from _find_entries(node.children)


def walk(node: Document | Tree | Node) -> Iterator[Node]:
    """Give all nodes below ``node``, parents first, in the order of the text."""
    waiting = [*children_of(node)][::-1]
    while waiting:
        following = waiting.pop()
        yield following
        waiting += [*children_of(following)][::-1]


def walk_blocks(node: Document | Tree | Node) -> Iterator[Node]:
    """Give what `walk` gives but the lines of blocks and the rows of tables, most of all nodes."""
    waiting = [*children_of(node)][::-1]
    while waiting:
        following = waiting.pop()
        yield following
        if not isinstance(following, _LEAVES):
            waiting += [*children_of(following)][::-1]


def split_row(source: Source, row: Span) -> tuple[Span, ...]:
    """Give the spans of a row's cells, without padding.

    Source: the table extension of GitHub Flavored Markdown; a pipe behind a backslash does not
    end a cell, and empty cells outside the outer pipes are none. ``row`` starts behind the
    prefixes of the containers (``>``, list markers) that the table stands in.
    """
    text = source.slice(row)
    line = text.strip()
    place = row.start + len(text) - len(text.lstrip())
    cells: list[Span] = []
    for piece in _PIPE.split(line):
        cell = piece.strip()
        start = place + len(piece) - len(piece.lstrip()) if cell else place
        cells.append(Span(start, start + len(cell)))
        place += len(piece) + 1
    if cells and not len(cells[0]):
        cells.pop(0)
    if cells and not len(cells[-1]):
        cells.pop()
    return tuple(cells)
