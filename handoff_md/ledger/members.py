"""Who is a part of a run: its members, those that were let go, and who leads it."""

from __future__ import annotations

from collections.abc import Iterable

from handoff_md.ledger.records import Claim, Run
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.value import Value


class Membership(Value):
    """The sessions of a run, in id order; those that it does without; and those of no run of it."""

    members: tuple[SessionId, ...]
    released: tuple[SessionId, ...]
    outside: tuple[SessionId, ...]


def members_of(run: Run, held: Iterable[Claim], released: Iterable[Claim]) -> Membership:
    """Say who is in a run: expected, claimed with it, or started while it is active.

    ``held`` are all claims that hold an id, ``released`` those that were let go: they are members
    no more, and the orchestrator is none.
    """
    held = tuple(held)
    members = _ids([*run.expect, *run.sessions, *(c.id for c in held if c.run == run.token)])
    holding = _ids(claim.id for claim in held)
    gone = _ids(claim.id for claim in released if claim.run == run.token) - holding
    members -= gone | _ids([run.orchestrator])
    return Membership(_sorted(members), _sorted(gone), _sorted(holding - members))


def is_leader(run: Run, orchestrator: str | None) -> bool:
    """Tell whether somebody may act for a run; who says nothing of himself may."""
    return orchestrator is None or _ids([orchestrator]) == _ids([run.orchestrator])


def _ids(texts: Iterable[str]) -> set[SessionId]:
    return {known for text in texts if (known := read_session_id(text.strip()))}


def _sorted(ids: set[SessionId]) -> tuple[SessionId, ...]:
    return tuple(sorted(ids, key=lambda known: known.order))
