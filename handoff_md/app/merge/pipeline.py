"""The main job: collect, check, insert, prove, write, commit, then archive the summaries."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from handoff_md.app.belonging import copied_note
from handoff_md.app.joint import Heard, ask_remote
from handoff_md.app.merge.branches import fetch_first
from handoff_md.app.merge.carry_out import Done, carry_out, refuse_unfit_repository
from handoff_md.app.merge.earlier import bring_back, describe_archived, find_dropped_merges
from handoff_md.app.merge.finish import Finished
from handoff_md.app.merge.plan import Plan, choose_orchestrator, make_plan
from handoff_md.app.merge.recover import recover
from handoff_md.app.merge.report import MergeReport, MergeStatus, SessionReport, Watch
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.merge.scope import refuse_built, refuse_off_main, refuse_other_run, scope_to_run
from handoff_md.app.merge.wait import wait_for_sessions
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.errors import FileError, HandoffError
from handoff_md.git.status import Inspection
from handoff_md.merge.rendering import ENTRY
from handoff_md.merge.result import Outcome, SessionOutcome
from handoff_md.store.files import ChangedMeanwhileError
from handoff_md.store.journal import (
    journal_path,
    load_journal,
    remove_journal,
)
from handoff_md.syntax.session_id import SessionId, read_session_id

_MOST_RESTARTS = 10


def merge(request: MergeRequest, watch: Watch) -> MergeReport:
    """Merge the summaries of parallel sessions into the handoff document, in one commit.

    The lock is held from the first read to the archive, never while waiting. If the document
    changes between reading and writing, the merge starts over, ten times at most.

    Raises:
        BuiltDocumentError: the document is built.
        ContentError: the document can't take a section (exit 1).
        HandoffError: usage, configuration, files or git stand in the way (exit 2).
    """
    workspace = open_workspace(request.directory)
    refuse_built(workspace)
    return merge_within(workspace, request, watch)


def merge_within(workspace: Workspace, request: MergeRequest, watch: Watch) -> MergeReport:
    """Merge within a workspace; of a document that is built a dry run alone may be asked.

    Raises:
        HandoffError: as `merge`.
    """
    refuse_off_main(workspace)
    heard = Heard() if request.run else ask_remote(workspace)  # a run has asked
    if heard.unread and not request.dry_run:
        raise heard.unread
    scoped = scope_to_run(workspace, request)
    fetch_first(workspace, scoped, watch)
    report = _merge(workspace, scoped, watch)
    return replace(report, notes=(*heard.notes, *report.notes)) if heard.notes else report


def make_entry(workspace: Workspace, request: MergeRequest, watch: Watch) -> MergeReport:
    """Give the one session that ``request`` names an entry of its own; see `merge`.

    Raises:
        RunActiveError: a run is active by now: its orchestrator merges the summary.
        OffMainBranchError: the document may not be changed on this branch.
        ContentError: the document can't take an entry.
        HandoffError: configuration, files or git stand in the way.
    """
    refuse_off_main(workspace)
    return _merge(workspace, replace(request, rendering=ENTRY), watch)


def _merge(workspace: Workspace, request: MergeRequest, watch: Watch) -> MergeReport:
    orchestrator = choose_orchestrator(request)
    if request.dry_run:
        return _try_out(workspace, request, orchestrator, watch)
    finished: Finished | None = None
    if journal_path(workspace.state).exists():
        # Before the wait: nobody need wait for sessions that were merged already.
        with workspace.locked(watch.on_lock):
            finished = recover(workspace, commit=request.commit).finished
    for _ in range(_MOST_RESTARTS):
        done_before = _sessions_of(finished)
        awaited = wait_for_sessions(workspace, request, orchestrator, watch, done_before)
        with workspace.locked(watch.on_lock):
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
            notes = (*put_back, *_make_notes(workspace, done.inspection), *done.notes, *dropped)
            return _make_report(plan, done, finished, notes)
    raise FileError(
        f"{workspace.config.handoff} or a summary kept changing while it was merged",
        "Stop what writes to it, then run the command again.",
    )


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
    notes = [
        f"{describe_archived(workspace, summary)}: the merge takes its summary from there"
        for summary in plan.archived
        if summary.path
    ]
    if plan.summary_files and not (plan.merge.refused or workspace.is_derived):
        journal = load_journal(workspace.state)
        notes += _make_notes(workspace, refuse_unfit_repository(workspace, journal))
        if journal:
            notes.append("the last merge is not finished; the next merge begins with that")
    return replace(plan.report, notes=(*plan.report.notes, *notes))


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


def _make_notes(workspace: Workspace, inspection: Inspection | None) -> tuple[str, ...]:
    """Say what is worth knowing of the place: no git, no branch, a document that git ignores."""
    notes = [workspace.note] if workspace.note else []
    if inspection and inspection.branch is None:
        notes.append("HEAD is detached: a commit is on no branch until `git switch -c NAME`")
    if inspection and inspection.paths[workspace.git_path].ignored:
        notes.append("git ignores the document: nothing is committed")
    return tuple(notes)


def _make_report(
    plan: Plan, done: Done, recovered: Finished | None, notes: tuple[str, ...]
) -> MergeReport:
    """Say what was done, what an interrupted merge had left to do included."""
    archived = dict(done.finished.archived) if done.finished else {}
    sessions = [
        replace(session, archived_to=archived.get(session.summary or ""))
        for session in plan.report.sessions
    ]
    status, commit = plan.report.status, done.finished.commit if done.finished else None
    if status is MergeStatus.WOULD_MERGE:
        status = MergeStatus.MERGED
    if recovered:
        ids = {session.outcome.session_id for session in sessions if session.summary}
        again = list(_recovered(recovered, ids))
        ids = {session.outcome.session_id for session in again}
        sessions = [*again, *(s for s in sessions if s.outcome.session_id not in ids)]
        commit = commit or recovered.commit
        original = recovered.journal.copied_from
        copied = (copied_note("the merge", original),) if original else ()
        notes = (*copied, *recovered.notes, *notes)
        if status is MergeStatus.NOTHING_TO_MERGE:
            status = MergeStatus.MERGED
    return replace(
        plan.report,
        status=status,
        commit=commit,
        sessions=tuple(sorted(sessions, key=lambda session: session.outcome.session_id.rank)),
        notes=(*plan.report.notes, *notes),
    )


def _recovered(recovered: Finished, known: Collection[SessionId]) -> Iterator[SessionReport]:
    """Report the sessions of a merge that was not finished before, and is now."""
    if recovered.journal.commit_wanted:
        note = "was merged by a merge that was interrupted; it is finished now"
    else:
        note = "was written earlier with --no-commit; it is committed now"
    for session in recovered.journal.sessions:
        session_id = read_session_id(session.id)
        if session_id is None or session_id in known:
            continue
        outcome = SessionOutcome(
            session_id,
            session.title,
            Outcome.MERGED,
            session.summary,
            session.log or "",
            notes=(note,),
        )
        yield SessionReport(outcome, session.summary, recovered.archived.get(session.summary))
