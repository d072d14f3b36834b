"""Finds the entries of several versions of one document: an entry that they share is read once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TypeVar, overload

from msgspec.structs import replace

from handoff_md.syntax.flatten import front_matter
from handoff_md.syntax.form.form import NO_HINTS, FormHints
from handoff_md.syntax.form.infer import recognise
from handoff_md.syntax.form.outline import Head, Outline
from handoff_md.syntax.front_matter import front_matter_end
from handoff_md.syntax.grammar import EntryHeading
from handoff_md.syntax.nodes import Entry, Heading, Lead, Node, Part
from handoff_md.syntax.parse import TreeBuilder, find_title, section_ends
from handoff_md.syntax.session_id import SessionId
from handoff_md.syntax.versions import Cut, VersionParser, move, shift
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_Headed = TypeVar("_Headed", bound=Heading | Lead)


class EntryReader:
    """Reads texts one after the other, and knows the entries of those before.

    ``hints`` are what is known of the form of all beside their text.
    """

    def __init__(self, hints: FormHints = NO_HINTS) -> None:
        self._hints = hints
        self._parser = VersionParser(hints)
        self._known: dict[tuple[str, EntryHeading], Entry] = {}

    def read(self, source: Source) -> tuple[Node, ...] | None:
        """Give the tree that `parse` gives, but of an entry only the headings of it and its parts.

        None if the text nests too deep to be parsed.
        """
        body_line = front_matter_end(source)
        cut = self._parser.cut(source, body_line)
        if cut is None:
            return None
        leaves = _Leaves(tuple(front_matter(source, body_line)), cut)
        heads = list(leaves.heads())
        levels = {head.index: head.level for head in heads}
        ends = section_ends(levels.items(), len(leaves))
        title = find_title(levels)
        found = recognise(Outline(source, leaves, heads, ends, title, self._hints))
        verbatim = _Verbatim(source, cut)
        builder = _Builder(source, leaves, found.ends, title, verbatim, found, self._known)
        return builder.build()


class _Leaves(Sequence[Node]):
    """The leaves of a text that was cut, each moved to its place when it is asked for."""

    def __init__(self, head: tuple[Node, ...], cut: Cut) -> None:
        self._cut = cut
        self._nodes = list(head)
        for stretch in cut.stretches:
            self._nodes += stretch.nodes
        counts = (len(stretch.nodes) for stretch in cut.stretches)
        self._firsts = list(accumulate(counts, initial=len(head)))
        self._moved: dict[int, Node] = {}

    def __len__(self) -> int:
        return len(self._nodes)

    @overload
    def __getitem__(self, index: int) -> Node: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Node]: ...
    def __getitem__(self, index: int | slice) -> Node | Sequence[Node]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        found = self._moved.get(index)
        if found is None:
            found = self._moved[index] = self._move(index)
        return found

    def _move(self, index: int) -> Node:
        number = bisect_right(self._firsts, index) - 1
        if number < 0:
            return self._nodes[index]
        moved = self._cut.starts[number] - self._cut.stretches[number].start
        return shift(self._nodes[index], moved) if moved else self._nodes[index]

    def heads(self) -> Iterator[Head]:
        """Give each heading's index, level and words."""
        for first, stretch in zip(self._firsts, self._cut.stretches, strict=False):
            for index, level, words in stretch.heads:
                yield Head(first + index, level, words)


class _Verbatim:
    """The lines of code and raw HTML in a text that was cut."""

    def __init__(self, source: Source, cut: Cut) -> None:
        self._source, self._cut = source, cut

    def __contains__(self, line: object) -> bool:
        if not isinstance(line, int):
            return False
        number = bisect_right(self._cut.starts, self._source.line_offset(line)) - 1
        if number < 0:
            return False
        first = self._source.line_of(self._cut.starts[number])
        return line - first in self._cut.stretches[number].verbatim


class _Builder(TreeBuilder):
    """Nests leaves; ``known`` are entries by their texts, as they are at the start of a text.

    The form of a text says how the heading is read, so what it was read as belongs to the key.
    """

    known: dict[tuple[str, EntryHeading], Entry]

    def _section(
        self, heading: Heading, index: int, stop: int, *, entries: bool, parts: Sequence[SessionId]
    ) -> Node:
        shape = self.found.headings.get(index) if entries else None
        if shape is None:
            return super()._section(heading, index, stop, entries=entries, parts=parts)
        start = heading.span.start
        behind = self.flat[stop].span.start if stop < len(self.flat) else len(self.source.text)
        text = self.source.text[start:behind]
        known = self.known.get((text, shape))
        if known is None:
            node = super()._section(heading, index, stop, entries=entries, parts=parts)
            if not isinstance(node, Entry):
                return node
            known = self.known[text, shape] = _outline(node, -start)
        return _outline(known, start)

    def _make_entry(
        self, span: Span, heading: Heading | Lead, shape: EntryHeading, rest: tuple[Node, ...]
    ) -> Entry:
        if isinstance(heading, Lead):
            rest = ()
        return super()._make_entry(span, heading, shape, rest)


def _outline(entry: Entry, by: int) -> Entry:
    """Give an entry, so many characters further on, with no children but headings and parts."""
    heading = _shift_heading(entry.heading, by)
    parts = (_outline_part(part, by) for part in entry.parts)
    return Entry(
        move(entry.span, by),
        heading,
        (heading, *parts),
        entry.kind,
        entry.session_ids,
        entry.title,
        entry.date,
        entry.log,
        entry.time,
        entry.last,
    )


def _outline_part(part: Part, by: int) -> Part:
    heading = _shift_heading(part.heading, by)
    span = move(part.span, by)
    return Part(span, heading, (heading,), part.session_id, part.title, part.date, part.log)


def _shift_heading(heading: _Headed, by: int) -> _Headed:
    return replace(heading, span=move(heading.span, by), text=move(heading.text, by))
