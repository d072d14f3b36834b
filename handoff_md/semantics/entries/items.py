"""What a version of a document tells of sessions, item by item, and what the next one keeps."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum

from handoff_md.semantics.entries.identity import SessionKey, is_same_session, sessions_of
from handoff_md.syntax.form.moments import read_date
from handoff_md.syntax.grammar import EntryKind, read_entry_heading, read_log_links
from handoff_md.syntax.nodes import Entry, Node, Part, Section, Table, split_row
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_LINK = lazy_pattern(r"\[([^\[\]]*)\]\([^()]*\)")
_EMPHASIS = " *_`"
_HEAD_ROWS = 2

_LONG = 60
_LAST = lazy_pattern(r"\(\s*last\s+(?P<count>[0-9]{1,6})\b", re.IGNORECASE)
_COUNT = lazy_pattern(r"[0-9]+")


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


def find_lacking(items: Sequence[Item], others: Sequence[Item]) -> tuple[Item, ...]:
    """Give those of some items that are not among others.

    One is there that is the same session, or the very same text. What remains is paired one to one
    with what remains of the others: by an equal heading, title or body, where id, date and log
    allow it; an id alone counts only where a date is missing.
    """
    left = find_other(items, others)
    free = find_other(others, items) if left else []
    left, free = _pair(left, free, _by_name, _may_be_one)
    left, free = _pair(left, free, _by_title, _may_be_one)
    left, free = _pair(left, free, _by_id_and_title, _always)
    left, free = _pair(left, free, _by_body, _always)
    left, free = _pair(left, free, _by_id, _is_undated)
    return tuple(left)


def find_other(items: Sequence[Item], others: Sequence[Item]) -> list[Item]:
    """Give the items that are neither the same session as another nor the same text."""
    return _find_other(items, others, _always)


def find_apart(items: Sequence[Item], others: Sequence[Item]) -> list[Item]:
    """Do as `find_other` does, but never take an equal id and date alone for the same session.

    Sessions that run in parallel take the same number. Here they need a log, a title, or much of
    their text in common. One without a date is there in what has its very heading, and much of its
    text: where it ends may differ, by a rule or a footer.
    """
    return _pair(_find_other(items, others, _is_alike), others, _by_name, _is_same_text)[0]


def _find_other(
    items: Sequence[Item], others: Sequence[Item], allowed: Callable[[Item, Item], bool]
) -> list[Item]:
    texts = {(other.name, other.body) for other in others}
    left = [item for item in items if (item.name, item.body) not in texts]
    if not left:
        return left
    logs = {(_is_row(other), key.log) for other in others for key in other.keys}
    by_id: defaultdict[object, list[tuple[SessionKey, Item]]] = defaultdict(list)
    for other in others:
        for key in other.keys:
            by_id[_is_row(other), key.session_id].append((key, other))
    return [
        item
        for item in left
        if not any(
            (key.log and (_is_row(item), key.log) in logs)
            or any(
                is_same_session(key, known) and allowed(item, other)
                for known, other in by_id[_is_row(item), key.session_id]
            )
            for key in item.keys
        )
    ]


def find_unlike(items: Sequence[Item], others: Sequence[Item]) -> tuple[Item, ...]:
    """Give those of some items whose heading and whose body none of the others has.

    A row's first cell says too little: only the whole row counts.
    """
    names = {item.name.casefold() for item in others if not _is_row(item)}
    bodies = {item.body for item in others}
    return tuple(
        item
        for item in items
        if item.body not in bodies and (_is_row(item) or item.name.casefold() not in names)
    )


def is_beyond_limit(item: Item, others: Sequence[Item]) -> bool:
    """Tell whether a version had no room for an item: its section is headed ``(Last N)``, and full.

    The number may differ between the versions.
    """
    section = _uncounted(item.section)
    peers = [
        other
        for other in others
        if (other.kind is ItemKind.ROW) == (item.kind is ItemKind.ROW)
        and _uncounted(other.section) == section
    ]
    limit = _LAST.search(peers[0].section) if peers else None
    return limit is not None and len(peers) >= int(limit["count"])


def _uncounted(section: str) -> str:
    return _COUNT.sub("", section.casefold())


def _pair(
    items: Sequence[Item],
    others: Sequence[Item],
    features: Callable[[Item], Iterable[object]],
    allowed: Callable[[Item, Item], bool],
) -> tuple[list[Item], list[Item]]:
    """Pair items with others that share a feature, and give what remains of both."""
    waiting: defaultdict[object, list[Item]] = defaultdict(list)
    for other in others:
        for feature in features(other):
            waiting[feature].append(other)
    taken: set[int] = set()
    left: list[Item] = []
    for item in items:
        partner = next(
            (
                other
                for feature in features(item)
                for other in waiting.get(feature, ())
                if id(other) not in taken and allowed(item, other)
            ),
            None,
        )
        if partner is None:
            left.append(item)
        else:
            taken.add(id(partner))
    return left, [other for other in others if id(other) not in taken]


def _may_be_one(item: Item, other: Item) -> bool:
    """Tell whether nothing that is known of both speaks against it."""
    if item.date and other.date and item.date != other.date:
        return False
    return _agree(item.session_ids, other.session_ids) and _agree(_logs(item), _logs(other))


def _agree(mine: Sequence[object], its: Sequence[object]) -> bool:
    return not mine or not its or not set(mine).isdisjoint(its)


def _is_undated(item: Item, other: Item) -> bool:
    return not (item.date and other.date) and _may_be_one(item, other)


def _is_alike(item: Item, other: Item) -> bool:
    """Tell whether two items have their title, or half the lines of the shorter, in common."""
    if item.title and item.title == other.title:
        return True
    return _shares_text(item, other)


def _is_same_text(item: Item, other: Item) -> bool:
    return _may_be_one(item, other) and _shares_text(item, other)


def _shares_text(item: Item, other: Item) -> bool:
    mine, its = _lines(item), _lines(other)
    return 2 * len(mine & its) >= min(len(mine), len(its)) > 0


def _lines(item: Item) -> set[str]:
    return {line.strip() for line in item.body.splitlines() if line.strip()}


def _always(_item: Item, _other: Item) -> bool:
    return True


def _logs(item: Item) -> tuple[str, ...]:
    return tuple(key.log for key in item.keys if key.log)


def _is_row(item: Item) -> bool:
    return item.kind is ItemKind.ROW


def _by_name(item: Item) -> Iterator[object]:
    yield _is_row(item), item.name


def _by_title(item: Item) -> Iterator[object]:
    if item.title:
        yield _is_row(item), item.title


def _by_id_and_title(item: Item) -> Iterator[object]:
    for session_id in item.session_ids:
        if item.title:
            yield _is_row(item), session_id, item.title


def _by_body(item: Item) -> Iterator[object]:
    if len(item.body) >= _LONG:
        yield _is_row(item), item.body


def _by_id(item: Item) -> Iterator[object]:
    for session_id in item.session_ids:
        yield _is_row(item), session_id
