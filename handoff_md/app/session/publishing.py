"""Tells the remote of a session's end: its summary, where that waits, for whoever merges it."""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from handoff_md.app.contact import Contact, reach_remote
from handoff_md.app.joint import find_joined, meet
from handoff_md.app.session.committing import committed_path
from handoff_md.app.workspace import Workspace
from handoff_md.errors import HandoffError
from handoff_md.ledger.announced import summary_ref
from handoff_md.ledger.records import Claim
from handoff_md.store.claims import load_claim, update_claim
from handoff_md.syntax.session_id import SessionId, read_session_id


class PublishedEnd(NamedTuple):
    """The run that a session has ended in, by its token, and notes on what was not told."""

    run: str
    notes: tuple[str, ...] = ()


def publish_end(workspace: Workspace, claim: Claim, summary: bytes | None) -> PublishedEnd:
    """Publish the summary of a session that has ended, and let its claim go: one push for both.

    None stands for a summary that does not wait. One that waits is of the run that is active by
    now, wherever that has begun. Whatever stands in the way is a note: the session has ended, and
    at the next contact the remote is told.
    """
    session_id, run = read_session_id(claim.id), claim.run
    if session_id is None or not workspace.uses_refs:
        return PublishedEnd(run)
    try:
        with reach_remote(workspace) as contact:
            if summary is not None:
                run = run or _join(workspace, contact, session_id)
                name, message = summary_ref(session_id, run), f"handoff-md: end {claim.id}"
                contact.want(name, committed_path(workspace, claim), summary, message)
            meet(workspace, contact)
            return PublishedEnd(run, tuple(contact.notes))
    except HandoffError as error:
        note = f"the remote is not told of the session's end: {error.message}"
        return PublishedEnd(run, (note,))


def _join(workspace: Workspace, contact: Contact, session_id: SessionId) -> str:
    """Make a session that has ended one of the run of all machines; give its token, if any."""
    token = find_joined(workspace, contact)
    claim = load_claim(workspace.state, session_id.key) if token else None
    if claim:
        update_claim(workspace.state, replace(claim, run=token))
    return token
