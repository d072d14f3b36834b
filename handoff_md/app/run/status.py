"""Says how far a run has come: which sessions are expected, at work, ended, or missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from handoff_md.app.belonging import find_other_run, find_run
from handoff_md.app.merge.collect import find_letters
from handoff_md.app.merge.merged import MergedSessions, survey_merged
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.run.scope import find_members
from handoff_md.app.session.known import key_of
from handoff_md.app.session.listing import SessionState, age_of, state_of
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.errors import FileError
from handoff_md.sessions.inbox import Letter
from handoff_md.store.claims import Claim, list_claims
from handoff_md.store.files import read_bytes
from handoff_md.store.run import Run, run_path
from handoff_md.syntax.session_id import SessionId
from handoff_md.syntax.summary import Status, parse_summary

VERSION = 1


class RunState(StrEnum):
    """How far a session of a run has come."""

    MISSING = "missing"
    """It is expected, and nothing is known of it."""
    STARTED = "started"
    """It is at work."""
    NO_LOG = "no-log"
    """It is claimed, and its log is in no work tree."""
    UNFINISHED = "unfinished"
    """It has a summary that says that it is in progress."""
    ENDED = "ended"
    """Its summary waits."""
    MERGED = "merged"
    """The handoff document tells of it."""


@dataclass(frozen=True, slots=True)
class RunSession:
    """A session of a run; ``age`` is in seconds since its start, None where that isn't known."""

    id: str
    title: str
    agent: str
    state: RunState
    expected: bool
    age: int | None
    root: str | None
    log: str | None
    summary: str | None


@dataclass(frozen=True, slots=True)
class RunStatus:
    """The active run (None without one), its age in seconds, and its sessions in id order.

    ``other`` is the run that is active for another document instead.
    """

    run: Run | None
    file: Path
    age: int
    sessions: tuple[RunSession, ...]
    other: Run | None = None

    @property
    def counts(self) -> dict[RunState, int]:
        """Count the sessions in each state."""
        return {state: sum(s.state is state for s in self.sessions) for state in RunState}

    def to_json(self) -> dict[str, object]:
        """Give the documented JSON object."""
        run = self.run
        return {
            "version": VERSION,
            "active": run is not None,
            "run": run.token if run else None,
            "orchestrator": run.orchestrator if run else None,
            "started_at": run.started_at if run else None,
            "age": self.age if run else None,
            "file": str(self.file),
            "copied_from": (run.copied_from or None) if run else None,
            "other_document": self.other.document if self.other else None,
            "expect": list(run.expect) if run else [],
            "expect_count": run.expect_count if run else None,
            "sessions": [
                {
                    "id": session.id,
                    "title": session.title,
                    "agent": session.agent,
                    "state": session.state.value,
                    "expected": session.expected,
                    "age": session.age,
                    "root": session.root,
                    "log": session.log,
                    "summary": session.summary,
                }
                for session in self.sessions
            ],
        }


def is_run_active(directory: Path) -> bool:
    """Tell whether a run is active; one whose file can't be read is.

    Raises:
        HandoffError: configuration or git stand in the way.
    """
    workspace = open_workspace(directory)
    try:
        return find_run(workspace) is not None
    except FileError:
        return run_path(workspace.state).exists()


def run_status(directory: Path, today: dt.date, now: dt.datetime) -> RunStatus:
    """Look at the active run; nothing is changed.

    Raises:
        HandoffError: configuration, files or git stand in the way.
    """
    workspace = open_workspace(directory)
    run, file = find_run(workspace), run_path(workspace.state)
    if run is None:
        return RunStatus(None, file, 0, (), find_other_run(workspace))
    request = MergeRequest(directory=directory, today=today)
    letters = find_letters(workspace, request)
    sessions = tuple(_sessions(workspace, run, letters, now))
    return RunStatus(run, file, age_of(run.started_at, now), sessions)


def _sessions(
    workspace: Workspace, run: Run, letters: Mapping[SessionId, Letter], now: dt.datetime
) -> Iterator[RunSession]:
    found = find_members(workspace, run)
    claims = {claim.key: claim for claim in list_claims(workspace.state)}
    merged = survey_merged(workspace)
    unclaimed = set() if run.expect else letters.keys() - {*found.members, *found.outside}
    members = sorted({*found.members, *unclaimed}, key=lambda known: known.order)
    expected = set(found.members)
    for session_id in members:
        claim, letter = claims.get(key_of(session_id)), letters.get(session_id)
        state = _state(workspace, claim, letter, merged)
        yield RunSession(
            id=str(session_id),
            title=claim.title if claim else "",
            agent=claim.agent if claim else "",
            state=state,
            expected=session_id in expected,
            age=age_of(claim.started_at, now) if claim and claim.started_at else None,
            root=claim.root if claim else None,
            log=claim.log if claim else None,
            summary=str(letter.path) if letter else None,
        )


def _state(
    workspace: Workspace, claim: Claim | None, letter: Letter | None, merged: MergedSessions
) -> RunState:
    """Say how far a session of a run has come; one that has no summary any more has not ended."""
    if letter and not _in_progress(workspace, letter):
        return RunState.ENDED
    known = state_of(workspace, claim, merged) if claim else None
    if known is SessionState.MERGED:
        return RunState.MERGED
    if known is SessionState.DROPPED:
        return RunState.ENDED
    if letter:
        return RunState.UNFINISHED
    if known is SessionState.NO_LOG:
        return RunState.NO_LOG
    return RunState.STARTED if known else RunState.MISSING


def _in_progress(workspace: Workspace, letter: Letter) -> bool:
    """Tell whether a summary says so; one that can't be read is for the merge to report."""
    limit = workspace.config.max_summary_size
    try:
        data = read_bytes(letter.path, root=letter.inbox.root, limit=limit)
    except FileError:
        return False
    return parse_summary(data, name=letter.relative).status is Status.IN_PROGRESS
