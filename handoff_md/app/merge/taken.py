"""Which sessions finished merges have taken: of those, a merge needs no summary any more."""

from __future__ import annotations

from collections.abc import Sequence

from handoff_md.app.belonging import concern_of
from handoff_md.app.snapshot import snapshot_of
from handoff_md.app.workspace import Workspace
from handoff_md.ledger.merged import group_merged, key_of_claim, may_be_of
from handoff_md.ledger.records import MergedSummary
from handoff_md.store.archive import list_merged, recent_merges, summaries_of
from handoff_md.store.claims import load_claim
from handoff_md.syntax.session_id import SessionId, read_session_id


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
