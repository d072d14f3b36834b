"""The main job: collect, check, insert, prove, write, commit, then archive the summaries."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from handoff_md.app.finish import (
    Finished,
    archive_merged,
    commit_written,
    is_committed,
    take_back,
)
from handoff_md.app.message import write_message, write_removal_message
from handoff_md.app.plan import Plan, choose_orchestrator, make_plan
from handoff_md.app.recover import recover
from handoff_md.app.report import MergeReport, MergeStatus, SessionReport
from handoff_md.app.request import MergeRequest, Watch
from handoff_md.app.wait import wait_for_sessions
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.errors import FileError, HandoffError
from handoff_md.git.status import (
    Inspection,
    inspect_paths,
    list_tracked,
    refuse_uncommittable,
    wait_for_index,
)
from handoff_md.merge.result import Outcome, SessionOutcome
from handoff_md.sessions.inbox import OpenedLetter
from handoff_md.store.archive import name_archived, name_merge
from handoff_md.store.files import (
    NO_FILE,
    ChangedMeanwhileError,
    create_folder,
    digest,
    digest_of,
    replace_bytes,
)
from handoff_md.store.journal import (
    Journal,
    JournalSession,
    journal_path,
    load_journal,
    remove_journal,
    save_journal,
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
            recovery = recover(workspace, commit=request.commit)
            finished = recovery.finished or finished
            plan = make_plan(workspace, awaited.inboxes, request, orchestrator, done_before)
            if plan.fresh and awaited.settled:
                continue
            if recovery.pending:
                return _report_pending(plan)
            try:
                done = _carry_out(workspace, plan, request, orchestrator)
            except ChangedMeanwhileError:
                remove_journal(workspace.state)
                continue
            notes = (*_notes(workspace, done.inspection), *done.notes)
            return _report(plan, done, finished, notes)
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
    if plan.merge.refused or not plan.letters:
        return plan.report
    journal = load_journal(workspace.state)
    inspection = _refuse_unfit_repository(workspace, journal)
    unfinished = ("the last merge is not finished; the next merge begins with that",)
    return replace(
        plan.report,
        notes=(
            *plan.report.notes,
            *_notes(workspace, inspection),
            *(unfinished if journal else ()),
        ),
    )


def _report_pending(plan: Plan) -> MergeReport:
    """Report that a merge with ``--no-commit`` waits for its commit.

    Raises:
        HandoffError: further summaries were to be merged, and would be mixed up with it.
    """
    if plan.merge.merged:
        raise HandoffError(
            "the last merge is not committed yet",
            "Run `handoff-md merge` without --no-commit: it commits and archives that merge.",
        )
    note = "the last merge is written, not committed: the next merge commits and archives it"
    return replace(plan.report, notes=(*plan.report.notes, note))


@dataclass(frozen=True, slots=True)
class _Done:
    """What was done of a plan; ``finished`` is None where nothing was, or a commit is to come."""

    finished: Finished | None = None
    inspection: Inspection | None = None
    notes: tuple[str, ...] = ()


def _carry_out(
    workspace: Workspace, plan: Plan, request: MergeRequest, orchestrator: SessionId
) -> _Done:
    """Write and commit what is planned, then archive."""
    if plan.merge.refused or not plan.letters:
        return _Done()
    inspection = _refuse_unfit_repository(workspace)
    journal = _make_journal(workspace, plan, request, orchestrator, inspection)
    if not plan.merge.merged and not (request.commit and _has_work(workspace, journal, inspection)):
        return _Done(inspection=inspection)
    create_folder(workspace.handoff.parent)
    save_journal(workspace.state, journal)
    commit = _write_and_commit(workspace, plan, journal)
    if not request.commit:
        note = "the document is written, not committed: the next merge commits and archives"
        return _Done(None, inspection, (note,))
    finished = archive_merged(workspace, journal, commit)
    return _Done(finished, inspection, finished.notes)


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
    except ChangedMeanwhileError:
        raise
    except HandoffError as error:
        if _is_undone(workspace, plan, journal):
            raise
        raise HandoffError(
            error.message,
            f"{workspace.config.handoff} can't be put back: something else has changed it, or it "
            f"can't be written. Look at `git diff HEAD -- {workspace.git_path}`; commit that or "
            "put it back, then run merge again.",
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


def _refuse_unfit_repository(
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
    return write_message(orchestrator, [session.session_id for session in found], request.message)


def _journal_sessions(
    workspace: Workspace, plan: Plan, *, keep: bool
) -> tuple[JournalSession, ...]:
    """List the summaries that the document tells of after the merge, doubles included.

    One that git tracks elsewhere than on this branch stays: it goes when its branch arrives.
    """
    told = {
        (outcome.session_id, plan.letters[outcome.origin].digest): outcome
        for outcome in plan.merge.sessions
        if outcome.outcome in (Outcome.MERGED, Outcome.ALREADY_MERGED)
        and outcome.origin in plan.letters
    }
    letters = [
        (letter, told[letter.letter.session_id, letter.digest])
        for letter in plan.letters.values()
        if (letter.letter.session_id, letter.digest) in told
    ]
    tracked = _tracked(workspace, [letter for letter, _ in letters])
    names = name_archived([str(letter.letter.path) for letter, _ in letters])
    sessions: list[JournalSession] = []
    for (letter, outcome), name in zip(letters, names, strict=True):
        inbox = letter.letter.inbox
        here = inbox.root == workspace.root
        stays = keep or inbox.read_only or (letter.letter.path in tracked and not here)
        date = letter.summary.date
        sessions.append(
            JournalSession(
                id=str(outcome.session_id),
                title=outcome.title,
                date=date.isoformat() if date else None,
                log=outcome.log or None,
                summary=str(letter.letter.path),
                digest=letter.digest,
                tracked=letter.letter.path in tracked and here,
                archived_to=None if stays else name,
            )
        )
    return tuple(sessions)


def _tracked(workspace: Workspace, letters: Sequence[OpenedLetter]) -> frozenset[Path]:
    """Find the summaries that git tracks, each in its own work tree."""
    if workspace.repository is None:
        return frozenset()
    by_root: dict[Path, list[str]] = {}
    for letter in letters:
        if not letter.letter.inbox.read_only:
            by_root.setdefault(letter.letter.inbox.root, []).append(letter.letter.relative)
    return frozenset(
        root / path
        for root, paths in by_root.items()
        if root.is_dir()  # a worktree that was removed meanwhile has nothing to track
        for path in list_tracked(root, paths)
    )


def _notes(workspace: Workspace, inspection: Inspection | None) -> tuple[str, ...]:
    notes = [workspace.note] if workspace.note else []
    if inspection and inspection.branch is None:
        notes.append("HEAD is detached: a commit is on no branch until `git switch -c NAME`")
    if inspection and inspection.paths[workspace.git_path].ignored:
        notes.append("git ignores the document: nothing is committed")
    return tuple(notes)


def _report(
    plan: Plan, done: _Done, recovered: Finished | None, notes: tuple[str, ...]
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
        notes = (*recovered.notes, *notes)
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
