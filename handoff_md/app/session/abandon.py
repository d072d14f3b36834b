"""Releases the id of a session that will not end: explicitly, and never to be reused silently."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from msgspec.structs import replace

from handoff_md.answer import Answer
from handoff_md.app.contact import tell_remote
from handoff_md.app.session.find import find_session
from handoff_md.app.snapshot import take_snapshot
from handoff_md.app.workspace import open_workspace, sweep
from handoff_md.errors import ContentError
from handoff_md.ledger.records import Claim
from handoff_md.ledger.state import HANDED_OVER, SessionState, state_of
from handoff_md.store.claims import release_claim


class AbandonAnswer(Answer):
    """What `session abandon --json` prints.

    Attributes:
        id: the session whose id is released.
        log: the path of the log that stays, or null.
        notes: what of it the remote could not be told.
    """

    id: str
    log: str | None
    notes: tuple[str, ...]


def abandon_session(directory: Path, text: str, now: dt.datetime) -> AbandonAnswer:
    """Release a session's id; its log stays where it is.

    Raises:
        ContentError: the session has ended: what it handed over would be lost.
        HandoffError: nothing is known of it, or configuration, files or git stand in the way.
    """
    workspace = open_workspace(directory)
    with workspace.locked():
        sweep(workspace)
        found = find_session(workspace, text, command="session abandon")
        claim = found.claim
        if not found.claimed:
            raise ContentError(
                f"session {claim.id} is not claimed, so there is nothing to release",
                f"Its log is {claim.log}.",
            )
        state = state_of(take_snapshot(workspace, [claim]), claim)
        if state in HANDED_OVER:
            raise ContentError(
                f"session {claim.id} has ended and is {state}", _way_on(claim, state)
            )
        stamp = now.astimezone(dt.UTC).isoformat(timespec="seconds")
        release_claim(workspace.state, replace(claim, released_at=stamp))
    log = str(found.root / claim.log) if found.root else None
    return AbandonAnswer(claim.id, log, tell_remote(workspace))


def _way_on(claim: Claim, state: SessionState) -> str:
    """Say what can be done about a session that has handed over."""
    if state is SessionState.MERGED:
        return (
            "Its id stays its own; `handoff-md session start` begins another one. What the handoff "
            "document tells of it is changed there."
        )
    return (
        f"Its summary waits to be merged: `handoff-md session show {claim.id}` tells where. Merge "
        f"it, or correct the log and run `handoff-md session end {claim.id}` again."
    )
