"""Carries a plan out: journal, write, commit, archive; what fails is put back as it was."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from handoff_md.app.joint import tell_run
from handoff_md.app.merge.finish import (
    Finished,
    archive_merged,
    commit_written,
    is_committed,
    take_back,
    write_removal_message,
)
from handoff_md.app.merge.plan import Plan
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.workspace import Workspace
from handoff_md.errors import FileError, HandoffError
from handoff_md.git.commit import CommittedOtherwiseError
from handoff_md.git.index import list_tracked
from handoff_md.git.process import write_git
from handoff_md.git.status import (
    Inspection,
    inspect_paths,
    refuse_uncommittable,
    wait_for_index,
)
from handoff_md.ledger.records import Journal, JournalSession
from handoff_md.merge.result import Outcome
from handoff_md.sessions.inbox import OpenedSummary
from handoff_md.store.archive import name_archived, name_merge
from handoff_md.store.files import (
    NO_FILE,
    ChangedMeanwhileError,
    create_folder,
    digest,
    digest_of,
    replace_bytes,
)
from handoff_md.store.journal import save_journal
from handoff_md.syntax.session_id import SessionId
from handoff_md.value import Value


class Done(Value):
    """What was done of a plan; ``finished`` is None where nothing was, or a commit is to come."""

    finished: Finished | None = None
    inspection: Inspection | None = None
    notes: tuple[str, ...] = ()


def carry_out(
    workspace: Workspace, plan: Plan, request: MergeRequest, orchestrator: SessionId
) -> Done:
    """Write and commit what is planned, then archive."""
    if plan.merge.refused or not plan.summary_files:
        return Done()
    inspection = refuse_unfit_repository(workspace)
    journal = _make_journal(workspace, plan, request, orchestrator, inspection)
    if not plan.merge.merged and not (request.commit and _has_work(workspace, journal, inspection)):
        return Done(inspection=inspection)
    create_folder(workspace.handoff.parent)
    save_journal(workspace.state, journal)
    commit = _write_and_commit(workspace, plan, journal)
    if not request.commit:
        note = "the document is written, not committed: the next merge commits and archives"
        return Done(None, inspection, (note,))
    finished = archive_merged(workspace, journal, commit)
    return Done(finished, inspection, finished.notes)


def _has_work(workspace: Workspace, journal: Journal, inspection: Inspection | None) -> bool:
    """Tell whether sessions that the document tells of leave something to commit or archive."""
    uncommitted = inspection and inspection.paths[workspace.git_path].exists_untracked
    return bool(uncommitted) or any(session.archived_to for session in journal.sessions)


def _write_and_commit(workspace: Workspace, plan: Plan, journal: Journal) -> str | None:
    """Write the document and commit it; where that fails, put everything back as it was.

    Raises:
        ChangedMeanwhileError: the document is no longer what was read; nothing is written.
        HandoffError: it can't be written or committed.
    """
    repository = workspace.repository
    try:
        if plan.merge.merged:
            replace_bytes(workspace.handoff, plan.merge.content, expected=plan.old_digest)
        return commit_written(workspace, repository, journal) if journal.commit_wanted else None
    except (ChangedMeanwhileError, CommittedOtherwiseError):
        raise
    except HandoffError as error:
        if _is_undone(workspace, plan, journal):
            raise
        look = write_git(workspace.root, "diff", "HEAD", "--", workspace.git_path)
        raise HandoffError(
            error.message,
            f"{workspace.config.handoff} can't be put back: something else has changed it, or it "
            f"can't be written. Look at `{look}`; commit that or put it back, then run the command "
            "again.",
        ) from error
    except KeyboardInterrupt:
        # What can't be undone now the next merge finishes: the journal tells it how.
        _is_undone(workspace, plan, journal)
        raise


def _is_undone(workspace: Workspace, plan: Plan, journal: Journal) -> bool:
    """Put back what was written, unless HEAD holds it: git may have been done already."""
    old = None if plan.old_digest == NO_FILE else plan.document.to_bytes()
    repository = workspace.repository
    try:
        if repository and plan.merge.merged and is_committed(repository, journal):
            return False
        return take_back(workspace, journal, old)
    except HandoffError:
        return False


def _make_journal(
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
    message = request.rendering.message(orchestrator, found, request.message)
    return f"{message}{tell_run(workspace, request.run)}"


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
    names = name_archived([summary_file.file.origin for summary_file, _ in summary_files])
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
                summary=summary_file.file.origin,
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


def refuse_unfit_repository(
    workspace: Workspace, journal: Journal | None = None
) -> Inspection | None:
    """Ask git about the document, and refuse what a commit of it could not do.

    Raises:
        GitError: the document has changes of its own (not those that ``journal`` tells of), an
            operation is in progress, and the like.
    """
    repository = workspace.repository
    if repository is None:
        return None
    wait_for_index(repository, seconds=workspace.index_seconds)
    path = workspace.git_path
    inspection = inspect_paths(repository, [path])
    if inspection.paths[path].ignored:
        return inspection
    if workspace.handoff.is_symlink():
        raise FileError(
            f"{workspace.config.handoff} is a symbolic link, which is all that git would commit",
            "Configure the file that it leads to as the handoff document.",
        )
    explained = journal is not None and digest_of(workspace.handoff) == journal.new_digest
    refuse_uncommittable(repository, inspection, path, unstaged_explained=explained)
    return inspection
