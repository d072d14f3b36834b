"""Drafts summaries of a run's sessions that will not hand over themselves."""

from __future__ import annotations

from handoff_md.app.merge.collect import find_summary_files
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.merge.scope import find_members
from handoff_md.app.session.draft import compose_draft
from handoff_md.app.work_trees import is_left_uncommitted
from handoff_md.app.workspace import Workspace
from handoff_md.ledger.records import Run
from handoff_md.store.claims import load_claim, write_draft


def draft_missing(workspace: Workspace, run: Run, request: MergeRequest) -> tuple[str, ...]:
    """Draft a summary of each session of a run that is at work and has none.

    Returns:
        A note for each.

    Raises:
        FileError: a record can't be read, or a draft can't be written.
        GitError: git can't tell.
    """
    present = find_summary_files(workspace, request)
    notes = []
    for session_id in find_members(workspace, run).members:
        claim = load_claim(workspace.state, session_id.key)
        if claim and claim.at_work and session_id not in present:
            write_draft(workspace.state, claim, compose_draft(workspace, claim))
            left = f", and its log is not committed: {claim.log}"
            said = f"session {claim.id} is salvaged: nobody has checked its summary"
            notes.append(f"{said}{left if is_left_uncommitted(claim) else ''}")
    return tuple(notes)
