"""The commit that a session's end makes: its log and, for other clones, its summary; no more."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from handoff_md.app.documents import refuse_elsewhere
from handoff_md.app.session.ended import EndRequest
from handoff_md.app.session.find import OpenedLog
from handoff_md.app.session.handover import is_foreign
from handoff_md.app.workspace import Workspace
from handoff_md.errors import ContentError, HandoffError
from handoff_md.git.commit import commit_paths
from handoff_md.git.repository import Repository, find_repository
from handoff_md.git.status import find_operation, read_changes, refuse_operation
from handoff_md.ledger.ids import id_of
from handoff_md.ledger.records import Claim, Run
from handoff_md.semantics.summaries.committed import committed_name
from handoff_md.store.claims import load_claim, update_claim
from handoff_md.store.files import create_folder, read_present, replace_bytes
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.app.contact import Contact


class Committed(Value):
    """What is committed of a session: its log's commit, and its summary's path, empty for none.

    ``commit`` is None where HEAD holds all of it already, or nothing was to be committed.
    """

    commit: str | None = None
    summary: str = ""
    notes: tuple[str, ...] = ()


def committed_path(workspace: Workspace, claim: Claim) -> str:
    """Give the path of a session's committed summary, relative to its work tree's root."""
    name = committed_name(dt.date.fromisoformat(claim.date), id_of(claim))
    return f"{workspace.config.committed}/{name}"


def repository_of(workspace: Workspace, root: Path) -> Repository | None:
    """Give the repository of the work tree that a log lies in; None where git is not used."""
    repository = workspace.repository
    return find_repository(root) if repository and root != repository.root else repository


class CommitTarget(Value):
    """What a session's end commits, and where: the summary's bytes are None where none is shared.

    ``names`` are the paths of log and summary, each with the path by which git knows it.
    """

    claim: Claim
    root: Path
    repository: Repository | None
    log: str
    path: str
    summary: bytes | None
    names: Mapping[str, str]


def find_target(
    workspace: Workspace, log: OpenedLog, claim: Claim, summary: bytes | None, *, commits: bool
) -> CommitTarget:
    """Find what is to be committed; nothing is written.

    Raises:
        FileError: a symbolic link leads out of the work tree.
        GitError: with ``commits``, a merge or the like is in progress, or a path is another
            repository's.
    """
    repository = repository_of(workspace, log.root)
    path = committed_path(workspace, claim) if summary is not None else ""
    names: dict[str, str] = {}
    if repository:
        names = {one: _path_in(workspace, log.root, one) for one in (log.path, path) if one}
    if repository and commits:
        for name in names.values():
            refuse_elsewhere(repository, name)
        refuse_operation(repository, find_operation(repository))
    return CommitTarget(claim, log.root, repository, log.path, path, summary, names)


def commit_session(
    workspace: Workspace, target: CommitTarget, request: EndRequest, run: Run | None
) -> Committed:
    """Write the summary that others are to see, and commit it with the log, and nothing else.

    What git ignores is left out, and told.

    Raises:
        ContentError: another session's summary lies in its place.
        FileError: the summary can't be written.
        GitError: git or a hook refuses.
    """
    claim, repository, path = target.claim, target.repository, target.path
    if repository and target.summary is not None:
        _write(target.root / path, target.summary, claim)
    if repository is None or not request.commit:
        return Committed(summary=path, notes=(workspace.note,) if workspace.note else ())
    seen = read_changes(repository, list(target.names.values()))
    ignored = [one for one, name in target.names.items() if seen[1].get(name) == "!!"]
    lost = {
        target.log: "git ignores the log: it is not committed, and no entry links it",
        path: f"git ignores {path}: it is not committed, and no branch has the summary for others",
    }
    committed = Committed(
        summary="" if path in ignored else path, notes=tuple(lost[one] for one in ignored)
    )
    changed = [name for one, name in target.names.items() if one not in ignored]
    if not changed:
        return committed
    commit = commit_paths(
        repository,
        message=f"docs(session): log session {claim.id}\n",
        changed=changed,
        no_verify=not request.verify,
        run_token=run.token if run else None,
        lock_seconds=workspace.index_seconds,
        seen=seen,
    )
    return replace(committed, commit=commit)


def _write(place: Path, summary: bytes, claim: Claim) -> None:
    """Write the summary, unless another session's lies there."""
    present = read_present(place)
    if present == summary:
        return
    if present is not None and is_foreign(present, claim):
        raise ContentError(
            f"{place} is another session's summary, and is left as it is",
            f"Two sessions have the id {claim.id}: `handoff-md session start` gives out another.",
        )
    create_folder(place.parent)
    replace_bytes(place, summary)


def _path_in(workspace: Workspace, root: Path, name: str) -> str:
    """Give a path as git knows it, links resolved (FileError: one leads out of the work tree)."""
    top = Path(os.path.realpath(root))
    place = Path(os.path.realpath(root / name))
    workspace._replace(root=top).refuse_outside(name, place, kind="file")
    return place.relative_to(top).as_posix()


class PublishedEnd(NamedTuple):
    """The run that a session has ended in, by its token, and notes on what was not told."""

    run: str
    notes: tuple[str, ...] = ()


def publish_end(workspace: Workspace, claim: Claim, summary: bytes | None) -> PublishedEnd:
    """Publish the summary of a session that has ended, and let its claim go: one push for both.

    None stands for a summary that does not wait. One that waits is of the run that is active by
    now, wherever that has begun. Whatever stands in the way is a note: the session has ended, and
    at the next contact the remote is told.
    """
    session_id, run = read_session_id(claim.id), claim.run
    if session_id is None or not workspace.uses_refs:
        return PublishedEnd(run)

    from handoff_md.app.contact import reach_remote
    from handoff_md.app.joint import meet
    from handoff_md.ledger.announced import summary_ref

    try:
        with reach_remote(workspace) as contact:
            if summary is not None:
                run = run or _join(workspace, contact, session_id)
                name, message = summary_ref(session_id, run), f"handoff-md: end {claim.id}"
                contact.want(name, committed_path(workspace, claim), summary, message)
            meet(workspace, contact)
            return PublishedEnd(run, tuple(contact.notes))
    except HandoffError as error:
        note = f"the remote is not told of the session's end: {error.message}"
        return PublishedEnd(run, (note,))


def _join(workspace: Workspace, contact: Contact, session_id: SessionId) -> str:
    """Make a session that has ended one of the run of all machines; give its token, if any."""
    from handoff_md.app.joint import find_joined

    token = find_joined(workspace, contact)
    claim = load_claim(workspace.state, session_id.key) if token else None
    if claim:
        update_claim(workspace.state, replace(claim, run=token))
    return token
