"""What a merge tells: as it waits, and when it is done, for people and programs alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from handoff_md.merge.result import SessionOutcome
from handoff_md.syntax.session_id import SessionId
from handoff_md.value import Value

VERSION = 1


class Waiting(Value):
    """One look at what is awaited: which sessions are ready, which not and why, and for how long.

    ``missing`` are expected sessions without a summary; ``unfinished`` pairs an id with the
    reason. ``wanted`` is how many must be ready, 0 where only the rest must settle. ``left`` is
    in seconds.
    """

    ready: Sequence[SessionId]
    unfinished: Sequence[tuple[SessionId, str]]
    missing: Sequence[SessionId]
    wanted: int
    left: float


class Watch(Value):
    """Callbacks for progress: the lock is held by another, or sessions are awaited."""

    on_lock: Callable[[], None] = lambda: None
    on_wait: Callable[[Waiting], None] = lambda _waiting: None


class MergeStatus(StrEnum):
    """What became of the merge as a whole."""

    MERGED = "merged"
    WOULD_MERGE = "would-merge"
    NOTHING_TO_MERGE = "nothing-to-merge"
    REFUSED = "refused"


class SessionReport(Value):
    """One session: what the merge made of it, and where its summary lies now.

    ``summary`` is the file that was read, as a path; ``archived_to`` its place in the archive, or
    None where it was not archived.
    """

    outcome: SessionOutcome
    summary: str | None
    archived_to: str | None


class MergeReport(Value):
    """The whole merge. ``section`` holds the first and last line (from 1) of the new section."""

    status: MergeStatus
    handoff: str
    orchestrator: str
    date: str | None = None
    commit: str | None = None
    section: tuple[int, int] | None = None
    sessions: tuple[SessionReport, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """Give 1 for a refused merge, else 0."""
        return 1 if self.status is MergeStatus.REFUSED else 0

    def to_json(self) -> dict[str, object]:
        """Give the documented JSON object."""
        return {
            "version": VERSION,
            "status": self.status.value,
            "handoff": self.handoff,
            "orchestrator": self.orchestrator,
            "date": self.date,
            "commit": self.commit,
            "section": list(self.section) if self.section else None,
            "sessions": [_session_json(session) for session in self.sessions],
            "notes": list(self.notes),
            "problems": list(self.problems),
        }


def _session_json(session: SessionReport) -> dict[str, object]:
    outcome = session.outcome
    return {
        "id": str(outcome.session_id),
        "title": outcome.title,
        "status": outcome.outcome.value,
        "work": outcome.work.value if outcome.work else None,
        "summary": session.summary,
        "log": outcome.log or None,
        "archived_to": session.archived_to,
        "notes": list(outcome.notes),
        "problems": list(outcome.problems),
    }
