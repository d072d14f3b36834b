"""A section as the merge sees it: heading, body, sections below, and the gap that follows it.

The gap (blank lines, and a rule where one ends the section) separates siblings; it belongs to the
outermost section that ends there, so that a new last sibling never takes its neighbour's place.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from operator import itemgetter

from msgspec.structs import replace

from handoff_md.syntax.nodes import (
    Block,
    BlockKind,
    Entry,
    Heading,
    Lead,
    Node,
    Part,
    Section,
    TextPiece,
    Tree,
    children_of,
    leaves_of,
    sections_of,
)
from handoff_md.syntax.session_id import SessionId
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.threeway.asides import DOCUMENT, Asides
from handoff_md.threeway.conflict import disagree, take_changed
from handoff_md.value import Value

_HEADED = (Section, Entry, Part)
_NO_BLOCKS = (*_HEADED, Heading, Lead)


class Unit(Value):
    """A section of one version, or its whole document (without a heading, level 0).

    ``extent`` is all of it but the ``gap`` behind it: its span, or its text where that was put
    together anew. ``own`` is the span of what stands between the heading and the first section
    below, without the gap there, ``own_gap``; ``nodes`` are those among which its blocks are.
    ``entry`` is the node of an entry or of a part. ``is_aside`` tells that it is no section but
    what stands between them: a footer, the tag of a fold.
    """

    source: Source
    heading: str
    words: str
    level: int
    extent: Span | str
    gap: str
    own: Span
    own_gap: str
    nodes: Sequence[Node]
    children: tuple[Unit, ...]
    entry: Entry | Part | None = None
    is_aside: bool = False

    @property
    def text(self) -> str:
        """Give the text of all of it but the gap; it is not kept, as all above it have it, too."""
        return self.extent if isinstance(self.extent, str) else self.source.slice(self.extent)

    @property
    def session_ids(self) -> tuple[SessionId, ...]:
        """Give the sessions that an entry, or a part of one, tells of."""
        match self.entry:
            case Entry():
                return self.entry.session_ids
            case Part():
                return (self.entry.session_id,)
            case None:
                return ()

    @property
    def label(self) -> str:
        """Give what it is called in messages."""
        return "between sections" if self.is_aside else self.words

    @property
    def date(self) -> dt.date | None:
        """Give an entry's date."""
        return self.entry.date if self.entry else None

    @property
    def log(self) -> str | None:
        """Give the file name of an entry's session log."""
        return self.entry.log if self.entry else None

    @property
    def blocks(self) -> tuple[Node, ...]:
        """Give the nodes in the body; they are not kept, as hardly any are looked at."""
        start, end = self.own.start, self.own.end
        return tuple(
            node
            for node in self.nodes
            if not isinstance(node, _NO_BLOCKS) and start <= node.span.start < end
        )

    @property
    def own_text(self) -> str:
        """Give the text of the body alone."""
        return self.source.slice(self.own)


EMPTY = Unit(Source(""), "", "", 0, "", "", Span(0, 0), "", (), ())


def make_root(document: Tree, asides: Asides | None = None) -> Unit:
    """See a whole document as one unit; blank lines and a rule at its end are its gap.

    What starts at ``asides`` is a unit by itself among the sections it stands between.
    """
    by_home: dict[int, list[int]] = {}
    for start, home in (asides or {}).items():
        by_home.setdefault(home, []).append(start)
    ends = list(accumulate(len(piece.text) for piece in document.pieces))
    maker = _Maker(document.source, document.pieces, ends, by_home)
    stop = len(document.source.text)
    return maker.make(document, 0, maker.without_gap(stop), stop)


class _Maker(Value):
    """Makes the units of a source, whose pieces end at ``ends``.

    ``asides`` are their starts, by the section they stand in.
    """

    source: Source
    pieces: Sequence[TextPiece]
    ends: Sequence[int]
    asides: Mapping[int, Sequence[int]]

    def make(self, node: Tree | Node, start: int, end: int, stop: int) -> Unit:
        """Make the unit of a node; its text ends at ``end``, the gap behind it at ``stop``."""
        source = self.source
        heading = node.heading if isinstance(node, _HEADED) else None
        below = self._below(node, end)
        own_start = heading.span.end if heading else start
        own_stop = below[0][0] if below else end
        own_end = max(self.without_gap(own_stop) if below else end, own_start)
        if own_end == own_start and not heading:
            own_end = own_stop  # nothing stands before it that it could be the gap behind
        return Unit(
            source=source,
            heading=source.slice(heading.span) if heading else "",
            words=source.slice(heading.text) if heading else "",
            level=heading.level if heading else 0,
            extent=Span(start, end),
            gap=source.text[end:stop],
            own=Span(own_start, own_end),
            own_gap=source.text[own_end:own_stop],
            nodes=children_of(node),
            children=tuple(self._make_below(node, below, end)) if below else (),
            entry=node if isinstance(node, Entry | Part) else None,
        )

    def without_gap(self, end: int) -> int:
        """Give where the blank lines before ``end`` start, or a rule and the blank lines around."""
        number = bisect_left(self.ends, end)
        if number == len(self.ends):
            return end  # an empty text
        piece = self.pieces[number]
        moved = self.ends[number] - len(piece.text) - piece.start
        start, ruled = end, False
        behind = bisect_left(piece.nodes, end - moved, key=_start_of)
        for leaf in map(piece.nodes.__getitem__, range(behind - 1, -1, -1)):
            if not isinstance(leaf, Block):
                break
            if leaf.kind is BlockKind.RULE and not ruled:
                ruled = True
            elif leaf.kind is not BlockKind.BLANK:
                break
            start = leaf.span.start + moved
        return start

    def _below(self, node: Tree | Node, end: int) -> Sequence[tuple[int, Node | None]]:
        """Give what stands below a heading, by its start: sections, and None for an aside."""
        home = node.span.start if isinstance(node, _HEADED) else DOCUMENT
        found: list[tuple[int, Node | None]] = [(it.span.start, it) for it in sections_of(node)]
        if asides := self.asides.get(home):
            found += ((start, None) for start in asides if start < end)
            found.sort(key=itemgetter(0))
        return found

    def _make_below(
        self, node: Tree | Node, below: Sequence[tuple[int, Node | None]], end: int
    ) -> Iterator[Unit]:
        above: Sequence[Node] = leaves_of(node)
        for index, (start, section) in enumerate(below):
            above = (section,) if section else above
            stop = text_end = end
            if index + 1 < len(below):
                stop = below[index + 1][0]
                text_end = max(self.without_gap(stop), start)  # an aside may be all gap
            if section:
                yield self.make(section, start, text_end, stop)
            else:
                yield self._make_aside(above, start, text_end, stop)

    def _make_aside(self, above: Sequence[Node], start: int, end: int, stop: int) -> Unit:
        """Make the unit of what starts somewhere in the last of the nodes ``above``."""
        blocks: list[Node] = []
        for leaf in _leaves_backwards(above):
            if leaf.span.start < start:
                break
            blocks.append(leaf)
        return replace(
            EMPTY,
            source=self.source,
            extent=Span(start, end),
            gap=self.source.text[end:stop],
            own=Span(start, end),
            nodes=tuple(block for block in reversed(blocks) if block.span.start < end),
            is_aside=True,
        )


def outline_of(unit: Unit, depth: int) -> Iterator[tuple[int, str]]:
    """Give a section and all below it: how deep each lies, and its heading's lines."""
    if unit.level:
        yield depth, unit.heading
    for child in unit.children:
        yield from outline_of(child, depth + 1)


def choose_gap(gaps: Sequence[str | None], default: str) -> str:
    """Give the gap that follows, of base's, ours' and theirs': what changed.

    Of two changes it is the one with more to it; a version without it has no say.
    """
    base, ours, theirs = gaps
    known = [gap for gap in (ours, theirs) if gap is not None]
    if not known:
        return default
    if len(known) == 1:
        return known[0]
    if disagree(base, ours, theirs):
        return max(known, key=lambda gap: (len(gap), gap))
    return take_changed(base, ours, theirs) or ""


def _start_of(node: Node) -> int:
    return node.span.start


def _leaves_backwards(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in reversed(nodes):
        if isinstance(node, _HEADED):
            yield from _leaves_backwards(children_of(node))
        else:
            yield node
