"""Builds the lossless tree of a document. Total: odd input becomes an opaque node, no error."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from handoff_md.syntax.blocks import Blocks, parse_blocks
from handoff_md.syntax.flatten import flatten, front_matter, verbatim_lines
from handoff_md.syntax.form.form import NO_HINTS, FormHints
from handoff_md.syntax.form.infer import Recognised, recognise
from handoff_md.syntax.form.moments import read_date
from handoff_md.syntax.form.outline import Head, Outline
from handoff_md.syntax.front_matter import front_matter_end
from handoff_md.syntax.grammar import (
    EntryHeading,
    EntryKind,
    LogLink,
    read_log_links,
    read_part_heading,
    read_worded_parallel_heading,
)
from handoff_md.syntax.nodes import (
    Block,
    BlockKind,
    Document,
    Entry,
    Field,
    Heading,
    Lead,
    Node,
    Part,
    Section,
)
from handoff_md.syntax.session_id import SessionId
from handoff_md.text.source import Source, decode
from handoff_md.text.span import Span
from handoff_md.value import Value


def parse(source: bytes | str | Source, *, name: str = "", hints: FormHints = NO_HINTS) -> Document:
    """Parse a document losslessly.

    Children tile their parent, down to the leaves; blank lines are nodes. Any bytes are accepted.
    ``name`` is the file's name or path, which may tell that it is a log; ``hints`` are all that is
    known of its form beside the text.
    """
    hints = replace(hints, name=name) if name else hints
    known = source if isinstance(source, Source) else decode(source)
    body_line = front_matter_end(known)
    return _read(known, parse_blocks(known.text[known.line_offset(body_line) :]), body_line, hints)


def reread(document: Document, hints: FormHints) -> Document:
    """Give a document as `parse` gives its source by other hints; its blocks are what they are."""
    return _read(document.source, document.blocks, document.first_line, hints)


def _read(source: Source, blocks: Blocks, body_line: int, hints: FormHints) -> Document:
    if blocks.too_deep is not None:
        whole = (Block(BlockKind.OPAQUE, Span(0, len(source.text))),) if source.text else ()
        return Document(source, whole, blocks, body_line, hints=hints)
    flat = (*front_matter(source, body_line), *flatten(source, blocks.tokens, body_line))
    heads = [
        Head(index, node.level, source.slice(node.text), node.span.start, node.span.end)
        for index, node in enumerate(flat)
        if isinstance(node, Heading)
    ]
    title, found = read_form(source, flat, heads, hints)
    verbatim = verbatim_lines(blocks.tokens, body_line)
    nodes = TreeBuilder(source, flat, title, verbatim.__contains__, found).build()
    return Document(source, tuple(nodes), blocks, body_line, found.form, hints)


def read_form(
    source: Source, flat: Sequence[Node], heads: Sequence[Head], hints: FormHints
) -> tuple[int | None, Recognised]:
    """Recognise the entries among the nodes that tile a source, and find its title's index.

    ``heads`` are the headings among the nodes, in their order.
    """
    levels = {head.index: head.level for head in heads}
    ends = section_ends(levels.items(), len(flat))
    title = find_title(levels)
    return title, recognise(Outline(source, flat, heads, ends, title, hints))


def section_ends(levels: Iterable[tuple[int, int]], count: int) -> Mapping[int, int]:
    """Give, by each heading's index, that of the next one of its level or above (or the end).

    ``levels`` are the headings' indexes and levels in their order, ``count`` is how many nodes
    there are.
    """
    ends: dict[int, int] = {}
    open_sections: list[tuple[int, int]] = []
    for index, level in levels:
        while open_sections and open_sections[-1][0] >= level:
            ends[open_sections.pop()[1]] = index
        open_sections.append((level, index))
    ends.update((index, count) for _, index in open_sections)
    return ends


def find_title(levels: Mapping[int, int]) -> int | None:
    """Give the index of the document's title: the only first-level heading among several.

    ``levels`` are the headings' levels by their indexes.
    """
    tops = [index for index, level in levels.items() if level == 1]
    return tops[0] if len(tops) == 1 and len(levels) > 1 else None


class TreeBuilder(Value):
    """Nests flat nodes below their headings, and recognises entries.

    ``is_verbatim`` tells whether a line (from 0) is one of code or raw HTML: a log named there is
    no link.
    """

    source: Source
    flat: Sequence[Node]
    title: int | None
    is_verbatim: Callable[[int], bool]
    found: Recognised

    def build(self) -> Sequence[Node]:
        """Give the nodes on top, with all others below them."""
        return self._nest(0, len(self.flat), entries=True)

    def _nest(
        self, start: int, end: int, *, entries: bool, parts: Sequence[SessionId] = ()
    ) -> tuple[Node, ...]:
        nodes: list[Node] = []
        index = start
        while index < end:
            node = self.flat[index]
            if isinstance(node, Heading):
                stop = self.found.ends[index]
                nodes.append(self._section(node, index, stop, entries=entries, parts=parts))
                index = stop
            elif entries and index in self.found.leads:
                stop = self._end_of_leads(index, end)
                nodes += self._led(index, stop)
                index = stop
            else:
                nodes.append(node)
                index += 1
        return tuple(nodes)

    def _end_of_leads(self, index: int, end: int) -> int:
        """Give where the entries that begin at a node end: at a list's end, else at a heading."""
        node = self.flat[index]
        is_list = isinstance(node, Block) and node.kind is BlockKind.LIST
        stop = index + 1
        while stop < end and not isinstance(self.flat[stop], Heading):
            following = self.flat[stop]
            blank = isinstance(following, Block) and following.kind is BlockKind.BLANK
            if is_list and not blank:
                break
            stop += 1
        return stop

    def _led(self, index: int, stop: int) -> Iterator[Node]:
        """Give the entries without headings that begin in nodes, and what stands before them."""
        leads = [lead for at in range(index, stop) for lead in self.found.leads.get(at, ())]
        end = self.flat[stop - 1].span.end
        starts = [*(lead.start for lead in leads), end]
        before = Span(self.flat[index].span.start, starts[0])
        yield from self._pieces(index, stop, before)
        for lead, following in zip(leads, starts[1:], strict=True):
            span = Span(lead.start, following)
            head = Lead(Span(lead.start, lead.end), lead.level, lead.words)
            rest = self._pieces(index, stop, Span(lead.end, following))
            yield self._make_entry(span, head, lead.shape, (head, *rest))

    def _pieces(self, index: int, stop: int, span: Span) -> Iterator[Node]:
        """Give what of the nodes lies within a span; one that is cut keeps its kind."""
        first = bisect_right(self.flat, span.start, index, stop, key=_end_of)
        for at in range(first, stop):
            node = self.flat[at]
            start, end = max(node.span.start, span.start), min(node.span.end, span.end)
            if start >= end:
                return
            if (start, end) == (node.span.start, node.span.end) or not isinstance(node, Block):
                yield node
                continue
            lines = slice(
                *(bisect_left(node.children, place, key=_start_of) for place in (start, end))
            )
            yield Block(node.kind, Span(start, end), node.children[lines])

    def _section(
        self, heading: Heading, index: int, stop: int, *, entries: bool, parts: Sequence[SessionId]
    ) -> Node:
        span = Span(heading.span.start, self.flat[stop - 1].span.end)
        words = self.source.slice(heading.text)
        shape = self._shape(words, index, stop) if entries and index != self.title else None
        if shape:
            return self._entry(span, heading, shape, index, stop)
        part = self._part(span, heading, index, stop) if parts else None
        if part and part.session_id in parts:
            return part
        return Section(span, heading, self._children(heading, index, stop, entries=entries))

    def _children(
        self,
        heading: Heading,
        index: int,
        stop: int,
        *,
        entries: bool,
        parts: Sequence[SessionId] = (),
    ) -> Sequence[Node]:
        """Give a heading and what stands below it, up to an index."""
        return (heading, *self._nest(index + 1, stop, entries=entries, parts=parts))

    def _shape(self, words: str, index: int, stop: int) -> EntryHeading | None:
        """Read an entry's heading; one of a parallel section with words behind, by its parts."""
        worded = read_worded_parallel_heading(words)
        if worded and any(
            isinstance(node, Heading)
            and (part := read_part_heading(self.source.slice(node.text)))
            and part.session_id in worded.session_ids
            for node in self.flat[index + 1 : stop]
        ):
            return worded
        return self.found.headings.get(index)

    def _entry(
        self, span: Span, heading: Heading, shape: EntryHeading, index: int, stop: int
    ) -> Entry:
        parts = shape.session_ids if shape.kind is EntryKind.PARALLEL else ()
        children = self._children(heading, index, stop, entries=False, parts=parts)
        return self._make_entry(span, heading, shape, children)

    def _make_entry(
        self, span: Span, heading: Heading | Lead, shape: EntryHeading, children: Sequence[Node]
    ) -> Entry:
        link = None
        if shape.kind is not EntryKind.PARALLEL:
            link = self._log_link(span, shape.session_ids)
        ids = shape.session_ids
        said = [known.text.casefold() for known in ids]
        if link and len(ids) <= 1 and link.session_id.text.casefold() not in said:
            ids = (link.session_id,)
        return Entry(
            span,
            heading,
            children,
            shape.kind,
            ids,
            shape.title,
            shape.date or (link.log.date if link else None),
            link.log.name if link else None,
            shape.time,
            shape.last,
            shape.nth,
        )

    def _part(self, span: Span, heading: Heading, index: int, stop: int) -> Part | None:
        shape = read_part_heading(self.source.slice(heading.text))
        if shape is None:
            return None
        link = self._part_log(span, shape.session_id)
        return Part(
            span,
            heading,
            self._children(heading, index, stop, entries=False),
            shape.session_id,
            shape.title,
            self._part_date(index, stop) or (link.log.date if link else None),
            link.log.name if link else None,
        )

    def _part_date(self, index: int, stop: int) -> dt.date | None:
        """Give the date of a ``**Date**`` field that stands before any deeper heading."""
        for node in self.flat[index + 1 : stop]:
            if isinstance(node, Heading):
                return None
            if isinstance(node, Block):
                for line in node.children:
                    if isinstance(line, Field) and self.source.slice(line.key) == "Date":
                        return read_date(self.source.slice(line.value))
        return None

    def _part_log(self, span: Span, session_id: SessionId) -> LogLink | None:
        """Choose the log that is a part's own; one on a ``Session Log`` line comes first."""
        own = [link for link in self._log_links(span) if link.is_of(session_id)]
        return next((link for link in own if link.on_log_line), own[0] if own else None)

    def _log_link(self, span: Span, claimed: Sequence[SessionId]) -> LogLink | None:
        """Choose the log that an entry is about, of all that it names.

        A ``Session Log`` line comes first; else a link that agrees with the heading; else, where
        the heading claims no id, the only log that is linked.
        """
        links = tuple(self._log_links(span))
        for link in links:
            if link.on_log_line:
                return link
        if claimed:
            return next((link for link in links if link.session_id in claimed), None)
        return links[0] if len({link.log.name for link in links}) == 1 else None

    def _log_links(self, span: Span) -> Iterator[LogLink]:
        """Find the logs that the lines of a span name, code and raw HTML aside."""
        text, seen = self.source.text, -1
        place = text.find("-session-", span.start, span.end)
        while place >= 0:
            line = self.source.line_of(place)
            if not self.is_verbatim(line) and line != seen:
                yield from read_log_links(self.source.line_text(line))
            seen = line
            place = text.find("-session-", place + 1, span.end)


def _start_of(node: Node) -> int:
    return node.span.start


def _end_of(node: Node) -> int:
    return node.span.end
