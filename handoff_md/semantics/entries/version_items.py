"""What several versions of one document tell of sessions: an entry that they share is read once."""

from __future__ import annotations

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
        self._heads, self._ends = builder.heads, builder.found.ends
        self._source = leaves.source
        self._sections = [(len(leaves), "")]

    def items(self) -> Iterator[Item]:
        """Give the items in the order of the text."""
        index = number = 0
        while number < len(self._heads):
            head = self._heads[number]
            if index < head.index:
                yield from self._rows(index, head.index)
            self._close_sections(head.index)
            behind = self._find_behind(number) if self._may_be_entry(head) else number
            found = self._read(head, behind) if behind > number else None
            if found is None:
                self._sections.append((self._ends[head.index], " ".join(head.words.split())))
                index, number = head.index + 1, number + 1
            else:
                yield from (replace(item, place=move(item.place, head.start)) for item in found)
                index, number = self._ends[head.index], behind
        yield from self._rows(index, len(self._leaves))

    def _close_sections(self, index: int) -> None:
        while self._sections[-1][0] <= index:
            self._sections.pop()

    def _rows(self, start: int, stop: int) -> Iterator[Item]:
        for index, node in enumerate(self._leaves[start:stop], start):
            self._close_sections(index)
            yield from read_items(self._source, (node,), self._sections[-1][1])

    def _may_be_entry(self, head: Head) -> bool:
        """Tell whether a heading is an entry's; one of a parallel section may be, by its parts."""
        return head.index in self._builder.found.headings or "parallel" in head.words.casefold()

    def _find_behind(self, number: int) -> int:
        """Give the number of the first heading behind what one begins."""
        stop = self._ends[self._heads[number].index]
        while number < len(self._heads) and self._heads[number].index < stop:
            number += 1
        return number

    def _read(self, head: Head, behind: int) -> Sequence[Item] | None:
        """Give the items of the entry up to heading number ``behind``, as if it began the text.

        None if it is no entry.
        """
        text = self._source.text
        end = self._heads[behind].start if behind < len(self._heads) else len(text)
        section = self._sections[-1][1]
        key = text[head.start : end], self._builder.found.headings.get(head.index), section
        known = self._known.get(key)
        if known is None:
            node = self._builder.section_at(head.index)
            if not isinstance(node, Entry):
                return None
            read = read_entry(self._source, node, section)
            known = [replace(item, place=move(item.place, -head.start)) for item in read]
            self._known[key] = known
        return known
