"""What earlier merges took: whose summary is needed no more, and what of it is lost again."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from handoff_md.app.belonging import concern_of
from handoff_md.app.snapshot import snapshot_of, take_snapshot
from handoff_md.app.work_trees import has_log
from handoff_md.app.workspace import Workspace
from handoff_md.errors import HandoffError
from handoff_md.ledger.merged import group_merged, key_of_claim, may_be_of
from handoff_md.ledger.records import Journal, MergedSummary
from handoff_md.sessions.inbox import Inbox
from handoff_md.store.archive import list_merged, recent_merges, summaries_of
from handoff_md.store.claims import list_released, load_claim
from handoff_md.store.files import create_bytes, create_folder, read_bytes
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.value import Value


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
            if session_id and may_be_of(load_claim(workspace.state, session_id.key), found):
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
        merges = [
            one
            for one in list_merged(workspace.state, concern_of(workspace))
            if read_session_id(one.session.id) in others
        ]
        claims = {known: load_claim(workspace.state, known.key) for known in others}
        for (session_id, _), one in snapshot_of(workspace, merges).merged.dropped.items():
            if session_id and may_be_of(claims[session_id], one):
                taken[session_id] = one
        named = group_merged(merges)
        for session_id, claim in claims.items():
            if claim and (own := named.get(key_of_claim(claim))):
                taken[session_id] = own[-1]
    return {known: taken[known] for known in ids if known in taken}


def bring_back(
    workspace: Workspace, inboxes: Sequence[Inbox], archived: Sequence[MergedSummary]
) -> tuple[str, ...]:
    """Copy archived summaries to where they lay, or into this work tree; say so of each.

    The archive keeps its own: the merge may be refused yet. One that was never archived, or in
    whose place another lies, stays away.

    Raises:
        FileError: a file can't be copied.
    """
    folders = {
        inbox.root / inbox.folder
        for inbox in inboxes
        if not inbox.read_only and not inbox.holds_copies
    }
    notes: list[str] = []
    for summary in archived:
        old = Path(summary.session.summary)
        place = old if old.parent in folders else workspace.summaries / old.name
        if summary.path is None:
            continue
        create_folder(place.parent)
        data = read_bytes(summary.path, root=summary.path.parent, limit=None)
        if create_bytes(place, data):
            notes.append(
                f"{describe_archived(workspace, summary)}: its summary is taken from there"
            )
    return tuple(notes)


def describe_archived(workspace: Workspace, summary: MergedSummary) -> str:
    """Say that a session was merged before, and that nothing is left of it in the document."""
    commit = summary.merge.commit
    made = f", in commit {commit[:12]}" if commit else ""
    return (
        f"session {summary.session.id} was merged before{made}, and lies in the archive; "
        f"{workspace.config.handoff} does not tell of it"
    )


class DroppedMerge(Value):
    """A merge that was dropped, the ids of its sessions, and the command that makes it again."""

    merge: Journal
    ids: tuple[str, ...]
    command: str

    @property
    def message(self) -> str:
        """Say what was dropped."""
        many = len(self.ids) > 1
        named = f"sessions {', '.join(self.ids)} were" if many else f"session {self.ids[0]} was"
        commit = (self.merge.commit or "")[:12]
        return f"{named} merged in commit {commit}, which is in no branch any more"


def find_dropped_merges(workspace: Workspace) -> Iterator[DroppedMerge]:
    """Give the merges that were dropped, the oldest first; abandoned sessions are passed over.

    Raises:
        FileError: a record, a claim or the document can't be read.
        GitError: git can't tell.
    """
    dropped = take_snapshot(workspace).merged.dropped
    if not dropped:
        return
    abandoned = {key_of_claim(claim) for claim in list_released(workspace.state)}
    ids: defaultdict[str, list[str]] = defaultdict(list)
    merges: dict[str, Journal] = {}
    for key, summary in dropped.items():
        if key not in abandoned:
            merges[summary.merge.name] = summary.merge
            ids[summary.merge.name].append(summary.session.id)
    for name in sorted(merges):
        known = tuple(ids[name])
        yield DroppedMerge(merges[name], known, _command(workspace, merges[name], known))


def _command(workspace: Workspace, merge: Journal, ids: tuple[str, ...]) -> str:
    """Give the command that makes a merge again: what is archived is taken from there."""
    if ids == (merge.orchestrator,) and _has_log(workspace, ids[0]):
        return shlex.join(["handoff-md", "session", "end", *ids])
    return shlex.join(["handoff-md", "merge", *ids, "--orchestrator", merge.orchestrator])


def _has_log(workspace: Workspace, text: str) -> bool:
    session_id = read_session_id(text)
    try:
        return session_id is not None and has_log(workspace, session_id)
    except HandoffError:
        return False
