"""Finishes, or takes back, what an earlier command left when it was killed."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from handoff_md.app.belonging import is_own_file
from handoff_md.app.merge.finish import (
    Finished,
    archive_merged,
    commit_removals,
    commit_written,
    is_committed,
    relative_to,
    restore_tracked,
)
from handoff_md.app.workspace import Workspace, sweep
from handoff_md.errors import FileError
from handoff_md.git.objects import last_commit
from handoff_md.git.process import write_git
from handoff_md.git.repository import Repository, find_repository, read_repository
from handoff_md.git.status import inspect_paths, wait_for_index
from handoff_md.ledger.records import Journal
from handoff_md.reading import read_if_there
from handoff_md.semantics.entries.identity import recorded_sessions
from handoff_md.store.archive import archive_folder
from handoff_md.store.files import NO_FILE, digest_of, sweep_orphans
from handoff_md.store.journal import journal_path, load_journal, remove_journal
from handoff_md.syntax.parse import parse
from handoff_md.syntax.session_id import read_session_id
from handoff_md.value import Value


class Recovery(Value):
    """What became of an unfinished merge: it is finished now, still to be committed, or neither."""

    finished: Finished | None = None
    pending: bool = False


def recover(workspace: Workspace, *, commit: bool) -> Recovery:
    """Deal with the journal of a merge that is not finished.

    If the document is as it was before, nothing has happened and the journal goes. If it is what
    the merge wrote, the merge is finished. If it is something else, somebody has worked on it:
    when that work tells of the sessions and is committed (or there is no git), the merge is done.
    A merge with ``--no-commit`` stays pending until ``commit`` is asked for.

    Raises:
        FileError: the document has changes that the journal does not explain.
        HandoffError: the merge can't be finished now.
    """
    journal = load_journal(workspace.state)
    journal = _keep_to_own(workspace, journal) if journal else None
    folder = Path(journal.handoff).parent if journal else workspace.handoff.parent
    for swept in (folder, workspace.state, *_archive_of(workspace, journal)):
        if swept.is_dir():
            sweep_orphans(swept)
    sweep(workspace)
    if journal is None:
        return Recovery()
    if not folder.is_dir():
        return _take_back(workspace, journal)
    return _settle(workspace, journal, commit=commit)


def _keep_to_own(workspace: Workspace, journal: Journal) -> Journal:
    """Leave alone what lies in another repository: this one may be a copy of it.

    Raises:
        FileError: the document itself does.
    """
    document = Path(journal.handoff)
    if document.parent.is_dir() and not is_own_file(workspace, document):
        found = read_repository(document.parent)
        shared = found is not None and workspace.state.parent == found.common_dir
        aside = "" if shared else "; here move the record away, and run the command again"
        raise FileError(
            f"{journal_path(workspace.state)} tells of an unfinished merge of {document}, which is "
            "no file of this work tree or of one that is linked to it",
            f"Finish that merge there{aside}.",
        )
    sessions = tuple(
        session
        if session.archived_to is None or is_own_file(workspace, Path(session.summary))
        else replace(session, archived_to=None)
        for session in journal.sessions
    )
    return replace(journal, sessions=sessions)


def _archive_of(workspace: Workspace, journal: Journal | None) -> tuple[Path, ...]:
    return (archive_folder(workspace.state, journal),) if journal else ()


def _take_back(workspace: Workspace, journal: Journal) -> Recovery:
    """Forget a merge that has left nothing in the document."""
    restore_tracked(workspace, journal)
    remove_journal(workspace.state)
    return Recovery()


def _settle(workspace: Workspace, journal: Journal, *, commit: bool) -> Recovery:
    """Compare what the journal says with HEAD and the file, and do what is left to do."""
    document = Path(journal.handoff)
    repository = _repository_of(workspace, journal)
    if repository and journal.message is not None:
        # The git of a killed command lives on, and may be about to make the commit.
        wait_for_index(repository, seconds=workspace.index_seconds)
        if is_committed(repository, journal):
            made = _last_commit(repository, journal)
            commit_removals(workspace, repository, journal)
            return Recovery(archive_merged(workspace, journal, made))
    found = digest_of(document)
    if found == journal.new_digest:
        if not (commit or journal.commit_wanted):
            return Recovery(pending=True)
        made = commit_written(workspace, repository, journal)
        made = made or _last_commit(repository, journal)
        return Recovery(archive_merged(workspace, journal, made))
    if found == (journal.old_digest or NO_FILE):
        return _take_back(workspace, journal)
    return _settle_foreign(workspace, repository, journal, document)


def _last_commit(repository: Repository | None, journal: Journal) -> str | None:
    """Give the last commit of the document; None where no commit is ever wanted."""
    if repository is None or journal.message is None:
        return None
    return last_commit(repository, relative_to(repository, journal.handoff))


def _repository_of(workspace: Workspace, journal: Journal) -> Repository | None:
    """Give the work tree that the merge ran in: this one, or another linked to it."""
    repository = workspace.repository
    if repository is None or Path(journal.handoff).is_relative_to(repository.root):
        return repository
    return find_repository(Path(journal.handoff).parent)


def _settle_foreign(
    workspace: Workspace, repository: Repository | None, journal: Journal, document: Path
) -> Recovery:
    """Deal with a document that is neither what the merge found nor what it wrote."""
    if repository and journal.message is not None:
        path = relative_to(repository, journal.handoff)
        state = inspect_paths(repository, [path]).paths[path]
        if state.staged or state.unstaged or state.unmerged:
            raise FileError(
                f"{document} was changed after a merge of {journal.date} that is not committed",
                f"Look at `{write_git(repository.root, 'diff', 'HEAD', '--', path)}`; commit it or "
                "put it back, then run the command again.",
            )
    text = read_if_there(document) or b""
    told = {
        recorded.key.session_id
        for recorded in recorded_sessions(parse(text, hints=workspace.config.hints()))
    }
    if told.issuperset(read_session_id(session.id) for session in journal.sessions):
        commit_removals(workspace, repository, journal)
        return Recovery(archive_merged(workspace, journal, _last_commit(repository, journal)))
    return _take_back(workspace, journal)
