"""What a merge tells: as it waits, and when it is done, for people and programs alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from handoff_md.answer import Answer
from handoff_md.merge.result import Outcome, SessionOutcome
from handoff_md.syntax.session_id import SessionId
from handoff_md.syntax.summary import Status
from handoff_md.value import Value


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
    """Callbacks for progress: the lock is held by another, sessions are awaited, a remote talks.

    ``on_transfer`` is told what the remote is at, how much of it is done, and of how much (0 where
    that is not known).
    """

    on_lock: Callable[[], None] = lambda: None
    on_wait: Callable[[Waiting], None] = lambda _waiting: None
    on_transfer: Callable[[str, int, int], None] = lambda _stage, _done, _of: None


class MergeStatus(StrEnum):
    """What became of the merge as a whole."""

    MERGED = "merged"
    WOULD_MERGE = "would-merge"
    HANDED_IN = "handed-in"
    """The document is built, and not now: the sessions are files beside it."""
    WOULD_HAND_IN = "would-hand-in"
    NOTHING_TO_MERGE = "nothing-to-merge"
    REFUSED = "refused"


class MergeSessionAnswer(Value):
    """One session of a merge.

    Attributes:
        id: the session.
        title: its title.
        status: what became of it.
        work: how far its work came, as its summary says; null where it has none.
        summary: the path of the summary that was read, or null.
        log: the path of its log from the repository's root, or null.
        archived_to: where the summary lies now; null where it was not archived.
        notes: what was repaired, or is worth knowing.
        problems: why it can't be merged.
    """

    id: str
    title: str
    status: Outcome
    work: Status | None
    summary: str | None
    log: str | None
    archived_to: str | None
    notes: tuple[str, ...]
    problems: tuple[str, ...]


class MergeAnswer(Answer):
    """What `merge --json` prints.

    Attributes:
        status: what became of the merge.
        handoff: the document's path from the repository's root.
        orchestrator: the session that merges.
        date: the section's date, or null.
        commit: the commit that was made, or null.
        section: the first and the last line of the new section, or null.
        files: where the document is built, the sessions' files that it is built of.
        sessions: what became of each session.
        notes: what is worth knowing.
        problems: what refuses the merge as a whole.
    """

    status: MergeStatus
    handoff: str
    orchestrator: str
    date: str | None
    commit: str | None
    section: tuple[int, int] | None
    files: tuple[str, ...]
    sessions: tuple[MergeSessionAnswer, ...]
    notes: tuple[str, ...]
    problems: tuple[str, ...]


class SessionReport(Value):
    """One session: what the merge made of it, and where its summary lies now.

    ``summary`` is the file that was read, as a path; ``archived_to`` its place in the archive, or
    None where it was not archived.
    """

    outcome: SessionOutcome
    summary: str | None
    archived_to: str | None

    def to_json(self) -> MergeSessionAnswer:
        """Give its part of the documented JSON object."""
        outcome = self.outcome
        return MergeSessionAnswer(
            id=str(outcome.session_id),
            title=outcome.title,
            status=outcome.outcome,
            work=outcome.work,
            summary=self.summary,
            log=outcome.log or None,
            archived_to=self.archived_to,
            notes=outcome.notes,
            problems=outcome.problems,
        )


class MergeReport(Value):
    """The whole merge. ``section`` holds the first and last line (from 1) of the new section.

    ``files`` are the paths of the sessions' files, where the document is built of such.
    """

    status: MergeStatus
    handoff: str
    orchestrator: str
    date: str | None = None
    commit: str | None = None
    section: tuple[int, int] | None = None
    files: tuple[str, ...] = ()
    sessions: tuple[SessionReport, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """Give 1 for a refused merge, else 0."""
        return 1 if self.status is MergeStatus.REFUSED else 0

    def to_json(self) -> MergeAnswer:
        """Give the documented JSON object."""
        return MergeAnswer(
            status=self.status,
            handoff=self.handoff,
            orchestrator=self.orchestrator,
            date=self.date,
            commit=self.commit,
            section=self.section or None,
            files=self.files,
            sessions=tuple(session.to_json() for session in self.sessions),
            notes=self.notes,
            problems=self.problems,
        )
