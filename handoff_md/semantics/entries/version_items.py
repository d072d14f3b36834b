"""What several versions of one document tell of sessions: an entry that they share is read once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from handoff_md.semantics.entries.items import Item, read_entry, read_items
from handoff_md.syntax.form.form import NO_HINTS, FormHints
from handoff_md.syntax.form.outline import Head
from handoff_md.syntax.grammar import EntryHeading
from handoff_md.syntax.nodes import Entry
from handoff_md.syntax.stretches import Leaves, VersionBuilder, make_builder, move
from handoff_md.syntax.versions import VersionParser
from handoff_md.text.source import Source

_Known = dict[tuple[str, EntryHeading | None, str], Sequence[Item]]


class ItemReader:
    """Reads texts one after the other, and knows the entries of those before.

    ``hints`` are what is known of the form of all beside their text.
    """

    def __init__(self, hints: FormHints = NO_HINTS) -> None:
        self._hints = hints
        self._parser = VersionParser(hints)
        self._known: _Known = {}

    def read(self, source: Source) -> tuple[Item, ...] | None:
        """Give what `read_items` gives of the text's tree; None if it nests too deep for one."""
        leaves = self._parser.find_leaves(source)
        if leaves is None:
            return None
        builder = make_builder(leaves, self._hints)
        if builder.found.leads:
            return tuple(read_items(source, builder.build()))
        return tuple(_Walk(builder, leaves, self._known).items())


class _Walk:
    """A walk over a text's headings and what stands between them, all entries skipped.

    ``known`` are the items of entries as they are at the start of a text, by the entry's text, by
    what its heading was read as, which the form of the whole text decides, and by its section.
    """

    def __init__(self, builder: VersionBuilder, leaves: Leaves, known: _Known) -> None:
        self._builder, self._leaves, self._known = builder, leaves, known
        self._source = leaves.source
        self._sections = [(len(leaves), "")]

    def items(self) -> Iterator[Item]:
        """Give the items in the order of the text."""
        heads, indexes = self._leaves.heads, self._builder.heads
        index = number = 0
        while number < len(heads):
            head = heads[number]
            yield from self._rows(index, head.index)
            self._close_sections(head.index)
            found = self._entry(head)
            index = head.index + 1 if found is None else self._builder.found.ends[head.index]
            number = number + 1 if found is None else bisect_left(indexes, index, number)
            if found is None:
                stop = self._builder.found.ends[head.index]
                self._sections.append((stop, " ".join(head.words.split())))
            else:
                yield from (replace(item, place=move(item.place, head.start)) for item in found)
        yield from self._rows(index, len(self._leaves))

    def _close_sections(self, index: int) -> None:
        while self._sections[-1][0] <= index:
            self._sections.pop()

    def _rows(self, start: int, stop: int) -> Iterator[Item]:
        for index, node in enumerate(self._leaves[start:stop], start):
            self._close_sections(index)
            yield from read_items(self._source, (node,), self._sections[-1][1])

    def _entry(self, head: Head) -> Sequence[Item] | None:
        """Give the items of the entry that begins with a heading, as if it began the text.

        None if none does.
        """
        shape = self._builder.found.headings.get(head.index)
        if shape is None and "parallel" not in head.words.casefold():
            return None
        stop = self._builder.found.ends[head.index]
        end = self._leaves.start_of(stop)
        section = self._sections[-1][1]
        key = self._source.text[head.start : end], shape, section
        known = self._known.get(key)
        if known is None:
            node = self._builder.section_at(head.index)
            if not isinstance(node, Entry):
                return None
            read = read_entry(self._source, node, section)
            known = [replace(item, place=move(item.place, -head.start)) for item in read]
            self._known[key] = known
        return known
