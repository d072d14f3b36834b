"""What the end of a session is asked for, and what becomes of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from handoff_md.app.merge.report import MergeReport
from handoff_md.syntax.status import Status
from handoff_md.value import Value

VERSION = 1


class EndRequest(Value, kw_only=True):
    """How a session ends; ``summary`` are the bytes that were given, None for the log's own words.

    ``title`` and ``status`` are None where they were not given. ``into`` names the section that
    its entry goes to, which ``create_section`` adds where there is none.
    """

    directory: Path
    today: dt.date
    now: dt.datetime
    session_id: str
    summary: bytes | None = None
    title: str | None = None
    status: Status | None = None
    into: str | None = None
    create_section: bool = False
    commit: bool = True
    verify: bool = True


class EndedSession(Value):
    """What became of a session's end; paths are relative to ``root``, the log's to ``log_root``.

    ``summary`` is empty where none waits; ``commit`` is the log's, None where nothing was to be
    committed. ``entry`` is the report of the merge that made the entry. With ``problems`` the
    session has not ended, or, where its summary waits, only its entry is not made.
    """

    id: str
    title: str
    date: str
    root: str
    log: str
    log_root: str
    summary: str = ""
    run: str = ""
    commit: str | None = None
    entry: MergeReport | None = None
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """Give 1 where the session could not be ended, else 0."""
        return 1 if self.problems else 0

    def to_json(self) -> dict[str, object]:
        """Give the documented JSON object."""
        entry = self.entry
        made = {"commit": entry.commit, "handoff": entry.handoff} if entry else None
        lines = list(entry.section) if entry and entry.section else None
        return {
            "version": VERSION,
            "id": self.id,
            "title": self.title,
            "date": self.date,
            "root": self.root,
            "log": self.log,
            "log_root": self.log_root,
            "summary": self.summary or None,
            "run": self.run or None,
            "commit": self.commit,
            "entry": {**made, "lines": lines} if made else None,
            "notes": list(self.notes),
            "problems": list(self.problems),
        }
