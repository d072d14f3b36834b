"""What a session may be called: which ids are known anywhere, and which titles pass.

A source of ids that can't be read is an error, never nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from handoff_md.app.documents import parse_once
from handoff_md.app.work_trees import heads_of
from handoff_md.app.workspace import Workspace
from handoff_md.errors import ContentError, FileError
from handoff_md.git.branches import list_in_branches, read_in_branches, read_in_commits
from handoff_md.ledger.ids import KnownSessions, ids_in, read_numbering
from handoff_md.ledger.records import Run
from handoff_md.reading import read_regular
from handoff_md.store.archive import archive_folders, copies_folder
from handoff_md.store.claims import claimed_keys
from handoff_md.store.files import file_error, list_names
from handoff_md.store.runs import closed_runs
from handoff_md.syntax.grammar import SUMMARY_NAME, LogName, read_log_name
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.text.source import decode


def find_known(workspace: Workspace, run: Run | None) -> KnownSessions:
    """Look for session ids in claims, runs, logs, summaries and documents, everywhere.

    Logs count in all worktrees, their HEADs, and local and remote-tracking branches; summaries in
    all worktrees, as copies and in the archive; documents in all worktrees and their HEADs. Where
    none of these has a document, the branches' count.

    Raises:
        FileError: a folder or a document can't be read.
        GitError: the worktrees or branches can't be.
    """
    config = workspace.config
    heads = heads_of(workspace)
    roots = tuple(heads)
    commits = tuple({head for head in heads.values() if head})
    logs = {log for root in roots for log in _logs(list_names(root / config.sessions))}
    if workspace.repository:
        logs |= set(_logs(list_in_branches(workspace.repository, config.sessions, commits)))
    ids = {log.session_id for log in logs}
    folders = [root / config.summaries for root in roots]
    folders += [copies_folder(workspace.state), *archive_folders(workspace.state)]
    ids |= {known for folder in folders for known in _summaries(folder)}
    documents = {root: _read(root / config.handoff) for root in roots}
    found = set(documents.values())
    own = documents.get(workspace.root, b"")
    hints = config.hints()
    numbering = read_numbering(parse_once(decode(own), hints))
    told_of: set[SessionId] = set()
    for data in found.union(_committed(workspace, commits, found=any(found))):
        told_of |= set(ids_in(parse_once(decode(data), hints)))
    told = list(claimed_keys(workspace.state))
    for known_run in (*closed_runs(workspace.state), *([run] if run else [])):
        told += [known_run.orchestrator, *known_run.expect, *known_run.sessions]
    ids |= {known for text in told if (known := read_session_id(text))}
    named = tuple(sorted(logs, key=lambda log: log.name))
    return KnownSessions(frozenset(ids | told_of), named, frozenset(ids), numbering)


def _committed(workspace: Workspace, commits: Sequence[str], *, found: bool) -> Iterator[bytes]:
    """Give the document as the work trees' HEADs hold it, and where none is found as branches do.

    It may be deleted on disk, or lie outside of a sparse checkout.
    """
    repository = workspace.repository
    if repository is None:
        return
    path = workspace.git_path
    held = tuple(read_in_commits(repository, path, commits))
    yield from held
    if not (held or found):
        yield from read_in_branches(repository, path)


def _logs(names: Iterable[str]) -> Iterator[LogName]:
    return (log for name in names if (log := read_log_name(name)))


def _summaries(folder: Path) -> Iterator[SessionId]:
    for name in list_names(folder):
        match = SUMMARY_NAME.fullmatch(name)
        known = read_session_id(match["id"]) if match else None
        if known:
            yield known


def _read(path: Path) -> bytes:
    """Read a worktree's document; one that is not there tells of nothing."""
    try:
        return read_regular(path)
    except FileNotFoundError:
        return b""
    except OSError as error:
        failed = file_error("read", path, error)
        hint = failed.hint or "The next free id is one above all that is known: give one with --id."
        raise FileError(failed.message, hint) from error


def checked_title(text: str, *, hint: str) -> str:
    """Make a title one line, and refuse what could not be a summary's; an empty one passes.

    Raises:
        ContentError: says why, with the hint.
    """
    title = " ".join(text.split())
    if title:
        # Only now: a session that is claimed for an agent that never asked has none.
        from handoff_md.semantics.document.credentials import find_secrets
        from handoff_md.semantics.summaries.containment import contain_title

        problems = contain_title(title, captured={}).problems
        problems += tuple(f"holds {one.kind}, `{one.show(title)}`" for one in find_secrets(title))
        if problems:
            raise ContentError(f"the title {problems[0]}", hint)
    return title
