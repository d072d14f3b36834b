"""Finds the entries of several versions of one document: an entry that they share is read once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar, cast

from msgspec.structs import replace

from handoff_md.syntax.form.form import NO_HINTS, FormHints
from handoff_md.syntax.grammar import EntryHeading
from handoff_md.syntax.nodes import Entry, Heading, Lead, Node, Part
from handoff_md.syntax.parse import read_form
from handoff_md.syntax.session_id import SessionId
from handoff_md.syntax.stretches import VersionBuilder, move
from handoff_md.syntax.versions import VersionParser
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_Headed = TypeVar("_Headed", bound=Heading | Lead)


class PlacedEntry(NamedTuple):
    """An entry that versions share: as it is at the start of a text, and where it starts in this.

    ``number`` is its own among all that were read.
    """

    number: int
    entry: Entry
    text: str
    start: int


class EntryReader:
    """Reads texts one after the other, and knows the entries of those before.

    ``hints`` are what is known of the form of all beside their text.
    """

    def __init__(self, hints: FormHints = NO_HINTS) -> None:
        self._hints = hints
        self._parser = VersionParser(hints)
        self._known: dict[tuple[str, EntryHeading], tuple[int, Entry]] = {}

    def read(self, source: Source) -> Sequence[Node] | None:
        """Give the tree that `parse` gives, but of an entry only the headings of it and its parts.

        None if the text nests too deep to be parsed.
        """
        return cast("Sequence[Node] | None", self._read(source, placed=False))

    def place(self, source: Source) -> Sequence[Node | PlacedEntry] | None:
        """Give what `read` gives, but entries that a heading begins as they are placed."""
        return self._read(source, placed=True)

    def _read(self, source: Source, *, placed: bool) -> Sequence[Node | PlacedEntry] | None:
        leaves = self._parser.find_leaves(source)
        if leaves is None:
            return None
        heads = leaves.heads
        title, found = read_form(source, leaves, heads, self._hints)
        indexes = [head.index for head in heads]
        return _Builder(
            source, leaves, title, leaves.is_verbatim, found, indexes, self._known, placed
        ).build()


class _Builder(VersionBuilder):
    """Nests leaves; ``known`` are entries by their texts, as they are at the start of a text.

    The form of a text says how the heading is read, so what it was read as belongs to the key.
    """

    known: dict[tuple[str, EntryHeading], tuple[int, Entry]]
    placed: bool

    def _nest(
        self, start: int, end: int, *, entries: bool, parts: Sequence[SessionId] = ()
    ) -> tuple[Node, ...]:
        if self.found.leads or not entries:
            return super()._nest(start, end, entries=entries, parts=parts)
        nodes: list[Node] = []
        index = start
        while index < end:
            stop = self.found.ends[index]
            nodes.append(self._find_or_make(index, stop, parts))
            index = stop
        return tuple(nodes)

    def _find_or_make(self, index: int, stop: int, parts: Sequence[SessionId]) -> Node:
        """Give the entry that a heading begins, or another section."""
        shape = self.found.headings.get(index)
        if shape is None:
            return self._make(index, stop, parts)
        start = self.flat.start_of(index)
        behind = self.flat.start_of(stop) if stop < len(self.flat) else len(self.source.text)
        text = self.source.text[start:behind]
        known = self.known.get((text, shape))
        if known is None:
            node = self._make(index, stop, parts)
            if not isinstance(node, Entry):
                return node
            known = self.known[text, shape] = len(self.known), _outline(node, -start)
        number, entry = known
        if self.placed:
            return cast("Node", PlacedEntry(number, entry, text, start))
        return _outline(entry, start)

    def _make(self, index: int, stop: int, parts: Sequence[SessionId]) -> Node:
        heading = self.flat[index]
        assert isinstance(heading, Heading)  # noqa: S101 - sections begin with one
        return self._section(heading, index, stop, entries=True, parts=parts)

    def _make_entry(
        self, span: Span, heading: Heading | Lead, shape: EntryHeading, children: Sequence[Node]
    ) -> Entry:
        if isinstance(heading, Lead):
            children = (heading,)
        return super()._make_entry(span, heading, shape, children)


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
