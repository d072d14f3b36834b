"""Puts summaries back that were merged and archived, where the document does not tell of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from handoff_md.app.workspace import Workspace
from handoff_md.ledger.records import MergedSummary
from handoff_md.sessions.inbox import Inbox
from handoff_md.store.files import create_bytes, create_folder, read_bytes


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
