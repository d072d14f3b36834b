"""Closes a run, and keeps what is known of it then: the time, and how far its sessions are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from contextlib import suppress

from msgspec.structs import replace

from handoff_md.app.merge.report import SessionReport
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.run.status import judge_reported, judge_sessions
from handoff_md.app.workspace import Workspace
from handoff_md.errors import HandoffError
from handoff_md.ledger.records import Run, RunMember
from handoff_md.ledger.state import SessionState
from handoff_md.merge.result import Outcome
from handoff_md.store.claims import list_released
from handoff_md.store.runs import close_run
from handoff_md.syntax.session_id import SessionId, read_session_id


def close_finished(
    workspace: Workspace, run: Run, sessions: Iterable[SessionReport], now: dt.datetime
) -> None:
    """Close a run whose ``sessions`` were merged; call it under the lock.

    The time is kept, and how far its sessions had come.

    Raises:
        FileError: the run's file can't be written or moved.
    """
    reports = {
        report.outcome.session_id: _told(report)
        for report in sessions
        if report.outcome.outcome is not Outcome.MISSING
    }
    _close(workspace, run, reports, now, finished=True)


def close_cancelled(workspace: Workspace, run: Run, now: dt.datetime) -> None:
    """Close a run that is given up; see `close_finished`.

    Raises:
        FileError: the run's file can't be written or moved.
    """
    reports: Mapping[SessionId, SessionReport] = {}
    request = MergeRequest(directory=workspace.root, today=now.date(), allow_partial=True)
    with suppress(HandoffError):  # a run can be given up whatever is wrong with its summaries
        reports, _ = judge_reported(workspace, run, request)
    _close(workspace, run, reports, now, finished=False)


def _told(report: SessionReport) -> SessionReport:
    """Say of a session that a merge has just taken that the document tells of it."""
    if report.outcome.outcome is not Outcome.MERGED:
        return report
    return replace(report, outcome=replace(report.outcome, outcome=Outcome.ALREADY_MERGED))


def _close(
    workspace: Workspace,
    run: Run,
    reports: Mapping[SessionId, SessionReport],
    now: dt.datetime,
    *,
    finished: bool,
) -> None:
    try:
        members = _members(workspace, run, reports, now)
    except HandoffError:
        members = ()  # what can't be told now does not keep the run from being closed
    stamp = now.astimezone(dt.UTC).isoformat(timespec="seconds")
    close_run(workspace.state, run, finished=finished, closed_at=stamp, members=members)


def _members(
    workspace: Workspace, run: Run, reports: Mapping[SessionId, SessionReport], now: dt.datetime
) -> tuple[RunMember, ...]:
    """Give the sessions of the run, those that were abandoned in it last."""
    judged = [
        RunMember(one.id, one.title, one.state.value)
        for one in judge_sessions(workspace, run, reports, now)
    ]
    known = {read_session_id(one.id) for one in judged}
    released = (claim for claim in list_released(workspace.state) if claim.run == run.token)
    gone = {
        claim.id: RunMember(claim.id, claim.title, SessionState.ABANDONED.value)
        for claim in released
        if read_session_id(claim.id) not in known
    }
    return (*judged, *gone.values())
