"""What was understood of a document, as plain values: for people, and for programs. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from enum import StrEnum

from handoff_md.errors import HandoffError
from handoff_md.semantics.document.conflict_markers import find_conflict_markers
from handoff_md.semantics.document.header import read_words
from handoff_md.semantics.entries.section import find_entries_section
from handoff_md.semantics.summaries.own_words import told_status
from handoff_md.syntax.grammar import EntryKind, read_log_links, read_part_heading
from handoff_md.syntax.nodes import (
    Document,
    Entry,
    Field,
    Node,
    Part,
    Section,
    Table,
    split_row,
    walk,
)
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.syntax.summary import Status
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_HEADER_ROWS = 2


class LineEndings(StrEnum):
    """How the lines of a document end."""

    LF = "LF"
    CRLF = "CRLF"
    CR = "CR"
    MIXED = "mixed"


class Lines(Value):
    """Lines of a document, from 1, both included."""

    first: int
    last: int


class HeaderLine(Value):
    """A ``**Key**: value`` field of the document's header."""

    line: int
    key: str
    value: str


class SectionLine(Value):
    """A section that is no entry and stands in none."""

    lines: Lines
    level: int
    title: str


class PartLine(Value):
    """One session's part of a parallel section; ``date`` is its own, else the section's.

    ``status`` is how far it says that its work came; None where it doesn't.
    """

    lines: Lines
    session_id: SessionId
    title: str
    date: dt.date | None
    log: str
    status: Status | None


class EntryLine(Value):
    """An entry; ``log`` is its session log's file name, empty where none is linked.

    ``status`` is how far it says that its work came; None where it doesn't.
    """

    lines: Lines
    level: int
    kind: EntryKind
    session_ids: tuple[SessionId, ...]
    title: str
    date: dt.date | None
    log: str
    status: Status | None
    parts: tuple[PartLine, ...]


class TableLine(Value):
    """A table whose rows are keyed by session, with the ids that could be read."""

    lines: Lines
    rows: int
    session_ids: tuple[SessionId, ...]


Item = SectionLine | EntryLine | TableLine


class Target(Value):
    """The section that a merge adds entries to.

    ``heading`` and ``line`` are None for entries that stand at the top level; ``level`` is that
    of a new entry's heading.
    """

    heading: str | None
    line: int | None
    level: int
    newest_first: bool
    entries: int


class Problem(Value):
    """What keeps a merge from this document; ``lines`` are where, if that is known."""

    message: str
    hint: str
    lines: tuple[int, ...] = ()


class ShownDocument(Value):
    """A document as it was understood; ``items`` stand in its own order.

    ``endings`` is None for a text without line breaks.
    """

    name: str
    lines: int
    size: int
    endings: LineEndings | None
    bom: bool
    header: tuple[HeaderLine, ...]
    items: tuple[Item, ...]
    target: Target | None
    problems: tuple[Problem, ...]

    @property
    def entries(self) -> tuple[EntryLine, ...]:
        """Give the entries alone."""
        return tuple(item for item in self.items if isinstance(item, EntryLine))


def outline(
    document: Document, name: str, *, header: Sequence[Field], entries_heading: str | None = None
) -> ShownDocument:
    """Say what was understood of a document.

    Args:
        document: the document.
        name: what to call it.
        header: the fields of its header.
        entries_heading: the configured heading of the entries section, if any.
    """
    source = document.source
    target, unplaced = _find_target(document, entries_heading)
    return ShownDocument(
        name=name,
        lines=source.line_count,
        size=len(source.to_bytes()),
        endings=_endings(source),
        bom=source.bom,
        header=tuple(_header_line(source, field) for field in header),
        items=tuple(_items(source, document)),
        target=target,
        problems=(*_damage(document), *unplaced),
    )


def _endings(source: Source) -> LineEndings | None:
    crlf = source.text.count("\r\n")
    counts = {
        LineEndings.LF: source.text.count("\n") - crlf,
        LineEndings.CRLF: crlf,
        LineEndings.CR: source.text.count("\r") - crlf,
    }
    used = [ending for ending, count in counts.items() if count]
    return LineEndings.MIXED if len(used) > 1 else next(iter(used), None)


def _header_line(source: Source, field: Field) -> HeaderLine:
    line = source.position(field.span.start).line
    return HeaderLine(line, read_words(source, field.key), read_words(source, field.value))


def _items(source: Source, node: Document | Node) -> Iterator[Item]:
    """Give sections, entries and tables in order; what stands inside an entry is its own."""
    for child in getattr(node, "children", ()):
        if isinstance(child, Entry):
            yield _entry_line(source, child)
        elif isinstance(child, Section):
            title = source.slice(child.heading.text)
            yield SectionLine(_lines(source, child.span), child.heading.level, title)
            yield from _items(source, child)
        elif isinstance(child, Table) and child.by_session:
            yield _table_line(source, child)


def _lines(source: Source, span: Span) -> Lines:
    """Give the lines of a span, without the blank ones at its end."""
    solid = len(source.slice(span).rstrip())
    last = source.position(span.start + max(solid - 1, 0)).line
    return Lines(source.position(span.start).line, last)


def _entry_line(source: Source, entry: Entry) -> EntryLine:
    return EntryLine(
        _lines(source, entry.span),
        entry.heading.level,
        entry.kind,
        entry.session_ids,
        entry.title or source.slice(entry.heading.text),
        entry.date,
        entry.log or "",
        told_status(source, entry),
        tuple(_part_line(source, part, entry) for part in entry.parts),
    )


def _part_line(source: Source, part: Part, entry: Entry) -> PartLine:
    return PartLine(
        _lines(source, part.span),
        part.session_id,
        part.title,
        part.date or entry.date,
        part.log or "",
        told_status(source, part),
    )


def _table_line(source: Source, table: Table) -> TableLine:
    rows = [split_row(source, row.span) for row in table.children[_HEADER_ROWS:]]
    keys = [source.slice(cells[0]) for cells in rows if cells]
    read = (_row_session(key) for key in keys)
    ids = tuple(session_id for session_id in read if session_id is not None)
    return TableLine(_lines(source, table.span), len(keys), ids)


def _row_session(cell: str) -> SessionId | None:
    """Read the session that a row is about: a log's link, ``Session 19``, or the id alone."""
    for link in read_log_links(cell):
        return link.session_id
    words = cell.strip(" *_`#")
    part = read_part_heading(words)
    return part.session_id if part else read_session_id(words)


def _find_target(
    document: Document, entries_heading: str | None
) -> tuple[Target | None, tuple[Problem, ...]]:
    if document.blocks.too_deep is not None:
        return None, ()
    try:
        found = find_entries_section(document, configured=entries_heading)
    except HandoffError as error:
        return None, (Problem(error.message, error.hint),)
    heading = next(
        (
            node
            for node in walk(document)
            if isinstance(node, Section)
            and node.span.end == found.end
            and document.source.slice(node.heading.text) == found.heading
        ),
        None,
    )
    line = document.source.position(heading.span.start).line if heading else None
    newest_first = found.order.newest_first
    return Target(found.heading, line, found.level, newest_first, len(found.entries)), ()


def _damage(document: Document) -> Iterator[Problem]:
    """Say what makes a merge refuse; tokens count their lines from behind the front matter."""
    shift = document.first_line + 1
    if document.blocks.too_deep is not None:
        line = document.blocks.too_deep + shift
        hint = "Flatten the quotes or lists there."
        yield Problem("the document nests too deep to be read safely", hint, (line,))
    body = Source(document.source.text[document.source.line_offset(document.first_line) :])
    markers = find_conflict_markers(body, document.blocks.tokens)
    if markers:
        hint = "Resolve the conflict there; until then a merge refuses."
        lines = tuple(number + shift for number in markers)
        yield Problem("the document holds conflict markers", hint, lines)
