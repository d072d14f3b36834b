"""When two things are the same session. Numbers alone never say so: they restart and collide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from handoff_md.syntax.nodes import Document, Entry, Part
from handoff_md.syntax.session_id import SessionId


@dataclass(frozen=True, slots=True)
class SessionKey:
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


@dataclass(frozen=True, slots=True)
class Recorded:
    """A session as a document tells of it: alone in an entry, or as part of a parallel section."""

    key: SessionKey
    entry: Entry
    part: Part | None


def recorded_sessions(document: Document) -> Iterator[Recorded]:
    """Give each session that the document's entries tell of, in the document's order."""
    for entry in document.entries:
        for part in entry.parts:
            yield Recorded(
                SessionKey(part.session_id, part.date or entry.date, part.log), entry, part
            )
        if not entry.parts:
            for session_id in entry.session_ids:
                yield Recorded(SessionKey(session_id, entry.date, entry.log), entry, None)
