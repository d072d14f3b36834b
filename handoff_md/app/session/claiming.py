"""Claims ids on the remote, for all clones: the next number, or one that was given out."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from handoff_md.app.contact import Contact
from handoff_md.errors import ContentError
from handoff_md.git.refs import PushOutcome, PushVerdict
from handoff_md.ledger.announced import (
    RECORD,
    announce_claim,
    claim_ref,
    read_claim,
    write_announced,
)
from handoff_md.ledger.ids import KnownSessions
from handoff_md.ledger.records import Claim
from handoff_md.syntax.session_id import SessionId, read_session_id

JUMPS: Final = ("0", "0123", "0123456789abcdef")
"""How far above the next number each attempt may go: whoever lost tries where others do not.

With the look before, the one that a loss needs, save the last, and the telling of the id that is
drawn then, that is seven round trips at most.
"""
MOST_DIGITS: Final = 18


def claim_number(
    contact: Contact,
    known: KnownSessions,
    describe: Callable[[SessionId], Claim],
    take: Callable[[Claim], bool],
    choose: Callable[[str], str],
) -> Claim | None:
    """Claim the next number on the remote, and then here; None where that can't be done.

    Why it can't is in the contact's notes.

    Args:
        contact: a conversation with the remote, which works.
        known: what is known here.
        describe: says what a session with an id would be.
        take: claims it here; False where another session has its id.
        choose: gives a character of a text, at random.

    Raises:
        HandoffError: files or git stand in the way here.
    """
    for attempt, jump in enumerate(JUMPS, 1):
        everywhere = _joined(known, contact.sessions)
        number = everywhere.next_number + int(choose(jump), 16)
        if len(str(number)) > MOST_DIGITS:
            contact.notes.append(f"the next number would have more than {MOST_DIGITS} digits")
            return None
        claim = describe(everywhere.write(number))
        name = claim_ref(_id_of(claim))
        outcome = contact.offer(name, *_tell(claim), looks=attempt < len(JUMPS))
        if outcome.won:
            if take(claim):
                return claim
            # Whoever has the id here keeps the ref; should nobody, the next contact deletes it.
            known = _joined(known, frozenset({_id_of(claim)}))
        elif outcome.verdict is not PushVerdict.LOST:
            contact.notes.append(_unclaimed(contact, claim, outcome))
            return None
    contact.notes.append(
        f"others were quicker to claim a number on {contact.remote}, {len(JUMPS)} times: the id is "
        "drawn at random"
    )
    return None


def claim_given(contact: Contact, claim: Claim) -> None:
    """Claim an id on the remote that was given out, or take it up from who has it for an agent.

    Raises:
        ContentError: another clone's session has it.
        HandoffError: files or git stand in the way here.
    """
    name, told = claim_ref(_id_of(claim)), _tell(claim)
    if name not in contact.seen:
        outcome = contact.offer(name, *told)
    elif contact.holds(name) or _is_reserved(contact, name):
        outcome = contact.take_over(name, *told)
    else:
        raise _taken(contact, claim)
    if outcome.verdict is PushVerdict.LOST:
        raise _taken(contact, claim)
    if not outcome.won:
        contact.notes.append(_unclaimed(contact, claim, outcome))


def plan_claim(contact: Contact, claim: Claim) -> None:
    """Write down that the remote is to be told of an id, before it is claimed here.

    Raises:
        HandoffError: files or git stand in the way here.
    """
    contact.want(claim_ref(_id_of(claim)), *_tell(claim))


def _joined(known: KnownSessions, more: frozenset[SessionId]) -> KnownSessions:
    return replace(known, ids=known.ids | more, held=known.held | more)


def _tell(claim: Claim) -> tuple[str, bytes, str]:
    """Give the path, the bytes and the message of what is told of a claim; no two are the same."""
    record = announce_claim(claim, token=os.urandom(8).hex(), host=socket.gethostname())
    return RECORD, write_announced(record), f"handoff-md: claim {claim.id}"


def _id_of(claim: Claim) -> SessionId:
    session_id = read_session_id(claim.id)
    assert session_id is not None  # noqa: S101 - the claim was made of one
    return session_id


def _is_reserved(contact: Contact, name: str) -> bool:
    """Tell whether another clone has an id for an agent who has not come yet."""
    told = read_claim(name, contact.read(name, RECORD))
    return told is not None and told.reserved


def _taken(contact: Contact, claim: Claim) -> ContentError:
    name = claim_ref(_id_of(claim))
    told = read_claim(name, contact.read(name, RECORD)) if name in contact.seen else None
    by = f" since {told.started_at}, by {told.host}" if told else ""
    return ContentError(
        f"session {claim.id} is claimed on {contact.remote}{by}",
        "Choose another id: `handoff-md session start` takes the next free one.",
    )


def _unclaimed(contact: Contact, claim: Claim, outcome: PushOutcome) -> str:
    said = f" ({outcome.said})" if outcome.said else ""
    doubt = "may not be" if outcome.verdict is PushVerdict.UNKNOWN else "is not"
    return f"{claim.id} {doubt} claimed on {contact.remote}{said}"
