"""Says of every session that was started how far it has come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from handoff_md.answer import Answer
from handoff_md.app.belonging import concern_of
from handoff_md.app.session.find import find_session
from handoff_md.app.snapshot import take_snapshot
from handoff_md.app.work_trees import roots_of
from handoff_md.app.workspace import open_workspace
from handoff_md.ledger.records import Claim, MergedSummary
from handoff_md.ledger.state import SessionState, Snapshot, state_of
from handoff_md.store.claims import list_claims, list_released
from handoff_md.store.files import read_bytes
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.syntax.summary import parse_summary
from handoff_md.value import Value


class SessionAnswer(Value):
    """A session.

    Attributes:
        id: the session.
        title: its title.
        agent: who works in it.
        date: its date.
        state: how far it has come.
        started_at: when it was started, in UTC, or null.
        ended_at: when it ended, in UTC, or null.
        age: the seconds since its start.
        status: what its summary says of its work, or null.
        run: the token of its run, or null.
        root: the work tree in which it was started, absolute.
        branch: the branch on which it was started, or null.
        commit: the commit at which it was started, or null.
        log: its log, relative to the work tree that it lies in.
        log_root: that work tree, absolute; null where its log is in none.
        summary: the summary that waits, or null.
    """

    id: str
    title: str
    agent: str
    date: str
    state: SessionState
    started_at: str | None
    ended_at: str | None
    age: int
    status: str | None
    run: str | None
    root: str
    branch: str | None
    commit: str | None
    log: str
    log_root: str | None
    summary: str | None


class SessionsAnswer(Answer):
    """What `session list --json` prints.

    Attributes:
        sessions: all sessions that were ever started, in the order of their ids.
    """

    sessions: tuple[SessionAnswer, ...]


class ShownAnswer(SessionAnswer, tag_field="version", tag=1):
    """What `session show --json` prints: a session."""


class ListedSession(Value):
    """A session, how far it has come, and its age in seconds (0 where a clock went backwards).

    ``status`` is what its summary says of its work, empty where it has none. ``log_root`` is the
    work tree that its log lies in, None where it is in none.
    """

    claim: Claim
    state: SessionState
    age: int
    status: str
    log_root: Path | None

    @property
    def order(self) -> tuple[tuple[bool, int, str], str]:
        """Give the sort key: by id, then by start."""
        session_id = read_session_id(self.claim.id) or SessionId(self.claim.id, None, self.claim.id)
        return session_id.order, self.claim.started_at

    def to_json(self) -> SessionAnswer:
        """Give the documented JSON object."""
        claim = self.claim
        return SessionAnswer(
            id=claim.id,
            title=claim.title,
            agent=claim.agent,
            date=claim.date,
            state=self.state,
            started_at=claim.started_at or None,
            ended_at=claim.ended_at or None,
            age=self.age,
            status=self.status or None,
            run=claim.run or None,
            root=claim.root,
            branch=claim.branch or None,
            commit=claim.commit or None,
            log=claim.log,
            log_root=str(self.log_root) if self.log_root else None,
            summary=claim.summary if self.state is SessionState.ENDED else None,
        )


def list_sessions(directory: Path, now: dt.datetime) -> tuple[ListedSession, ...]:
    """List all sessions that were ever started, in id order; nothing is changed.

    Raises:
        HandoffError: configuration, files or git stand in the way.
    """
    workspace = open_workspace(directory)
    about = concern_of(workspace)
    held = [claim for claim in list_claims(workspace.state) if about(claim.document)]
    released = [claim for claim in list_released(workspace.state) if about(claim.document)]
    known, roots = take_snapshot(workspace, held, released), roots_of(workspace)
    listed = [_listed(known, claim, roots, now) for claim in (*held, *released)]
    return tuple(sorted(listed, key=lambda session: session.order))


def show_session(directory: Path, text: str, now: dt.datetime) -> ListedSession:
    """Look one session up.

    Raises:
        HandoffError: nothing is known of it, or configuration, files or git stand in the way.
    """
    workspace = open_workspace(directory)
    found = find_session(workspace, text)
    return _listed(take_snapshot(workspace, [found.claim]), found.claim, found.roots, now)


def _listed(
    known: Snapshot, claim: Claim, roots: Sequence[Path], now: dt.datetime
) -> ListedSession:
    """Put together what is known of a session; its log lies in the first of ``roots`` with it."""
    status = _status_of(claim, known.merged.told.get(known.merged.key_of(claim)))
    likely = (root for root in (Path(claim.root), *roots) if root in roots)
    root = next((root for root in likely if (root / claim.log).is_file()), None)
    return ListedSession(claim, state_of(known, claim), age_of(claim.started_at, now), status, root)


def _status_of(claim: Claim, merged: MergedSummary | None) -> str:
    """Say how far a session came: by the summary that was merged, else by what it handed over."""
    if merged is None or merged.path is None or merged.session.digest == claim.digest:
        return claim.status
    data = read_bytes(merged.path, root=merged.path.parent, limit=None)
    return parse_summary(data, name=merged.path.name).status.value


def age_of(moment: str, now: dt.datetime) -> int:
    """Give the whole seconds since a moment as it is recorded; 0 for one to come, or none."""
    try:
        started = dt.datetime.fromisoformat(moment)
    except ValueError:
        return 0
    if started.tzinfo is None:
        return 0
    return max(0, int((now - started).total_seconds()))
