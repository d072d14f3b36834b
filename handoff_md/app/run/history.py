"""Tells of all runs, the active one and those that were closed, with their sessions and commits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from handoff_md.answer import Answer
from handoff_md.app.belonging import concern_of
from handoff_md.app.run.status import RunStatus, run_status
from handoff_md.app.session.listing import age_of
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.errors import FileError
from handoff_md.ledger.records import Claim, ClosedRun, MergedSummary, Run, RunMember
from handoff_md.ledger.state import SessionState
from handoff_md.store.archive import list_merged
from handoff_md.store.claims import list_claims, list_released
from handoff_md.store.runs import list_closed
from handoff_md.syntax.session_id import read_session_id
from handoff_md.value import Value


class RunState(StrEnum):
    """What became of a run."""

    ACTIVE = "active"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class SessionOfRun(Value):
    """A session of a run.

    Attributes:
        id: its id.
        title: its title; empty where none is known.
        state: how far it has come, or had as the run was closed; null where that was not kept.
        commit: the commit that merged it there; null where none did.
    """

    id: str
    title: str
    state: str | None
    commit: str | None


class ToldRun(Value):
    """A run.

    Attributes:
        run: its token.
        state: what became of it.
        orchestrator: the id of the session that started it.
        started_at: ISO 8601 in UTC.
        closed_at: ISO 8601 in UTC; null while it is active, and where that was not kept.
        duration: seconds, up to now while it is active; null where that was not kept.
        document: the document that it is about; null where that was not kept.
        commits: those that merged sessions, the oldest first.
        sessions: its sessions, in id order.
    """

    run: str
    state: RunState
    orchestrator: str
    started_at: str
    closed_at: str | None
    duration: int | None
    document: str | None
    commits: tuple[str, ...]
    sessions: tuple[SessionOfRun, ...]

    @property
    def is_whole(self) -> bool:
        """Tell whether all was kept: an older version closed runs without, as other clones do."""
        return self.duration is not None


class ToldRuns(Answer):
    """What `run list --json` prints.

    Attributes:
        runs: all runs that were started in this clone, the latest first.
    """

    runs: tuple[ToldRun, ...]


class ShownRun(ToldRun, tag_field="version", tag=1):
    """What `run show --json` prints."""


def list_runs(directory: Path, now: dt.datetime) -> ToldRuns:
    """Tell of all runs that were started in this clone, and are about its document.

    Raises:
        HandoffError: configuration, files or git stand in the way.
    """
    return ToldRuns(tuple(_tell(directory, now)))


def show_run(directory: Path, name: str | None, now: dt.datetime) -> ShownRun:
    """Tell of one run: by the beginning of its token, else the active one, else the latest.

    Raises:
        HandoffError: there is none, several begin so, or configuration, files or git stand in the
            way.
    """
    known = list_runs(directory, now).runs
    found = known[:1] if name is None else _named(known, name.strip())
    if len(found) != 1:
        raise _none_or_many(name, found)
    told = found[0]
    return ShownRun(**{field: getattr(told, field) for field in ToldRun.__struct_fields__})


def _named(known: tuple[ToldRun, ...], name: str) -> tuple[ToldRun, ...]:
    return tuple(told for told in known if name and told.run.startswith(name))


def _none_or_many(name: str | None, found: Iterable[ToldRun]) -> FileError:
    names = ", ".join(told.run for told in found)
    if name is None:
        return FileError(
            "no run was started in this clone",
            "`handoff-md run start --orchestrator ID` starts one.",
        )
    told = f"several runs begin with {name!r}: {names}" if names else f"there is no run {name!r}"
    return FileError(told, "`handoff-md run list` names them.")


def _tell(directory: Path, now: dt.datetime) -> Iterator[ToldRun]:
    workspace = open_workspace(directory)
    about = concern_of(workspace)
    merges = _merges_by_run(workspace)
    active = run_status(directory, now.date(), now)
    if active.run:
        yield _tell_active(active, active.run, merges.get(active.run.token, []))
    claims = [*list_released(workspace.state), *list_claims(workspace.state)]
    for closed in list_closed(workspace.state):
        if about(closed.run.document):
            merged = merges.get(closed.run.token, [])
            yield _tell_closed(closed, merged, [c for c in claims if c.run == closed.run.token])


def _merges_by_run(workspace: Workspace) -> Mapping[str, list[MergedSummary]]:
    found: dict[str, list[MergedSummary]] = {}
    for merged in list_merged(workspace.state):
        found.setdefault(merged.merge.run, []).append(merged)
    return found


def _tell_active(status: RunStatus, run: Run, merged: list[MergedSummary]) -> ToldRun:
    members = (RunMember(one.id, one.title, one.state.value) for one in status.sessions)
    return _told(run, RunState.ACTIVE, "", status.age, _sessions(members, merged), merged)


def _tell_closed(
    closed: ClosedRun, merged: list[MergedSummary], claims: Iterable[Claim]
) -> ToldRun:
    run = closed.run
    members: Iterable[RunMember] = closed.members
    if not closed.members:
        titles = {claim.id: claim.title for claim in claims}
        ids = dict.fromkeys((*run.expect, *run.sessions, *titles))
        members = (RunMember(known, titles.get(known, ""), "") for known in ids)
    duration = None
    if closed.closed_at:
        duration = age_of(run.started_at, dt.datetime.fromisoformat(closed.closed_at))
    state = RunState.FINISHED if closed.finished else RunState.CANCELLED
    sessions = _sessions(members, merged)
    return _told(run, state, closed.closed_at, duration, sessions, merged)


def _told(
    run: Run,
    state: RunState,
    closed_at: str,
    duration: int | None,
    sessions: tuple[SessionOfRun, ...],
    merged: Iterable[MergedSummary],
) -> ToldRun:
    commits = dict.fromkeys(one.merge.commit for one in merged if one.merge.commit)
    return ToldRun(
        run.token,
        state,
        run.orchestrator,
        run.started_at,
        closed_at or None,
        duration,
        run.document or None,
        tuple(commits),
        sessions,
    )


def _sessions(
    members: Iterable[RunMember], merged: list[MergedSummary]
) -> tuple[SessionOfRun, ...]:
    """Put the members and what was merged together; an id is written as a member has it."""
    took = {read_session_id(one.session.id): one for one in merged}
    told = [_session(member, took.pop(read_session_id(member.id), None)) for member in members]
    rest = (RunMember(one.session.id, one.session.title, "") for one in took.values())
    told += [_session(member, took[read_session_id(member.id)]) for member in rest]
    return tuple(told)


def _session(member: RunMember, merged: MergedSummary | None) -> SessionOfRun:
    state = member.state or (SessionState.MERGED.value if merged else None)
    return SessionOfRun(member.id, member.title, state, merged.merge.commit if merged else None)
