"""Says of every session that was started how far it has come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec.structs import asdict

from handoff_md.answer import Answer
from handoff_md.app.belonging import begun_in, concern_of
from handoff_md.app.session.find import find_session
from handoff_md.app.snapshot import take_snapshot
from handoff_md.app.work_trees import roots_of
from handoff_md.app.workspace import open_workspace
from handoff_md.ledger.records import Claim, MergedSummary
from handoff_md.ledger.state import SessionState, Snapshot, state_of
from handoff_md.store.claims import list_claims, list_released
from handoff_md.store.files import read_bytes
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


class ListedSessions(Value):
    """All sessions that were ever started, and notes on those that came with a copy."""

    told: SessionsAnswer
    notes: tuple[str, ...]


def list_sessions(directory: Path, now: dt.datetime) -> ListedSessions:
    """List all sessions that were ever started, by id, then by start; nothing is changed.

    Raises:
        HandoffError: configuration, files or git stand in the way.
    """
    workspace = open_workspace(directory)
    about = concern_of(workspace)
    held = [claim for claim in list_claims(workspace.state) if about(claim.document)]
    released = [claim for claim in list_released(workspace.state) if about(claim.document)]
    known, roots = take_snapshot(workspace, held, released), roots_of(workspace)
    claims = sorted((*held, *released), key=lambda one: one.order)
    listed = tuple(_tell(known, claim, roots, now) for claim in claims)
    return ListedSessions(SessionsAnswer(listed), tuple(_tell_copied(claims)))


def _tell_copied(claims: Sequence[Claim]) -> Iterator[str]:
    """Say which sessions came with the repository when it was copied."""
    for original in dict.fromkeys(claim.copied_from for claim in claims):
        ids = [claim.id for claim in claims if claim.copied_from == original]
        if original:
            what = f"session {ids[0]} was" if len(ids) == 1 else f"sessions {', '.join(ids)} were"
            yield f"{what} {begun_in(original)}"


def show_session(directory: Path, text: str, now: dt.datetime) -> ShownAnswer:
    """Look one session up.

    Raises:
        HandoffError: nothing is known of it, or configuration, files or git stand in the way.
    """
    workspace = open_workspace(directory)
    found = find_session(workspace, text)
    known = take_snapshot(workspace, [found.claim])
    return ShownAnswer(**asdict(_tell(known, found.claim, found.roots, now)))


def _tell(known: Snapshot, claim: Claim, roots: Sequence[Path], now: dt.datetime) -> SessionAnswer:
    """Put together what is known of a session; its log lies in the first of ``roots`` with it."""
    state, merged = state_of(known, claim), known.merged.told.get(known.merged.key_of(claim))
    likely = (root for root in (Path(claim.root), *roots) if root in roots)
    root = next((root for root in likely if (root / claim.log).is_file()), None)
    return SessionAnswer(
        id=claim.id,
        title=claim.title,
        agent=claim.agent,
        date=claim.date,
        state=state,
        started_at=claim.started_at or None,
        ended_at=claim.ended_at or None,
        age=age_of(claim.started_at, now),
        status=_status_of(claim, merged) or None,
        run=claim.run or None,
        root=claim.root,
        branch=claim.branch or None,
        commit=claim.commit or None,
        log=claim.log,
        log_root=str(root) if root else None,
        summary=claim.summary if state is SessionState.ENDED else None,
    )


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
