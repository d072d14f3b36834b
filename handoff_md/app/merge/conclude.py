"""Puts what was done into the report, what an interrupted merge had left to do included."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from handoff_md.app.belonging import copied_note
from handoff_md.app.merge.carry_out import Done
from handoff_md.app.merge.finish import Finished
from handoff_md.app.merge.plan import Plan
from handoff_md.app.merge.report import MergeReport, MergeStatus, SessionReport
from handoff_md.app.workspace import Workspace
from handoff_md.git.status import Inspection
from handoff_md.merge.result import Outcome, SessionOutcome
from handoff_md.syntax.session_id import SessionId, read_session_id


def make_notes(workspace: Workspace, inspection: Inspection | None) -> tuple[str, ...]:
    """Say what is worth knowing of the place: no git, no branch, a document that git ignores."""
    notes = [workspace.note] if workspace.note else []
    if inspection and inspection.branch is None:
        notes.append("HEAD is detached: a commit is on no branch until `git switch -c NAME`")
    if inspection and inspection.paths[workspace.git_path].ignored:
        notes.append("git ignores the document: nothing is committed")
    return tuple(notes)


def make_report(
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
        sessions=tuple(sorted(sessions, key=lambda session: session.outcome.session_id.order)),
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
