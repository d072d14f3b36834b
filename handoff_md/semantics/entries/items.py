"""What a version of a document tells of sessions, item by item: entries, parts and table rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from enum import StrEnum

from handoff_md.semantics.entries.identity import SessionKey, sessions_of
from handoff_md.syntax.form.moments import read_date
from handoff_md.syntax.grammar import EntryKind, read_entry_heading, read_log_links
from handoff_md.syntax.nodes import Entry, Node, Part, Section, Table
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.syntax.table import split_row
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_LINK = lazy_pattern(r"\[([^\[\]]*)\]\([^()]*\)")
_EMPHASIS = " *_`"
_HEAD_ROWS = 2


class ItemKind(StrEnum):
    """What an item is: an entry of one session, a part of a parallel section, or a table's row."""

    ENTRY = "entry"
    PART = "part"
    ROW = "row"


class Item(Value):
    """What stands in one place about a session, or about several that share an entry.

    ``name`` are the words of its heading, or of a row's first cell, in one line; ``title`` is what
    remains of them without id and date, in one case. ``body`` is the text below the heading, or the
    whole row. ``place`` is the span of the heading's words, or of the first cell. ``section`` are
    the words of the heading that it stands under.
    """

    kind: ItemKind
    keys: tuple[SessionKey, ...]
    name: str
    title: str
    date: dt.date | None
    body: str
    place: Span
    section: str

    @property
    def session_ids(self) -> tuple[SessionId, ...]:
        """Give the ids of the sessions that it is about."""
        return tuple(key.session_id for key in self.keys)


def read_items(source: Source, nodes: Sequence[Node], section: str = "") -> Iterator[Item]:
    """Give all items of a document whose tree has these nodes on top, in the order of the text.

    A parallel section gives one item for each of its sessions. Rows are those of the tables that
    are keyed by session and stand in no entry.
    """
    for node in nodes:
        if isinstance(node, Entry):
            yield from read_entry(source, node, section)
        elif isinstance(node, Section):
            words = _one_line(source, node.heading.text)
            yield from read_items(source, node.children, words)
        elif isinstance(node, Table) and node.by_session:
            yield from _read_rows(source, node, section)


def read_entry(source: Source, entry: Entry, section: str) -> Iterator[Item]:
    """Give the items of an entry that stands under a heading of these words."""
    if entry.kind is not EntryKind.PARALLEL:
        keys = tuple(recorded.key for recorded in sessions_of(entry))
        yield _read_section(source, entry, keys, ItemKind.ENTRY, section)
        return
    for recorded in sessions_of(entry):
        told = recorded.part or entry
        yield _read_section(source, told, (recorded.key,), ItemKind.PART, section)


def _read_section(
    source: Source, told: Entry | Part, keys: tuple[SessionKey, ...], kind: ItemKind, section: str
) -> Item:
    body = source.text[told.heading.span.end : told.span.end].strip()
    date = told.date or next((key.date for key in keys if key.date), None)
    title = " ".join(told.title.casefold().split())
    name = _one_line(source, told.heading.text)
    return Item(kind, keys, name, title, date, body, told.heading.text, section)


def _read_rows(source: Source, table: Table, section: str) -> Iterator[Item]:
    for row in table.children[_HEAD_ROWS:]:
        cells = split_row(source, row.span)
        name = _plain(source.slice(cells[0])) if cells else ""
        if not any(character.isalnum() for character in name):
            continue
        text = source.slice(row.span).strip()
        links = read_log_links(text)
        date = read_date(text) or (links[0].log.date if links else None)
        session_id = links[0].session_id if links else _read_id(name)
        log = links[0].log.name if links else None
        keys = (SessionKey(session_id, date, log),) if session_id else ()
        yield Item(ItemKind.ROW, keys, name, name.casefold(), date, text, cells[0], section)


def _read_id(name: str) -> SessionId | None:
    """Read the id that a row's first cell claims: ``Session 54``, ``54``, or a drawn id."""
    shape = read_entry_heading(name)
    if shape and len(shape.session_ids) == 1:
        return shape.session_ids[0]
    session_id = read_session_id(name)
    return session_id if session_id and session_id.stem is not None else None


def _plain(cell: str) -> str:
    """Give a cell's words without links and emphasis, in one line."""
    return " ".join(_LINK.sub(r"\1", cell.strip(_EMPHASIS)).strip(_EMPHASIS).split())


def _one_line(source: Source, span: Span) -> str:
    return " ".join(source.slice(span).split())
