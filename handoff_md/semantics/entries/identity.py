"""When two things are the same session. Numbers alone never say so: they restart and collide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from handoff_md.syntax.nodes import Document, Entry, Part
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.value import Value


class SessionKey(Value):
    """What identifies a session: its log's file name where known, else id and date."""

    session_id: SessionId
    date: dt.date | None
    log: str | None


def is_same_session(one: SessionKey, other: SessionKey) -> bool:
    """Tell whether two keys name one session: equal logs; where one is unknown, id and date.

    An undated session without a log is the same as none.
    """
    if one.log and other.log:
        return one.log == other.log
    return one.session_id == other.session_id and one.date is not None and one.date == other.date


class Recorded(Value):
    """A session as a document tells of it: alone in an entry, or as part of a parallel section."""

    key: SessionKey
    entry: Entry
    part: Part | None


def recorded_sessions(document: Document) -> Iterator[Recorded]:
    """Give each session that the document's entries tell of, in the document's order."""
    for entry in document.entries:
        yield from sessions_of(entry)


def sessions_of(entry: Entry) -> Iterator[Recorded]:
    """Give each session that an entry tells of: its parts, and the ids that no part is about."""
    for part in entry.parts:
        key = SessionKey(part.session_id, part.date or entry.date, part.log)
        yield Recorded(key, entry, part)
    told = {part.session_id for part in entry.parts}
    for session_id in entry.session_ids:
        if session_id not in told:
            yield Recorded(SessionKey(session_id, entry.date, entry.log), entry, None)


class RecordedSessions(Value):
    """The sessions that a document tells of, to be looked up by id or by log."""

    by_id: Mapping[SessionId, Sequence[Recorded]]
    by_log: Mapping[str, Recorded]

    def find(self, key: SessionKey) -> Recorded | None:
        """Give the first that is the same session as ``key``: one of equal log, else of its id."""
        if key.log and (found := self.by_log.get(key.log)):
            return found
        known = self.by_id.get(key.session_id, ())
        return next((found for found in known if is_same_session(key, found.key)), None)


def _as_written(session_id: SessionId) -> SessionId:
    """Give an id as it is read anywhere: NF-107, where a document takes it for its number 107."""
    return read_session_id(session_id.text) or session_id


def index_sessions(document: Document) -> RecordedSessions:
    """Index the sessions that a document tells of; of several with one log, the first counts."""
    by_id: dict[SessionId, list[Recorded]] = {}
    by_log: dict[str, Recorded] = {}
    for recorded in recorded_sessions(document):
        for session_id in {recorded.key.session_id, _as_written(recorded.key.session_id)}:
            named = replace(recorded, key=replace(recorded.key, session_id=session_id))
            by_id.setdefault(session_id, []).append(named)
        if recorded.key.log:
            by_log.setdefault(recorded.key.log, recorded)
    return RecordedSessions(by_id, by_log)
