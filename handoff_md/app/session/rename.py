"""Renames a session: its log, its claim, and the summary that it has handed over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from handoff_md.answer import Answer
from handoff_md.app.belonging import find_run, tell_copied
from handoff_md.app.documents import refuse_elsewhere
from handoff_md.app.session.committing import committed_path, repository_of
from handoff_md.app.session.find import FoundSession, find_session, root_of_log
from handoff_md.app.session.handover import is_foreign
from handoff_md.app.session.naming import checked_title
from handoff_md.app.snapshot import take_snapshot
from handoff_md.app.workspace import Workspace, open_workspace, sweep
from handoff_md.errors import ContentError
from handoff_md.git.commit import commit_paths
from handoff_md.git.objects import read_head
from handoff_md.git.repository import Repository
from handoff_md.git.status import find_operation, refuse_operation
from handoff_md.ledger.records import Claim
from handoff_md.ledger.state import SessionState, state_of
from handoff_md.semantics.retitle import retitle_log, retitle_summary
from handoff_md.sessions.logs import LOG, LOG_LIMIT
from handoff_md.store.archive import copies_folder
from handoff_md.store.claims import is_as_made, made_anew, update_claim
from handoff_md.store.files import digest, read_bytes, replace_bytes
from handoff_md.store.journal import load_journal
from handoff_md.store.place import share
from handoff_md.syntax.parse import parse
from handoff_md.syntax.session_id import read_session_id
from handoff_md.syntax.summary import parse_summary
from handoff_md.syntax.title import first_heading, read_title
from handoff_md.value import Value


class RenameRequest(Value, kw_only=True):
    """Which session gets which title."""

    directory: Path
    session_id: str
    title: str
    commit: bool = True
    verify: bool = True


class RenamedSession(Answer):
    """What `session rename --json` prints.

    Attributes:
        id: the session's id.
        title: its title now.
        previous_title: its title before.
        log: its log, relative to the work tree.
        log_root: that work tree.
        summaries: the absolute paths of the summaries that have the new title now.
        commit: the log's commit; null where none was made.
        notes: what else there is to know.
    """

    id: str
    title: str
    previous_title: str
    log: str
    log_root: str
    summaries: tuple[str, ...]
    commit: str | None
    notes: tuple[str, ...]


class _Named(Value):
    """A file of the session, a log or a summary: its bytes, and those with the new title."""

    path: Path
    data: bytes
    named: bytes

    def write(self) -> None:
        """Write it, unless somebody has changed it meanwhile (FileError)."""
        replace_bytes(self.path, self.named, expected=digest(self.data))

    def path_in(self, repository: Repository) -> str:
        """Give its path as git knows it."""
        return self.path.resolve().relative_to(repository.root).as_posix()


def rename_session(request: RenameRequest) -> RenamedSession:
    """Give a session another title, in all that tells of it and is not merged yet.

    The log keeps its file's name: links lead to it. Where the log is committed the new title is,
    too, and nothing else with it. Everything is checked before the first write; doing it again
    after a crash gives what doing it once gives.

    Raises:
        ContentError: the title can't be one, the session is merged, or its log or summary is not
            its own or can't be changed.
        HandoffError: nothing is known of it, or configuration, files or git stand in the way.
    """
    workspace = open_workspace(request.directory)
    workspace.refuse_outer_folders()
    title = checked_title(request.title, hint="Give the session another one.")
    if not title:
        raise ContentError("the title is empty", "Give the session's new title behind its id.")
    with workspace.locked():
        sweep(workspace)
        found = find_session(workspace, request.session_id)
        root = root_of_log(workspace, found)
        _refuse_merged(workspace, found.claim)
        log = _name_log(found, root, title)
        summaries = tuple(_name_summaries(workspace, found, title))
        committed = root / committed_path(workspace, found.claim)
        shared = tuple(_name_summary(workspace, found.claim, committed, title))
        commit, notes = _write_log(workspace, root, log, shared, found.claim, title, request)
        if found.claimed:
            # Before the summaries: it knows them by their digest, after a crash as well.
            update_claim(workspace.state, _renamed(found.claim, title, log, summaries))
        for summary in summaries:
            summary.write()
            if summary.path.is_relative_to(workspace.state):
                share(workspace.state, summary.path)
    return RenamedSession(
        found.claim.id,
        title,
        found.claim.title,
        found.claim.log,
        str(root),
        tuple(str(summary.path) for summary in (*summaries, *shared)),
        commit,
        (*tell_copied(f"session {found.claim.id}", found.claim), *notes),
    )


def _refuse_merged(workspace: Workspace, claim: Claim) -> None:
    """Refuse a session that has gone into the document, or is on its way there."""
    state = state_of(take_snapshot(workspace, [claim]), claim)
    if state is SessionState.MERGED:
        where = "of its entry there"
        if workspace.is_derived:
            where = f"in {committed_path(workspace, claim)}, or {where}"
        raise ContentError(
            f"session {claim.id} is merged: the handoff document tells of it",
            f"Change the title {where}.",
        )
    if state is SessionState.DROPPED:
        raise ContentError(
            f"session {claim.id} was merged, in a commit that is in no branch any more",
            f"`handoff-md session end {claim.id}` makes its entry again; change the title there.",
        )
    journal = load_journal(workspace.state)
    own = read_session_id(claim.id)
    if journal and own in (read_session_id(one.id) for one in journal.sessions):
        raise ContentError(
            f"session {claim.id} is part of a merge that is not finished",
            "Run `handoff-md merge` first: it finishes that one, or takes it back.",
        )


def _name_log(found: FoundSession, root: Path, title: str) -> _Named:
    """Read the log, and make what it is to be."""
    claim = found.claim
    data = read_bytes(root / claim.log, root=root, limit=LOG_LIMIT, limit_of=LOG)
    document = parse(data)
    heading = first_heading(document)
    claimed = read_title(document.source.slice(heading.text)).session_id if heading else None
    if claimed and claimed.stem not in (None, found.session_id.stem):
        raise ContentError(
            f"the log {root / claim.log} is session {claimed}'s by its heading",
            f"Mend the heading, or put the log of session {claim.id} there.",
        )
    return _Named(root / claim.log, data, _with_title(data, claim, title))


def _with_title(data: bytes, claim: Claim, title: str) -> bytes:
    patch = retitle_log(parse(data), claim.title, title)
    if patch is None:
        raise ContentError(
            f"the log of session {claim.id} would not read {title!r} as its title",
            f"Give other words, or write a first heading like `# Session {claim.id}: Words` "
            f"into {claim.log}.",
        )
    return patch.apply().to_bytes()


def _name_summaries(workspace: Workspace, found: FoundSession, title: str) -> Iterator[_Named]:
    """Read the summaries that are the session's own, wherever they wait, and their copy."""
    claim = found.claim
    roots = dict.fromkeys(root for root in (workspace.root, found.root) if root)
    places = [copies_folder(workspace.state) / Path(claim.summary).name]
    places += [root / claim.summary for root in roots]
    return (one for path in places for one in _name_summary(workspace, claim, path, title))


def _name_summary(workspace: Workspace, claim: Claim, path: Path, title: str) -> Iterator[_Named]:
    """Read a summary that may be there, and may be the session's own."""
    if not path.is_file():
        return
    data = read_bytes(path, root=path.parent, limit=workspace.config.max_summary_size)
    if digest(data) != claim.digest and is_foreign(data, claim):
        return
    named = retitle_summary(parse_summary(data, name=claim.summary), title)
    if named is None:
        raise ContentError(
            f"the summary {path} would not read {title!r} as its title",
            "Give other words, or write its front matter's `title` in one line.",
        )
    yield _Named(path, data, named.to_bytes())


def _write_log(
    workspace: Workspace,
    root: Path,
    log: _Named,
    shared: tuple[_Named, ...],
    claim: Claim,
    title: str,
    request: RenameRequest,
) -> tuple[str | None, tuple[str, ...]]:
    """Write the log, and commit its new title where it is committed and nothing else changed.

    ``shared`` is the summary that is committed beside it: it is written, and committed, with it.
    """
    repository = repository_of(workspace, root)
    commits, notes = False, tuple[str, ...]()
    if repository and request.commit:
        commits, notes = _may_commit(repository, log, claim, title)
    held = [one for one in shared if commits and repository and _is_held(repository, one)]
    for one in (log, *shared):
        one.write()
    if repository is None or not commits:
        return None, notes
    run = find_run(workspace)
    commit = commit_paths(
        repository,
        message=f"docs(session): rename session {claim.id}\n",
        changed=[one.path_in(repository) for one in (log, *held)],
        no_verify=not request.verify,
        run_token=run.token if run else None,
        lock_seconds=workspace.index_seconds,
    )
    return commit, notes


def _is_held(repository: Repository, summary: _Named) -> bool:
    """Tell whether HEAD has a summary as it is or will be: a command may have been killed."""
    held = read_head(repository, summary.path_in(repository))
    return held is not None and _plain(held) in (_plain(summary.data), _plain(summary.named))


def _may_commit(
    repository: Repository, log: _Named, claim: Claim, title: str
) -> tuple[bool, tuple[str, ...]]:
    """Tell whether a commit of the log would hold the new title and nothing else.

    Raises:
        GitError: a merge or the like is in progress, or the log is another repository's.
    """
    path = log.path_in(repository)
    committed = read_head(repository, path)
    if committed is None:
        return False, ()
    patch = retitle_log(parse(committed), claim.title, title)
    if patch is None or _plain(patch.apply().to_bytes()) != _plain(log.named):
        return False, ("the log has changes that are not committed: its new title is one of them",)
    refuse_elsewhere(repository, path)
    refuse_operation(repository, find_operation(repository))
    return True, ()


def _plain(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")


def _renamed(claim: Claim, title: str, log: _Named, summaries: tuple[_Named, ...]) -> Claim:
    """Give the claim with the title, and with the digests of what is as it was made still."""
    own = next((one for one in summaries if claim.digest == digest(one.data)), None)
    named = replace(claim, title=title, digest=digest(own.named) if own else claim.digest)
    return made_anew(named, log.named) if is_as_made(claim, log.data) else named
