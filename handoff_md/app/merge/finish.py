"""Finishes a merge whose document is written: commit, archive, record. Also after a crash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from handoff_md.app.belonging import find_run
from handoff_md.app.workspace import Workspace
from handoff_md.git.commit import commit_paths, refresh_index
from handoff_md.git.objects import read_head
from handoff_md.git.repository import Repository
from handoff_md.ledger.records import Journal, JournalSession
from handoff_md.store.archive import (
    ArchiveMove,
    ArchiveOutcome,
    archive_copies,
    archive_folder,
    archive_summaries,
    finish_journal,
    restore_summary,
)
from handoff_md.store.files import NO_FILE, digest, digest_of, replace_bytes
from handoff_md.store.journal import remove_journal
from handoff_md.value import Value

_LONGEST_SUBJECT = 72


class Finished(Value):
    """A merge that is done: its commit, where each summary (by path) lies now, what is notable."""

    journal: Journal
    commit: str | None
    archived: Mapping[str, str]
    notes: tuple[str, ...] = ()


def commit_written(
    workspace: Workspace, repository: Repository | None, journal: Journal
) -> str | None:
    """Commit the document that the journal says is written; None where nothing is to be committed.

    Tracked summaries go to the archive first, and the commit removes them.

    Raises:
        HandoffError: git or a hook refused, or a summary can't be moved. Nothing is committed.
    """
    if repository is None or journal.message is None:
        return None
    path = relative_to(repository, journal.handoff)
    removed = _archive_tracked(workspace, repository, journal)
    commit = commit_paths(
        repository,
        message=journal.message,
        changed=[path],
        removed=removed,
        no_verify=journal.no_verify,
        run_token=run_token(workspace),
        lock_seconds=workspace.index_seconds,
    )
    if commit and digest_of(Path(journal.handoff)) != journal.new_digest:
        # A hook has formatted and added the document: git leaves the index at what it was before.
        refresh_index(repository, [path])
    return commit


def commit_removals(
    workspace: Workspace, repository: Repository | None, journal: Journal
) -> str | None:
    """Commit the removal of tracked summaries where HEAD holds the document, but still them too.

    Somebody has committed the document alone after ``--no-commit``, or their branch came later.

    Raises:
        HandoffError: as `commit_written`.
    """
    if repository is None or journal.message is None:
        return None
    removed = _archive_tracked(workspace, repository, journal)
    if not removed:
        return None
    return commit_paths(
        repository,
        message=write_removal_message(
            journal.orchestrator, [s.id for s in journal.sessions if s.tracked and s.archived_to]
        ),
        changed=[],
        removed=removed,
        no_verify=journal.no_verify,
        run_token=run_token(workspace),
        lock_seconds=workspace.index_seconds,
    )


def write_removal_message(orchestrator: str, ids: Sequence[str]) -> str:
    """Write the message of a commit that only removes summaries which were merged before.

    It names the sessions in its subject alone: a trailer would say that this commit merges them.
    """
    if len(ids) == 1:
        subject = f"docs(handoff): archive the summary of session {ids[0]}"
    else:
        subject = f"docs(handoff): archive the summaries of sessions {', '.join(ids)}"
    if len(subject) > _LONGEST_SUBJECT:
        subject = f"docs(handoff): archive {len(ids)} merged summaries"
    return f"{subject}\n\nHandoff-Orchestrator: {orchestrator}\n"


def _archive_tracked(
    workspace: Workspace, repository: Repository, journal: Journal
) -> tuple[str, ...]:
    """Archive the summaries that a commit is to remove, and give their paths in git."""
    tracked = [session for session in journal.sessions if session.tracked and session.archived_to]
    _archive(workspace, journal, tracked)
    return tuple(relative_to(repository, session.summary) for session in tracked)


def archive_merged(workspace: Workspace, journal: Journal, commit: str | None) -> Finished:
    """Archive the summaries of a merge that is done, and record it with its commit.

    Where there was nothing to commit, HEAD held the document before.

    Raises:
        FileError: a file can't be moved. The journal stays, and the next merge goes on here.
    """
    archived, notes = _archive(workspace, journal, journal.sessions)
    archive_copies(workspace.state, journal)
    held_by = commit or journal.head if journal.message is not None else None
    finish_journal(workspace.state, replace(journal, commit=held_by))
    return Finished(journal, commit, archived, notes)


def is_committed(repository: Repository, journal: Journal) -> bool:
    """Tell whether HEAD holds the new document; then the index is brought up to it too.

    A commit that was killed behind its last step but one leaves the index at the old document.

    Raises:
        GitError: HEAD can't be read, or another process holds the index.
    """
    path = relative_to(repository, journal.handoff)
    held = read_head(repository, path)
    if held is None or digest(held) != journal.new_digest:
        return False
    removed = [relative_to(repository, s.summary) for s in journal.sessions if s.tracked]
    refresh_index(repository, [path, *removed])
    return True


def run_token(workspace: Workspace) -> str | None:
    """Give the active run's token, by which hooks know a commit of the tool itself."""
    run = find_run(workspace)
    return run.token if run else None


def relative_to(repository: Repository, path: str) -> str:
    """Give an absolute path relative to the root of the work tree, with ``/``."""
    return Path(path).relative_to(repository.root).as_posix()


def _archive(
    workspace: Workspace, journal: Journal, sessions: Sequence[JournalSession]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Move summaries to the archive; give where they lie, and what stays where it is."""
    folder = archive_folder(workspace.state, journal)
    moves = {
        session.summary: ArchiveMove(
            Path(session.summary), folder / session.archived_to, session.digest
        )
        for session in sessions
        if session.archived_to
    }
    outcomes = archive_summaries(workspace.state, list(moves.values()))
    archived: dict[str, str] = {}
    notes: list[str] = []
    for (path, move), outcome in zip(moves.items(), outcomes, strict=True):
        if outcome in (ArchiveOutcome.ARCHIVED, ArchiveOutcome.ALREADY):
            archived[path] = str(move.destination)
        elif outcome is ArchiveOutcome.CHANGED:
            notes.append(f"{path} changed after it was read: what was merged is the older content")
        else:
            notes.append(f"{path} is gone; it could not be archived")
    return archived, tuple(notes)


def take_back(workspace: Workspace, journal: Journal, old: bytes | None) -> bool:
    """Undo a merge that could not be committed: old document, summaries, no journal.

    Returns:
        False where the document is neither the old nor the new one, since a hook or somebody
        else has changed it meanwhile: it stays as it is, and so does the journal.

    Raises:
        HandoffError: the document can't be put back; the journal stays.
    """
    path = Path(journal.handoff)
    restore_tracked(workspace, journal)
    found = digest_of(path)
    if found == journal.new_digest != journal.old_digest:
        if old is None:
            path.unlink()
        else:
            replace_bytes(path, old, expected=found)
    elif found != (journal.old_digest or NO_FILE):
        return False
    remove_journal(workspace.state)
    return True


def restore_tracked(workspace: Workspace, journal: Journal) -> None:
    """Put tracked summaries back that were archived for a commit that did not come."""
    folder = archive_folder(workspace.state, journal)
    for session in journal.sessions:
        if session.tracked and session.archived_to and (folder / session.archived_to).exists():
            restore_summary(folder / session.archived_to, Path(session.summary))
