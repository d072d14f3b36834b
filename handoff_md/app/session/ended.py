"""What the end of a session is asked for, and what becomes of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from msgspec.structs import replace

from handoff_md.answer import Answer
from handoff_md.git.remotes import Pushed
from handoff_md.syntax.summary import Status
from handoff_md.value import Value


class EndRequest(Value, kw_only=True):
    """How a session ends; ``summary`` are the bytes that were given, None for the log's own words.

    ``title`` and ``status`` are None where they were not given. ``into`` names the section that
    its entry goes to, which ``create_section`` adds where there is none. ``push`` pushes the branch
    that it is committed on.
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
    push: bool = False


class EntryAnswer(Value):
    """An entry that was made.

    Attributes:
        commit: its commit, or null where none was made.
        handoff: the document that it stands in.
        lines: its first and its last line, or null.
    """

    commit: str | None
    handoff: str
    lines: tuple[int, int] | None


class HandedInAnswer(Value):
    """A session's file, of which the document is built.

    Attributes:
        path: of the file, relative to `root`.
        commit: its commit, or null where none was made.
    """

    path: str
    commit: str | None


class EndAnswer(Answer):
    """What `session end --json` prints.

    Attributes:
        id: the session.
        title: its title.
        date: its date.
        root: the work tree in which the command ran, absolute.
        log: the path of its log, relative to `log_root`.
        log_root: the work tree that its log lies in, absolute.
        summary: the summary that waits, relative to `root`; null where none does.
        run: the token of the run that it is part of, or null.
        committed: the summary that is committed on its branch, relative to `log_root`; null where
            none is.
        commit: the commit of the log, and of that summary; null where none was made.
        pushed: the remote and the branch that have it by `--push`, as in `origin/claude/parser`;
            else null.
        entry: the entry that was made; null where none was.
        handed_in: the session's file, where the document is built of such; else null.
        notes: what is worth knowing.
        problems: why the session could not be ended.
    """

    id: str
    title: str
    date: str
    root: str
    log: str
    log_root: str
    summary: str | None
    run: str | None
    committed: str | None
    commit: str | None
    pushed: str | None
    entry: EntryAnswer | None
    handed_in: HandedInAnswer | None
    notes: tuple[str, ...]
    problems: tuple[str, ...]


class EndedSession(Value):
    """What became of a session's end, and of the push that was asked for, None where none was.

    With ``problems`` the session has not ended, or, where its summary waits, only its entry is not
    made.
    """

    told: EndAnswer
    pushed: Pushed | None = None

    @property
    def exit_code(self) -> int:
        """Give 1 where the session could not be ended, 2 where its branch is not pushed, else 0."""
        if self.told.problems:
            return 1
        return 2 if self.pushed and self.pushed.failed else 0

    def to_json(self) -> EndAnswer:
        """Give the documented JSON object: that the push has failed is a note there."""
        if self.pushed is None or not self.pushed.failed:
            return self.told
        return replace(self.told, notes=(*self.told.notes, self.pushed.note))
