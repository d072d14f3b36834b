"""What became of sessions that were merged: told of here, or elsewhere, or dropped by a reset."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from pathlib import PurePath

from msgspec.structs import replace

from handoff_md.app.belonging import concern_of
from handoff_md.app.work_trees import roots_of
from handoff_md.app.workspace import Workspace
from handoff_md.git.branches import find_words_in_branches, read_in_branches
from handoff_md.git.reach import find_dropped_commits
from handoff_md.ledger.records import Claim, MergedSummary
from handoff_md.semantics.entries.identity import RecordedSessions, SessionKey, index_sessions
from handoff_md.store.archive import list_merged, recent_merges, summaries_of
from handoff_md.store.claims import load_claim
from handoff_md.store.files import read_bytes
from handoff_md.syntax.parse import parse
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.value import Value

MergedKey = tuple[SessionId | None, str]
"""What tells sessions that were merged apart: the id, and the log's file name (empty: none)."""


class Whereabouts(Enum):
    """Where a session that was merged is told of."""

    HERE = "here"
    """The document of this work tree tells of it."""
    ELSEWHERE = "elsewhere"
    """A commit that tells of it is in some branch; this document does not, or not any more."""
    DROPPED = "dropped"
    """Nothing tells of it any more: its commit was reset, or went with its branch."""


class MergedSessions(Value):
    """All sessions that finished merges took.

    ``told`` are those of which something tells still, ``dropped`` the others; each has the summary
    that was merged last. ``by_digest`` finds a session by the SHA-256 of its summary: one may have
    been merged without its log.
    """

    told: Mapping[MergedKey, MergedSummary]
    dropped: Mapping[MergedKey, MergedSummary]
    by_digest: Mapping[str, MergedKey]

    def key_of(self, claim: Claim) -> MergedKey:
        """Give the key under which a claimed session was merged, if it was."""
        own = key_of_claim(claim)
        known = own in self.told or own in self.dropped
        return own if known else self.by_digest.get(claim.digest, own)


def survey_merged(workspace: Workspace) -> MergedSessions:
    """Look at all finished merges, and find those sessions of which nothing tells any more.

    Raises:
        FileError: a record or the document can't be read.
        GitError: git can't tell.
    """
    merged = _by_session(list_merged(workspace.state, concern_of(workspace)))
    dropped = _find_dropped(workspace, merged)
    by_digest = {one.session.digest: key for key, all_of in merged.items() for one in all_of}
    told = {key: all_of[-1] for key, all_of in merged.items() if key not in dropped}
    return MergedSessions(told, dropped, by_digest)


def locate(workspace: Workspace, claim: Claim) -> tuple[Whereabouts, MergedSummary] | None:
    """Say where a claimed session is told of; None where no finished merge has taken it.

    Raises:
        FileError: a record or the document can't be read.
        GitError: git can't tell.
    """
    own = key_of_claim(claim)
    records = [
        summary
        for summary in list_merged(workspace.state, concern_of(workspace))
        if key_of_merged(summary) == own or summary.session.digest == claim.digest
    ]
    if not records:
        return None
    if tells_of(_read_document(workspace), records[-1]):
        return Whereabouts.HERE, records[-1]
    dropped = _find_dropped(workspace, {own: records})
    return Whereabouts.DROPPED if dropped else Whereabouts.ELSEWHERE, records[-1]


def merged_before(
    workspace: Workspace, orchestrator: SessionId, run: str
) -> dict[SessionId, MergedSummary]:
    """Give the sessions that were merged in a run, or lately outside of one.

    ``run`` is the run's token. Outside of a run, where it is empty, the latest merges count as far
    back as they are this orchestrator's. A session that was claimed anew since is another one.

    Raises:
        FileError: a record in the archive or a claim can't be read.
    """
    merged: dict[SessionId, MergedSummary] = {}
    for merge in recent_merges(workspace.state, concern_of(workspace)):
        if merge.run != run if run else read_session_id(merge.orchestrator) != orchestrator:
            break
        for found in summaries_of(workspace.state, merge):
            session_id = read_session_id(found.session.id)
            if session_id and _may_be_claimed(workspace, session_id, found):
                merged.setdefault(session_id, found)
    return merged


def find_taken(
    workspace: Workspace, orchestrator: SessionId, ids: Sequence[SessionId], run: str
) -> dict[SessionId, MergedSummary]:
    """Find summaries that finished merges have taken of sessions that have none any more.

    An id alone may be another session's: what counts is what was merged in this run, or lately by
    this orchestrator; outside of a run also what the id's claim names, and what was dropped.

    Raises:
        FileError: a record, a claim or the document can't be read.
        GitError: git can't tell.
    """
    taken = merged_before(workspace, orchestrator, run)
    others = [known for known in ids if known not in taken]
    if others and not run:
        merged = _by_session(list_merged(workspace.state, concern_of(workspace)))
        named = {key: all_of for key, all_of in merged.items() if key[0] in others}
        for key, one in _find_dropped(workspace, named).items():
            if key[0] and _may_be_claimed(workspace, key[0], one):
                taken[key[0]] = one
        claims = (load_claim(workspace.state, known.key) for known in others)
        for key in (key_of_claim(claim) for claim in claims if claim):
            if key[0] and key in named:
                taken[key[0]] = named[key][-1]
    return {known: taken[known] for known in ids if known in taken}


def _may_be_claimed(workspace: Workspace, session_id: SessionId, merged: MergedSummary) -> bool:
    """Tell whether the session that holds an id now, if any, may be one that was merged."""
    claim = load_claim(workspace.state, session_id.key)
    if claim is None or claim.digest == merged.session.digest:
        return True
    return merged.session.log is not None and key_of_claim(claim) == key_of_merged(merged)


def key_of_claim(claim: Claim) -> MergedKey:
    """Give the key under which a claimed session was merged."""
    return read_session_id(claim.id), PurePath(claim.log).name


def key_of_merged(merged: MergedSummary) -> MergedKey:
    """Give the key of a summary that was merged."""
    return read_session_id(merged.session.id), PurePath(merged.session.log or "").name


def tells_of(document: RecordedSessions, merged: MergedSummary) -> bool:
    """Tell whether a document tells of a session that was merged."""
    session_id, log = key_of_merged(merged)
    if session_id is None:
        return False
    dates = {dt.date.fromisoformat(d) for d in (merged.session.date, merged.merge.date) if d}
    return any(document.find(SessionKey(session_id, date, log or None)) for date in dates)


def _by_session(merged: Iterable[MergedSummary]) -> dict[MergedKey, list[MergedSummary]]:
    found: defaultdict[MergedKey, list[MergedSummary]] = defaultdict(list)
    for summary in merged:
        found[key_of_merged(summary)].append(summary)
    return dict(found)


def _find_dropped(
    workspace: Workspace, merged: Mapping[MergedKey, list[MergedSummary]]
) -> dict[MergedKey, MergedSummary]:
    """Find the sessions whose commits are all gone, and that no branch's document tells of.

    A commit that was amended, rebased or squashed is gone as well, and what it told is not. Nor is
    an entry that was moved to another document: that names the log.
    """
    repository = workspace.repository
    if repository is None:
        return {}
    made = (summary.merge.commit for all_of in merged.values() for summary in all_of)
    gone = find_dropped_commits(repository, {commit for commit in made if commit})
    dropped = {
        key: all_of[-1]
        for key, all_of in merged.items()
        if all(summary.merge.commit in gone for summary in all_of)
    }
    for document in _documents(workspace) if dropped else ():
        dropped = {key: one for key, one in dropped.items() if not tells_of(document, one)}
    moved = find_words_in_branches(
        repository, {key[1] for key in dropped if key[1]}, without=workspace.config.sessions
    )
    return {key: one for key, one in dropped.items() if key[1] not in moved}


def _documents(workspace: Workspace) -> Iterator[RecordedSessions]:
    """Give what the work trees' documents tell, and what each branch's does."""
    assert workspace.repository is not None  # noqa: S101 - the caller has looked
    for root in roots_of(workspace):
        yield _read_document(replace(workspace, root=root))
    for data in read_in_branches(workspace.repository, workspace.git_path):
        yield index_sessions(parse(data))


def _read_document(workspace: Workspace) -> RecordedSessions:
    path = workspace.handoff
    data = read_bytes(path, root=workspace.root, limit=None) if path.is_file() else b""
    return index_sessions(parse(data))
