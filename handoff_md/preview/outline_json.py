"""An outline as one JSON object for programs."""

from __future__ import annotations

from typing import Literal

from handoff_md.answer import Answer
from handoff_md.preview.outline import (
    EntryLine,
    LineEndings,
    PartLine,
    SectionLine,
    ShownDocument,
    TableLine,
    Target,
)
from handoff_md.syntax.grammar import EntryKind
from handoff_md.syntax.summary import Status
from handoff_md.value import Value


class FieldAnswer(Value):
    """A field of the document's header.

    Attributes:
        key: its key.
        value: its value.
        line: its line.
    """

    key: str
    value: str
    line: int


class SectionAnswer(Value):
    """A section that is no entry and stands in none.

    Attributes:
        level: of its heading.
        title: its heading's words.
        line: its first line.
        end_line: its last line.
    """

    level: int
    title: str
    line: int
    end_line: int


class PartAnswer(Value):
    """One session's part of a parallel section.

    Attributes:
        id: the session.
        title: its heading's words.
        date: its own date, else the section's, or null.
        log: its log's file name, or null.
        status: how far its work came, as it says, or null.
        line: its first line.
        end_line: its last line.
    """

    id: str
    title: str
    date: str | None
    log: str | None
    status: Status | None
    line: int
    end_line: int


class DocumentEntryAnswer(Value):
    """An entry.

    Attributes:
        kind: the shape of its heading.
        level: of its heading.
        ids: the sessions that it is about.
        title: its heading's words.
        date: its date, or null.
        log: its log's file name, or null.
        status: how far its work came, as it says, or null.
        line: its first line.
        end_line: its last line.
        parts: the sessions of a parallel section.
    """

    kind: EntryKind
    level: int
    ids: tuple[str, ...]
    title: str
    date: str | None
    log: str | None
    status: Status | None
    line: int
    end_line: int
    parts: tuple[PartAnswer, ...]


class TableAnswer(Value):
    """A table whose rows are keyed by session.

    Attributes:
        rows: the number of its rows.
        ids: the sessions that they are about.
        line: its first line.
        end_line: its last line.
    """

    rows: int
    ids: tuple[str, ...]
    line: int
    end_line: int


class EntriesSectionAnswer(Value):
    """Where new entries go.

    Attributes:
        heading: the section's heading; null at the top level.
        line: the line of its heading; null at the top level.
        level: of a new entry's heading.
        order: whether new entries come first or last.
        entries: the number of its entries.
    """

    heading: str | None
    line: int | None
    level: int
    order: Literal["newest-first", "newest-last"]
    entries: int


class ProblemAnswer(Value):
    """What would stand in a merge's way.

    Attributes:
        message: what it is.
        hint: what to do about it.
        lines: where it is, as far as that is known.
    """

    message: str
    hint: str
    lines: tuple[int, ...]


class ShowAnswer(Answer):
    """What `show --json` prints. Lines count from 1, the last one included.

    Attributes:
        path: the document.
        lines: the number of its lines.
        bytes: its size.
        line_endings: how its lines end; null where it has one line.
        byte_order_mark: whether it begins with one.
        header: the header's fields.
        sections: its sections.
        entries: its entries.
        tables: its tables whose rows are keyed by session.
        entries_section: where new entries go; null where it is not found.
        problems: what would stand in a merge's way.
    """

    path: str
    lines: int
    bytes: int
    line_endings: LineEndings | None
    byte_order_mark: bool
    header: tuple[FieldAnswer, ...]
    sections: tuple[SectionAnswer, ...]
    entries: tuple[DocumentEntryAnswer, ...]
    tables: tuple[TableAnswer, ...]
    entries_section: EntriesSectionAnswer | None
    problems: tuple[ProblemAnswer, ...]


def to_json(outline: ShownDocument) -> ShowAnswer:
    """Give the documented object."""
    return ShowAnswer(
        path=_text(outline.name),
        lines=outline.lines,
        bytes=outline.size,
        line_endings=outline.endings,
        byte_order_mark=outline.bom,
        header=tuple(
            FieldAnswer(_text(field.key), _text(field.value), field.line)
            for field in outline.header
        ),
        sections=tuple(
            SectionAnswer(item.level, _text(item.title), item.lines.first, item.lines.last)
            for item in outline.items
            if isinstance(item, SectionLine)
        ),
        entries=tuple(_entry(entry) for entry in outline.entries),
        tables=tuple(_table(item) for item in outline.items if isinstance(item, TableLine)),
        entries_section=_target(outline.target) if outline.target else None,
        problems=tuple(
            ProblemAnswer(_text(found.message), _text(found.hint), found.lines)
            for found in outline.problems
        ),
    )


def _entry(entry: EntryLine) -> DocumentEntryAnswer:
    return DocumentEntryAnswer(
        kind=entry.kind,
        level=entry.level,
        ids=tuple(map(str, entry.session_ids)),
        title=_text(entry.title),
        date=_date(entry),
        log=entry.log or None,
        status=entry.status,
        line=entry.lines.first,
        end_line=entry.lines.last,
        parts=tuple(_part(part) for part in entry.parts),
    )


def _part(part: PartLine) -> PartAnswer:
    return PartAnswer(
        id=str(part.session_id),
        title=_text(part.title),
        date=_date(part),
        log=part.log or None,
        status=part.status,
        line=part.lines.first,
        end_line=part.lines.last,
    )


def _date(item: EntryLine | PartLine) -> str | None:
    return item.date.isoformat() if item.date else None


def _table(table: TableLine) -> TableAnswer:
    ids = tuple(map(str, table.session_ids))
    return TableAnswer(table.rows, ids, table.lines.first, table.lines.last)


def _target(target: Target) -> EntriesSectionAnswer:
    return EntriesSectionAnswer(
        heading=_text(target.heading) if target.heading is not None else None,
        line=target.line,
        level=target.level,
        order="newest-first" if target.newest_first else "newest-last",
        entries=target.entries,
    )


def _text(text: str) -> str:
    """Give a text that any JSON parser accepts: a lone surrogate is no character."""
    if text.isascii():
        return text
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
