"""Finds the entries of several versions of one document: an entry that they share is read once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

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


class EntryReader:
    """Reads texts one after the other, and knows the entries of those before.

    ``hints`` are what is known of the form of all beside their text.
    """

    def __init__(self, hints: FormHints = NO_HINTS) -> None:
        self._hints = hints
        self._parser = VersionParser(hints)
        self._known: dict[tuple[str, EntryHeading], Entry] = {}

    def read(self, source: Source) -> Sequence[Node] | None:
        """Give the tree that `parse` gives, but of an entry only the headings of it and its parts.

        None if the text nests too deep to be parsed.
        """
        leaves = self._parser.find_leaves(source)
        if leaves is None:
            return None
        heads = leaves.heads
        title, found = read_form(source, leaves, heads, self._hints)
        indexes = [head.index for head in heads]
        return _Builder(
            source, leaves, title, leaves.is_verbatim, found, indexes, self._known
        ).build()


class _Builder(VersionBuilder):
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
