"""Tells of merges of which nothing is left in any branch, and which command makes them again."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator

from handoff_md.app.snapshot import take_snapshot
from handoff_md.app.whereabouts import has_log
from handoff_md.app.workspace import Workspace
from handoff_md.errors import HandoffError
from handoff_md.ledger.merged import key_of_claim
from handoff_md.ledger.records import Journal
from handoff_md.store.claims import list_released
from handoff_md.syntax.session_id import read_session_id
from handoff_md.value import Value


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
