"""Tells of merges of which nothing is left in any branch, and which command makes them again."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from handoff_md.app.merge.merged import survey_merged
from handoff_md.app.workspace import Workspace
from handoff_md.store.journal import Journal


@dataclass(frozen=True, slots=True)
class DroppedMerge:
    """A merge that was dropped, the ids of its sessions, and how to make it again."""

    merge: Journal
    ids: tuple[str, ...]

    @property
    def message(self) -> str:
        """Say what was dropped."""
        many = len(self.ids) > 1
        named = f"sessions {', '.join(self.ids)} were" if many else f"session {self.ids[0]} was"
        commit = (self.merge.commit or "")[:12]
        return f"{named} merged in commit {commit}, which is in no branch any more"

    @property
    def command(self) -> str:
        """Give the command that makes it again: what is archived is taken from there."""
        if self.ids == (self.merge.orchestrator,):
            return shlex.join(["handoff-md", "session", "end", *self.ids])
        leader = ["--orchestrator", self.merge.orchestrator]
        return shlex.join(["handoff-md", "merge", *self.ids, *leader])


def find_dropped_merges(workspace: Workspace) -> Iterator[DroppedMerge]:
    """Give the merges that were dropped, the oldest first.

    Raises:
        FileError: a record or the document can't be read.
        GitError: git can't tell.
    """
    ids: defaultdict[str, list[str]] = defaultdict(list)
    merges: dict[str, Journal] = {}
    for summary in survey_merged(workspace).dropped.values():
        merges[summary.merge.name] = summary.merge
        ids[summary.merge.name].append(summary.session.id)
    for name in sorted(merges):
        yield DroppedMerge(merges[name], tuple(ids[name]))
