"""The main job: collect, check, insert, prove, write, commit, then archive the summaries."""

from __future__ import annotations

from contextlib import AbstractContextManager

from msgspec.structs import replace

from handoff_md.app.merge.bring_back import bring_back, describe_archived
from handoff_md.app.merge.carry_out import carry_out, refuse_unfit_repository
from handoff_md.app.merge.conclude import make_notes, make_report
from handoff_md.app.merge.dropped import find_dropped_merges
from handoff_md.app.merge.finish import Finished
from handoff_md.app.merge.plan import Plan, choose_orchestrator, make_plan
from handoff_md.app.merge.recover import recover
from handoff_md.app.merge.report import MergeReport
from handoff_md.app.merge.request import MergeRequest, Watch
from handoff_md.app.merge.scope import refuse_other_run, scope_to_run
from handoff_md.app.merge.wait import wait_for_sessions
from handoff_md.app.profile import refuse_off_main
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.errors import FileError, HandoffError
from handoff_md.store.files import ChangedMeanwhileError
from handoff_md.store.journal import (
    journal_path,
    load_journal,
    remove_journal,
)
from handoff_md.store.lock import hold_lock
from handoff_md.syntax.session_id import SessionId, read_session_id

_MOST_RESTARTS = 10


def merge(request: MergeRequest, watch: Watch) -> MergeReport:
    """Merge the summaries of parallel sessions into the handoff document, in one commit.

    The lock is held from the first read to the archive, never while waiting. If the document
    changes between reading and writing, the merge starts over, ten times at most.

    Raises:
        ContentError: the document can't take a section (exit 1).
        HandoffError: usage, configuration, files or git stand in the way (exit 2).
    """
    workspace = open_workspace(request.directory)
    refuse_off_main(workspace)
    request = scope_to_run(workspace, request)
    orchestrator = choose_orchestrator(request)
    if request.dry_run:
        return _try_out(workspace, request, orchestrator, watch)
    finished: Finished | None = None
    if journal_path(workspace.state).exists():
        # Before the wait: nobody need wait for sessions that were merged already.
        with _locked(workspace, watch):
            finished = recover(workspace, commit=request.commit).finished
    for _ in range(_MOST_RESTARTS):
        done_before = _sessions_of(finished)
        awaited = wait_for_sessions(workspace, request, orchestrator, watch, done_before)
        with _locked(workspace, watch):
            refuse_other_run(workspace, request)
            recovery = recover(workspace, commit=request.commit)
            finished = recovery.finished or finished
            plan = make_plan(workspace, awaited.inboxes, request, orchestrator, done_before)
            if plan.fresh and awaited.settled:
                continue
            if recovery.pending:
                return _report_pending(plan, orchestrator)
            put_back = bring_back(workspace, awaited.inboxes, plan.archived)
            if put_back:
                plan = make_plan(
                    workspace,
                    awaited.inboxes,
                    request,
                    orchestrator,
                    done_before,
                    trusting=not plan.fresh,
                )
            try:
                done = carry_out(workspace, plan, request, orchestrator)
            except ChangedMeanwhileError:
                remove_journal(workspace.state)
                continue
            dropped = () if plan.summary_files else _tell_dropped(workspace)
            notes = (*put_back, *make_notes(workspace, done.inspection), *done.notes, *dropped)
            return make_report(plan, done, finished, notes)
    raise FileError(
        f"{workspace.config.handoff} or a summary kept changing while it was merged",
        "Stop what writes to it, then run the command again.",
    )


def _locked(workspace: Workspace, watch: Watch) -> AbstractContextManager[None]:
    timeout = workspace.config.lock_timeout
    return hold_lock(workspace.state, timeout=timeout, on_wait=watch.on_lock)


def _sessions_of(finished: Finished | None) -> frozenset[SessionId]:
    """Give the sessions of an unfinished merge that was finished just now."""
    sessions = finished.journal.sessions if finished else ()
    return frozenset(known for s in sessions if (known := read_session_id(s.id)))


def _try_out(
    workspace: Workspace, request: MergeRequest, orchestrator: SessionId, watch: Watch
) -> MergeReport:
    """Say what a merge would do; neither a lock is taken nor anything written."""
    awaited = wait_for_sessions(workspace, request, orchestrator, watch)
    plan = make_plan(workspace, awaited.inboxes, request, orchestrator)
    archived = [
        f"{describe_archived(workspace, summary)}: the merge takes its summary from there"
        for summary in plan.archived
        if summary.path
    ]
    plan = replace(plan, report=replace(plan.report, notes=(*plan.report.notes, *archived)))
    if plan.merge.refused or not plan.summary_files:
        return plan.report
    journal = load_journal(workspace.state)
    inspection = refuse_unfit_repository(workspace, journal)
    unfinished = ("the last merge is not finished; the next merge begins with that",)
    return replace(
        plan.report,
        notes=(
            *plan.report.notes,
            *make_notes(workspace, inspection),
            *(unfinished if journal else ()),
        ),
    )


def _tell_dropped(workspace: Workspace) -> tuple[str, ...]:
    """Say what was merged and is lost: who finds nothing to merge may be looking for it."""
    return tuple(
        f"{dropped.message}: `{dropped.command}` makes it again"
        for dropped in find_dropped_merges(workspace)
    )


def _report_pending(plan: Plan, orchestrator: SessionId) -> MergeReport:
    """Report that a merge with ``--no-commit`` waits for its commit.

    Raises:
        HandoffError: further summaries were to be merged, and would be mixed up with it.
    """
    if plan.merge.merged:
        raise HandoffError(
            "the last merge is not committed yet",
            f"Run `handoff-md merge --orchestrator {orchestrator}`, without --no-commit: it "
            "commits and archives that merge.",
        )
    note = "the last merge is written, not committed: the next merge commits and archives it"
    return replace(plan.report, notes=(*plan.report.notes, note))
