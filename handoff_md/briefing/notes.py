"""Finds what a document says is blocked, open, decided or next, in sections, labels and boxes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from handoff_md.briefing.chapters import Topic, clean
from handoff_md.syntax.nodes import Block, BlockKind, Entry, Heading, Node, Part, Section, Table
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import NEWLINE, Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_MARKER: Final = r"[ \t]*(?:[-+*]|[0-9]{1,9}[.)])(?:[ \t]+|$)"
_BOX: Final = lazy_pattern(rf"{_MARKER}\[(?P<mark>[ xX])\](?=\s|$)")
_PROSE: Final = (BlockKind.CODE, BlockKind.FENCE, BlockKind.PARAGRAPH, BlockKind.QUOTE)
_HEAD_ROWS: Final = 2
Told = Entry | Part
_LABEL: Final = lazy_pattern(
    r"\s*(?:(?:\*\*|__)(?P<bold>[^*_]{1,80}?):?(?:\*\*|__):?|(?P<plain>[^:*_]{1,80}):)(?:\s|$)"
)
_MOST_WORDS: Final = 80
# What stands behind the words: an aside, or a status.
_BEHIND: Final = lazy_pattern(r"[(\[:|].*|\s[-–—]\s.*", re.DOTALL)
_THINGS: Final = (
    r"(?: (?:items?|questions?|issues?|points?|tasks?|work|threads?|ends?|problems?|risks?|"
    r"backlog|list))?"
)
_OPEN: Final = (
    r"(?:\w+ )?(?:left )?open|to ?dos?|left over|left undone|loose|follow ups?"
    r"|(?:\w+ )?(?:remaining|pending|outstanding|unfinished|unresolved)"
)
_TOPICS: Final = (
    (Topic.BLOCKED, rf"(?:\w+ ){{0,2}}block(?:ed|ers?|ing)(?: (?:on|by|until|context))?{_THINGS}"),
    (Topic.OPEN, rf"(?:{_OPEN}){_THINGS}"),
    (Topic.DECISIONS, r"(?:(?:\w+ ){0,2}decisions|decision)(?: (?:made|taken|log|so far))?"),
    (
        Topic.ENTRIES,
        r"(?:\w+ ){0,3}next(?: (?:steps?|actions?|up|sessions?|tasks?|items?|work|priorities))?",
    ),
)
_NOTHING: Final = lazy_pattern(r"[\W_]*(?:none|no|nothing|0|n/?a)[\W_]*|[-–—]+", re.IGNORECASE)


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
        for number, written in enumerate(NEWLINE.split(self._slice(span))):
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


class Note(Value):
    """What is told of one topic in one place.

    ``owner`` is the entry or part that it stands in, None outside of all. ``label`` is the heading
    or label above it, None where there is none.
    """

    topic: Topic
    owner: Told | None
    label: Piece | None
    pieces: tuple[Piece, ...]


def find_notes(shown: Shown, owner: Told | None, nodes: Sequence[Node]) -> Iterator[Note]:
    """Give what sections and labels announce among nodes, and boxes of an owner, in their order.

    What is ticked is done, and left out; so is what says that there is nothing. Entries among the
    nodes are passed over.
    """
    label: tuple[Topic, Piece] | None = None
    for node in nodes:
        if isinstance(node, Section):
            label = None
            topic = read_topic(shown.words(node.heading.text))
            if topic is None:
                yield from find_notes(shown, owner, node.children[1:])
                continue
            heading = next(shown.cut(node.children[:1]), None)
            own, others = _split(shown, topic, node.children[1:])
            yield Note(topic, owner, heading, _undone(shown.cut(own)))
            yield from find_notes(shown, owner, others)
        elif isinstance(node, Block) and node.kind is BlockKind.PARAGRAPH:
            labelled = list(_read_labels(shown, owner, node))
            yield from (note for note in labelled if _undone(note.pieces))
            last = labelled[-1] if labelled else None
            label = (last.topic, last.label) if last and last.label else None
        elif isinstance(node, Block) and node.kind is BlockKind.LIST:
            pieces = tuple(shown.cut([node]))
            if label:
                yield Note(label[0], owner, label[1], _undone(pieces))
            else:
                yield from _read_list(owner, pieces)
            label = None


def _split(
    shown: Shown, topic: Topic, nodes: Sequence[Node]
) -> tuple[Sequence[Node], Sequence[Node]]:
    """Split what stands under a topic's heading from what announces another topic below it.

    A list belongs to the label that stands alone above it.
    """
    own: list[Node] = []
    others: list[Node] = []
    leads = False
    for node in nodes:
        if isinstance(node, Block) and node.kind is BlockKind.BLANK:
            continue
        led = leads and isinstance(node, Block) and node.kind is BlockKind.LIST
        other = _announced(shown, node) not in (None, topic)
        (others if other or led else own).append(node)
        leads = other and isinstance(node, Block) and _ends_in_bare_label(shown, node)
    return own, others


def _announced(shown: Shown, node: Node) -> Topic | None:
    """Give the topic of a section's heading, or of the label that a paragraph begins with."""
    if isinstance(node, Section):
        return read_topic(shown.words(node.heading.text))
    if not isinstance(node, Block) or node.kind is not BlockKind.PARAGRAPH:
        return None
    piece = next(shown.cut([node]), None)
    match = _LABEL.match(piece.lines[0]) if piece else None
    return read_topic(match["bold"] or match["plain"]) if match else None


def _ends_in_bare_label(shown: Shown, block: Block) -> bool:
    return [note.label is None for note in _read_labels(shown, None, block)][-1:] == [False]


def _undone(pieces: Sequence[Piece] | Iterator[Piece]) -> tuple[Piece, ...]:
    return tuple(piece for piece in pieces if not (piece.ticked or _says_nothing(piece)))


def _says_nothing(piece: Piece) -> bool:
    """Tell whether a piece says that there is nothing, by itself or behind its label."""
    match = _LABEL.match(piece.words)
    words = piece.words[match.end() :] if match else piece.words
    return len(piece.lines) == 1 and says_nothing(words)


def _read_labels(shown: Shown, owner: Told | None, block: Block) -> Iterator[Note]:
    """Give what labels in a paragraph announce; the last label may be about what follows it."""
    topic: Topic | None = None
    label: Piece | None = None
    held: list[str] = []
    for paragraph in shown.cut([block]):
        for number, line in enumerate(paragraph.lines):
            match = _LABEL.match(line)
            if match:
                if topic:
                    yield _labelled(topic, owner, label, held)
                topic = read_topic(match["bold"] or match["plain"])
                label, held = Piece((line,), paragraph.line + number), []
            elif topic:
                held.append(line)
    if topic:
        yield _labelled(topic, owner, label, held)


def _labelled(topic: Topic, owner: Told | None, label: Piece | None, held: Sequence[str]) -> Note:
    """Give a note of a label's line with what follows in its paragraph."""
    if label is None or (_is_bare(label) and not held):
        return Note(topic, owner, label, ())
    return Note(topic, owner, None, (Piece((*label.lines, *held), label.line),))


def _is_bare(label: Piece) -> bool:
    match = _LABEL.match(label.lines[0])
    return match is not None and not label.lines[0][match.end() :].strip()


def _read_list(owner: Told | None, pieces: Sequence[Piece]) -> Iterator[Note]:
    """Give the items that begin with a label, each with those below it, and boxes of an owner."""
    topic: Topic | None = None
    depth = 0
    for piece in pieces:
        if topic and piece.indent <= depth:
            topic = None
        match = None if topic else _LABEL.match(piece.words)
        if match and (announced := read_topic(match["bold"] or match["plain"])):
            topic, depth = announced, piece.indent
        if topic and not (piece.ticked or (match and _says_nothing(piece))):
            yield Note(topic, owner, None, (piece,))
        elif owner and piece.ticked is False:
            yield Note(Topic.OPEN, owner, None, (piece,))


def read_topic(words: str) -> Topic | None:
    """Tell which topic a heading or a label announces; `Topic.ENTRIES` for next steps."""
    if len(words) > _MOST_WORDS:
        return None
    bare = " ".join(re.sub(r"[\W_]+|\b\d+\b", " ", _BEHIND.sub("", words.casefold())).split())
    for topic, pattern in _TOPICS:
        if re.fullmatch(pattern, bare):
            return topic
    return None


def says_nothing(words: str) -> bool:
    """Tell whether words say that there is nothing to tell: ``None``, ``n/a``."""
    return _NOTHING.fullmatch(words) is not None
