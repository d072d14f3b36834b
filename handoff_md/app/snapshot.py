"""Loads what is known of sessions: from the store, the work trees' documents and the branches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from handoff_md.app.belonging import concern_of
from handoff_md.app.documents import parse_once
from handoff_md.app.work_trees import find_root, roots_of
from handoff_md.app.workspace import Workspace
from handoff_md.git.branches import find_dropped_commits, find_words_in_branches, read_in_branches
from handoff_md.ledger.merged import find_suspects, group_merged, is_of, tells_of, tells_of_claim
from handoff_md.ledger.records import Claim, MergedSummary
from handoff_md.ledger.state import SessionState, Snapshot, state_of
from handoff_md.semantics.entries.identity import RecordedSessions, index_sessions
from handoff_md.store.archive import list_merged
from handoff_md.store.files import read_bytes
from handoff_md.syntax.session_id import read_session_id
from handoff_md.text.source import decode
from handoff_md.value import Value


def take_snapshot(
    workspace: Workspace, claims: Iterable[Claim] = (), released: Iterable[Claim] = ()
) -> Snapshot:
    """Look at all finished merges, and at what else decides how far ``claims`` have come.

    ``released`` are claims that were let go.

    Raises:
        FileError: a record or the document can't be read.
        GitError: git can't tell.
    """
    merges, claims = list_merged(workspace.state, concern_of(workspace)), tuple(claims)
    known = replace(snapshot_of(workspace, merges), released=frozenset(released))
    logged = {
        claim.key
        for claim in claims
        if state_of(known, claim) is SessionState.NO_LOG and find_root(workspace, claim)
    }
    ended = [claim for claim in claims if state_of(known, claim) is SessionState.ENDED]
    arrived = frozenset(_find_arrived(workspace, ended))
    return replace(known, logged=frozenset(logged), arrived=arrived)


def _find_arrived(workspace: Workspace, ended: Iterable[Claim]) -> Iterator[str]:
    """Give the keys of those that another clone has merged: a document here tells of them.

    Of the branches' documents those are read that name a log, or an id that was drawn.
    """
    if not workspace.commits_summaries:
        return
    waiting = {name.encode(): claim for claim in ended for name in [_name_of(claim)] if name}
    for root in roots_of(workspace) if waiting else ():
        index = _read_document(workspace._replace(root=root))
        yield from (one.key for one in waiting.values() if tells_of_claim(index, one))
    repository = workspace.repository
    for data in read_in_branches(repository, workspace.git_path) if waiting and repository else ():
        if named := [claim for name, claim in waiting.items() if name in data]:
            index = _index(workspace, data)
            yield from (one.key for one in named if tells_of_claim(index, one))


def _name_of(claim: Claim) -> str:
    """Give what a document names a session by that no other one is named."""
    session_id = read_session_id(claim.id)
    return claim.id if session_id and session_id.is_drawn else claim.log.rpartition("/")[2]


def snapshot_of(workspace: Workspace, merges: Iterable[MergedSummary]) -> Snapshot:
    """Find what tells of some merges still; documents are read only where commits are gone.

    Raises:
        FileError: the document can't be read.
        GitError: git can't tell.
    """
    known = Snapshot(tuple(merges))
    repository = workspace.repository
    if repository is None:
        return known
    made = {one.merge.commit for one in known.merges if one.merge.commit}
    gone = find_dropped_commits(repository, made)
    suspects = find_suspects(group_merged(known.merges), gone)
    told = {
        key
        for document in (_documents(workspace) if suspects else ())
        for key, one in suspects.items()
        if tells_of(document, one)
    }
    names = {key[1] for key in suspects.keys() - told if key[1]}
    moved = find_words_in_branches(repository, names, without=workspace.config.sessions)
    return replace(known, gone=gone, told=frozenset(told), moved=moved)


class ToldSession(Value):
    """A session that something tells of, as it was merged last; ``here`` is this document."""

    merged: MergedSummary
    here: bool


def find_told(workspace: Workspace, claim: Claim) -> ToldSession | None:
    """Find what finished merges took of a session, and say where it is told of.

    None where none has taken it, or nothing tells of it any more.

    Raises:
        FileError: a record or the document can't be read.
        GitError: git can't tell.
    """
    records = list_merged(workspace.state, concern_of(workspace))
    merges = tuple(one for one in records if is_of(claim, one))
    if not merges:
        return None
    if tells_of(_read_document(workspace), merges[-1]):
        return ToldSession(merges[-1], here=True)
    if state_of(snapshot_of(workspace, merges), claim) is SessionState.DROPPED:
        return None
    return ToldSession(merges[-1], here=False)


def _documents(workspace: Workspace) -> Iterator[RecordedSessions]:
    """Give what the work trees' documents tell, and what each branch's does."""
    for root in roots_of(workspace):
        yield _read_document(workspace._replace(root=root))
    if workspace.repository:
        for data in read_in_branches(workspace.repository, workspace.git_path):
            yield _index(workspace, data)


def _read_document(workspace: Workspace) -> RecordedSessions:
    path = workspace.handoff
    data = read_bytes(path, root=workspace.root, limit=None) if path.is_file() else b""
    return _index(workspace, data)


def _index(workspace: Workspace, data: bytes) -> RecordedSessions:
    return index_sessions(parse_once(decode(data), workspace.config.hints()))
