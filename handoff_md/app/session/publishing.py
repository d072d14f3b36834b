"""Tells the remote of a session's end: its summary, where that waits, for whoever merges it."""

from __future__ import annotations

from handoff_md.app.contact import reach_remote
from handoff_md.app.session.committing import committed_path
from handoff_md.app.workspace import Workspace
from handoff_md.errors import HandoffError
from handoff_md.ledger.announced import summary_ref
from handoff_md.ledger.records import Claim
from handoff_md.syntax.session_id import read_session_id


def publish_end(workspace: Workspace, claim: Claim, summary: bytes | None) -> tuple[str, ...]:
    """Publish the summary of a session that has ended, and let its claim go: one push for both.

    None stands for a summary that does not wait. Whatever stands in the way is a note: the session
    has ended, and at the next contact the remote is told.
    """
    session_id = read_session_id(claim.id)
    if session_id is None or not workspace.uses_refs:
        return ()
    try:
        with reach_remote(workspace) as contact:
            if summary is not None:
                name, message = summary_ref(session_id, claim.run), f"handoff-md: end {claim.id}"
                contact.want(name, committed_path(workspace, claim), summary, message)
            contact.settle()
            return tuple(contact.notes)
    except HandoffError as error:
        return (f"the remote is not told of the session's end: {error.message}",)
