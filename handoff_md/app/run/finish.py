"""Ends a run: merges exactly its sessions and closes it, or gives it up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from handoff_md.app.merge import merge
from handoff_md.app.report import MergeReport, MergeStatus
from handoff_md.app.request import MergeRequest, Watch
from handoff_md.app.run.scope import find_members, refuse_other_leader
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.errors import HandoffError
from handoff_md.store.lock import hold_lock
from handoff_md.store.run import Run, close_run, latest_closed, load_run

VERSION = 1


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """What the merge of a run came to, and whether the run is closed by now."""

    run: Run
    report: MergeReport
    closed: bool

    def to_json(self) -> dict[str, object]:
        """Give the documented JSON object: a merge's, and the run."""
        return {**self.report.to_json(), "run": self.run.token, "closed": self.closed}


def finish_run(request: MergeRequest, watch: Watch, *, take_over: bool) -> FinishedRun:
    """Merge the sessions of the active run, and close it if nothing was refused.

    Doing it again changes nothing. ``take_over`` lets another session than the one that started the
    run finish it.

    Raises:
        RunActiveError: the run is another orchestrator's, and is not taken over.
        ContentError: the document can't take a section.
        HandoffError: no run was ever started, or files or git stand in the way.
    """
    workspace = open_workspace(request.directory)
    run = load_run(workspace.state)
    if run is None:
        return _finished_before(workspace)
    if not take_over:
        refuse_other_leader(run, request.orchestrator)
    leader = request.orchestrator or run.orchestrator
    report = merge(replace(request, orchestrator=leader, run=run.token), watch)
    writes = not request.dry_run and request.commit
    if report.status is MergeStatus.REFUSED or not writes:
        return FinishedRun(run, report, closed=False)
    with hold_lock(workspace.state, timeout=workspace.config.lock_timeout, on_wait=watch.on_lock):
        close_run(workspace.state, run, finished=True)
    return FinishedRun(run, report, closed=True)


def _finished_before(workspace: Workspace) -> FinishedRun:
    latest = latest_closed(workspace.state)
    if latest is None or not latest[1]:
        cancelled = "; the last one was cancelled" if latest else ""
        raise HandoffError(
            f"no run is active{cancelled}",
            "Start one with `handoff-md run start --orchestrator ID`; "
            "`handoff-md merge` merges without a run.",
        )
    run = latest[0]
    note = f"the run of session {run.orchestrator} is finished already; nothing was done"
    report = MergeReport(
        MergeStatus.NOTHING_TO_MERGE, workspace.config.handoff, run.orchestrator, notes=(note,)
    )
    return FinishedRun(run, report, closed=True)


@dataclass(frozen=True, slots=True)
class CancelledRun:
    """A run that was given up, and its sessions, which stay as they are."""

    run: Run
    sessions: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Give the documented JSON object."""
        return {
            "version": VERSION,
            "run": self.run.token,
            "orchestrator": self.run.orchestrator,
            "sessions": list(self.sessions),
        }


def cancel_run(directory: Path, orchestrator: str | None, *, take_over: bool) -> CancelledRun:
    """Give the active run up. Claims, logs and summaries stay: a merge can still collect them.

    Raises:
        RunActiveError: the run is another orchestrator's, and is not taken over.
        HandoffError: no run is active, or files stand in the way.
    """
    workspace = open_workspace(directory)
    timeout = workspace.config.lock_timeout
    with hold_lock(workspace.state, timeout=timeout, on_wait=lambda: None):
        run = load_run(workspace.state)
        if run is None:
            raise HandoffError("no run is active", "There is nothing to cancel.")
        if not take_over:
            refuse_other_leader(run, orchestrator)
        members = find_members(workspace, run).members
        close_run(workspace.state, run, finished=False)
    return CancelledRun(run, tuple(map(str, members)))
