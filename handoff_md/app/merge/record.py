"""Writes down what a merge is about to do, so that a later command can finish or undo it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from handoff_md.app.merge.message import (
    write_entry_message,
    write_message,
    write_removal_message,
)
from handoff_md.app.merge.plan import Plan
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.workspace import Workspace
from handoff_md.git.index import list_tracked
from handoff_md.git.status import Inspection
from handoff_md.ledger.records import Journal, JournalSession
from handoff_md.merge.result import Outcome
from handoff_md.sessions.inbox import OpenedSummary
from handoff_md.store.archive import name_archived, name_merge
from handoff_md.store.files import digest
from handoff_md.syntax.session_id import SessionId


def make_journal(
    workspace: Workspace,
    plan: Plan,
    request: MergeRequest,
    orchestrator: SessionId,
    inspection: Inspection | None,
) -> Journal:
    """Write down what is about to happen, so that a later command can finish or undo it."""
    new_digest = digest(plan.merge.content) if plan.merge.merged else plan.old_digest
    date = plan.merge.date.isoformat()
    handoff = workspace.root / workspace.git_path
    return Journal(
        name=name_merge(workspace.state, date=date, new_digest=new_digest),
        handoff=str(handoff),
        old_digest=plan.old_digest or None,
        new_digest=new_digest,
        message=_message(workspace, plan, request, orchestrator, inspection),
        head=inspection.head if inspection else None,
        commit_wanted=request.commit,
        orchestrator=str(orchestrator),
        date=date,
        no_verify=not request.verify,
        keep=request.keep,
        sessions=_journal_sessions(workspace, plan, keep=request.keep),
        run=request.run,
        document=workspace.config.handoff,
    )


def _message(
    workspace: Workspace,
    plan: Plan,
    request: MergeRequest,
    orchestrator: SessionId,
    inspection: Inspection | None,
) -> str | None:
    """Write the commit's message; None where git has nothing to commit.

    A document that git does not know yet is committed with all the sessions that it tells of.
    """
    if inspection is None or inspection.paths[workspace.git_path].ignored:
        return None
    found = plan.merge.merged
    if not found:
        found = tuple(s for s in plan.merge.sessions if s.outcome is Outcome.ALREADY_MERGED)
        if not inspection.paths[workspace.git_path].exists_untracked:
            return write_removal_message(str(orchestrator), [str(s.session_id) for s in found])
    if request.single:
        return write_entry_message(found, request.message)
    return write_message(orchestrator, found, request.message)


def _journal_sessions(
    workspace: Workspace, plan: Plan, *, keep: bool
) -> tuple[JournalSession, ...]:
    """List the summaries that the document tells of after the merge, doubles included.

    One that git tracks elsewhere than on this branch stays: it goes when its branch arrives.
    """
    told = {
        (outcome.session_id, plan.summary_files[outcome.origin].digest): outcome
        for outcome in plan.merge.sessions
        if outcome.outcome in (Outcome.MERGED, Outcome.ALREADY_MERGED)
        and outcome.origin in plan.summary_files
    }
    summary_files = [
        (summary_file, told[summary_file.file.session_id, summary_file.digest])
        for summary_file in plan.summary_files.values()
        if (summary_file.file.session_id, summary_file.digest) in told
    ]
    tracked = _tracked(workspace, [summary_file for summary_file, _ in summary_files])
    names = name_archived([str(summary_file.file.path) for summary_file, _ in summary_files])
    sessions: list[JournalSession] = []
    for (summary_file, outcome), name in zip(summary_files, names, strict=True):
        inbox = summary_file.file.inbox
        here = inbox.root == workspace.root
        stays = keep or inbox.read_only or (summary_file.file.path in tracked and not here)
        date = summary_file.summary.date
        sessions.append(
            JournalSession(
                id=str(outcome.session_id),
                title=outcome.title,
                date=date.isoformat() if date else None,
                log=outcome.log or None,
                summary=str(summary_file.file.path),
                digest=summary_file.digest,
                tracked=summary_file.file.path in tracked and here,
                archived_to=None if stays else name,
            )
        )
    return tuple(sessions)


def _tracked(workspace: Workspace, summary_files: Sequence[OpenedSummary]) -> frozenset[Path]:
    """Find the summaries that git tracks, each in its own work tree."""
    if workspace.repository is None:
        return frozenset()
    by_root: dict[Path, list[str]] = {}
    for summary_file in summary_files:
        if not summary_file.file.inbox.read_only:
            by_root.setdefault(summary_file.file.inbox.root, []).append(summary_file.file.relative)
    return frozenset(
        root / path
        for root, paths in by_root.items()
        if (root / ".git").exists()  # a worktree that is none any more has nothing to track
        for path in list_tracked(root, paths)
    )
