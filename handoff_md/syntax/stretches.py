"""The stretches that a text is cut into, and the leaves and the tree that are made of them.

A stretch is parsed where it is found first, and its leaves are moved to where it stands in another
version whenever they are asked for: a long version keeps none of them in memory.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import cast, overload

from handoff_md.syntax.blocks import Reference
from handoff_md.syntax.form.form import FormHints
from handoff_md.syntax.form.outline import Head
from handoff_md.syntax.nodes import (
    Block,
    Children,
    Field,
    Headed,
    Heading,
    Node,
    Row,
    Table,
    Text,
    TextPiece,
    Tree,
)
from handoff_md.syntax.parse import TreeBuilder, read_form
from handoff_md.syntax.session_id import SessionId
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_KEPT_LENGTH = 500_000
_HEADING = lazy_pattern(r"#{1,6}(?:[ \t\r\n]|\Z)")


class Stretch(TextPiece):
    """Lines from a heading (or the start) to the next heading (or the end), parsed.

    ``heads`` are the headings among its nodes, by index, and by place as the stretch starts.
    ``verbatim`` are the lines of code and raw HTML, by where they start in it. ``leads`` and
    ``ends`` tell that it was its first text's first or last, which it then has to be again.
    """

    heads: tuple[Head, ...]
    verbatim: frozenset[int]
    references: tuple[tuple[str, Reference], ...]
    leads: bool
    ends: bool

    def stands_at(self, text: str, place: int, *, at_start: bool) -> bool:
        """Tell whether a text has it at a place, with what may follow it behind."""
        if (self.leads and not at_start) or not text.startswith(self.text, place):
            return False
        end = place + len(self.text)
        return end == len(text) or (not self.ends and _HEADING.match(text, end) is not None)


class Cut(Value):
    """A text behind its front matter, cut into stretches; ``starts`` are their offsets."""

    text: str
    stretches: tuple[Stretch, ...]
    starts: tuple[int, ...]

    def find(self, place: int) -> int | None:
        """Give the number of the stretch that starts at a place, if one does."""
        number = bisect_left(self.starts, place)
        return number if number < len(self.starts) and self.starts[number] == place else None


class Leaves(Sequence[Node]):
    """A text's leaves, which tile it: each is moved to its place when it is asked for.

    What nests them depends on the form that they are read by, and no leaf does.
    """

    def __init__(self, source: Source, front: tuple[Node, ...], cut: Cut) -> None:
        self.source = source
        self._front, self._cut = front, cut
        counts = (len(stretch.nodes) for stretch in cut.stretches)
        self._firsts = list(accumulate(counts, initial=len(front)))
        self._last = 0
        self._kept: tuple[Node, ...] | None = None

    def keep(self) -> None:
        """Keep those of a text of half a megabyte at most: they are asked for again and again."""
        if len(self.source.text) <= _KEPT_LENGTH:
            self._kept = tuple(self._between(0, len(self)))

    def __len__(self) -> int:
        """Count them."""
        return self._firsts[-1]

    @overload
    def __getitem__(self, index: int) -> Node: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Node]: ...
    def __getitem__(self, index: int | slice) -> Node | Sequence[Node]:
        """Give one, or those of a slice."""
        if self._kept is not None:
            return self._kept[index]
        if isinstance(index, slice):
            return list(self._between(*index.indices(len(self))[:2]))
        number = self._number_of(index)
        if number < 0:
            return self._front[index]
        stretch = self._cut.stretches[number]
        node = stretch.nodes[index - self._firsts[number]]
        moved = self._cut.starts[number] - stretch.start
        return shift(node, moved) if moved else node

    def __iter__(self) -> Iterator[Node]:
        """Give them in the order of the text."""
        return self._between(0, len(self)) if self._kept is None else iter(self._kept)

    def _number_of(self, index: int) -> int:
        """Give the number of the stretch that holds a leaf; -1 for front matter."""
        last = self._last
        if not self._firsts[last] <= index < self._firsts[min(last + 1, len(self._firsts) - 1)]:
            last = bisect_right(self._firsts, index) - 1
            self._last = max(last, 0)
        return last

    def _between(self, start: int, stop: int) -> Iterator[Node]:
        yield from self._front[start:stop]
        index = max(start, len(self._front))
        while index < stop:
            number = self._number_of(index)
            stretch, first = self._cut.stretches[number], self._firsts[number]
            nodes = stretch.nodes[index - first : stop - first]
            moved = self._cut.starts[number] - stretch.start
            yield from (shift(node, moved) for node in nodes) if moved else nodes
            index += len(nodes)

    @property
    def heads(self) -> Sequence[Head]:
        """Give the headings."""
        places = zip(self._firsts, self._cut.starts, self._cut.stretches, strict=False)
        return [
            Head(first + head.index, head.level, head.words, start + head.start)
            for first, start, stretch in places
            for head in stretch.heads
        ]

    @property
    def references(self) -> Mapping[str, Reference]:
        """Give the link definitions, the first of each label."""
        references: dict[str, Reference] = {}
        for stretch in self._cut.stretches:
            for label, reference in stretch.references:
                references.setdefault(label, reference)
        return references

    @property
    def pieces(self) -> Sequence[TextPiece]:
        """Give what makes up the source; see `Tree`."""
        front = self.source.text[: self._cut.starts[0]] if self._cut.starts else self.source.text
        own = (TextPiece(front, self._front, 0),) if front else ()
        return (*own, *self._cut.stretches)

    def is_verbatim(self, start: int) -> bool:
        """Tell whether the line that starts at an offset is one of code or raw HTML."""
        number = bisect_right(self._cut.starts, start) - 1
        if number < 0:
            return False
        return start - self._cut.starts[number] in self._cut.stretches[number].verbatim


class VersionBuilder(TreeBuilder):
    """Nests the leaves of a version; what it makes looks them up when it is asked for them.

    ``heads`` are the headings among them, and ``indexes`` theirs. Entries without headings cut
    leaves, so a document that has any is nested as any other is.
    """

    heads: Sequence[Head]
    indexes: Sequence[int]

    def build(self) -> Sequence[Node]:
        """Give the nodes on top, with all others below them."""
        if self.found.leads:
            return super().build()
        return self._gather(0, 0, len(self.flat), entries=True, parts=())

    def section_at(self, index: int) -> Node:
        """Give what a heading begins that stands in no entry."""
        heading = cast("Heading", self.flat[index])
        return self._section(heading, index, self.found.ends[index], entries=True, parts=())

    def _children(
        self,
        heading: Heading,
        index: int,
        stop: int,
        *,
        entries: bool,
        parts: Sequence[SessionId] = (),
    ) -> Sequence[Node]:
        if self.found.leads:
            return super()._children(heading, index, stop, entries=entries, parts=parts)
        return self._gather(index, index + 1, stop, entries=entries, parts=parts)

    def _gather(
        self, start: int, below: int, stop: int, *, entries: bool, parts: Sequence[SessionId]
    ) -> Children:
        """Give the leaves from ``start`` to the next heading, and the sections from there on."""
        place = bisect_left(self.indexes, below)
        first = min(self.indexes[place], stop) if place < len(self.indexes) else stop
        sections = self._nest(first, stop, entries=entries, parts=parts)
        return Children(self.flat, start, first, cast("tuple[Headed, ...]", sections))


def nest(leaves: Leaves, hints: FormHints) -> Tree:
    """Make the tree of a text's leaves."""
    leaves.keep()
    builder = make_builder(leaves, hints)
    form = builder.found.form
    return Tree(leaves.source, builder.build(), leaves.references, leaves.pieces, form)


def make_builder(leaves: Leaves, hints: FormHints) -> VersionBuilder:
    """Make what nests a text's leaves, and recognise the entries among them."""
    heads = leaves.heads
    title, found = read_form(leaves.source, leaves, heads, hints)
    indexes = [head.index for head in heads]
    return VersionBuilder(leaves.source, leaves, title, leaves.is_verbatim, found, heads, indexes)


def shift(node: Node, by: int) -> Node:
    """Give a leaf as it is so many characters further on."""
    match node:
        case Block():
            lines = node.children and tuple(_shift_line(line, by) for line in node.children)
            return Block(node.kind, move(node.span, by), lines)
        case Heading():
            return Heading(move(node.span, by), node.level, move(node.text, by))
        case Table():
            rows = tuple(Row(move(row.span, by)) for row in node.children)
            return Table(move(node.span, by), rows, node.by_session)
        case _:
            msg = f"no leaf: {node}"
            raise TypeError(msg)


def _shift_line(line: Field | Text, by: int) -> Field | Text:
    if isinstance(line, Text):
        return Text(move(line.span, by))
    return Field(move(line.span, by), move(line.key, by), move(line.value, by))


def move(span: Span, by: int) -> Span:
    """Give a span so many characters further on."""
    return Span(span.start + by, span.end + by)
