"""Finds the session that a host's session works on, and whether there is still something to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from handoff_md.app.hook.scene import Scene
from handoff_md.ledger.records import Binding, Claim
from handoff_md.store.archive import list_merged
from handoff_md.store.bindings import list_bindings
from handoff_md.store.claims import list_claims, load_claim
from handoff_md.syntax.session_id import read_session_id

_LONGEST_TURN: Final = dt.timedelta(hours=6)


def find_own(scene: Scene, binding: Binding) -> Claim | None:
    """Give the open session that a host's session works on; its agent may have made it itself.

    That is the only one which was started in its work tree since then, and is nobody else's. Where
    another host's session was at work there at that moment, too, nobody knows whose it is.

    Raises:
        HandoffError: a record can't be read, or git can't tell what became of it.
    """
    if binding.session:
        claim = load_claim(scene.state, binding.session)
        return claim if claim and is_open(scene, claim) else None
    if claimed := find_claimed(scene):
        return claimed
    bindings = tuple(list_bindings(scene.state))
    bound = {one.session for one in bindings}
    began = dt.datetime.fromisoformat(binding.bound_at).replace(microsecond=0)
    found = [
        claim
        for claim in list_claims(scene.state)
        if claim.root == binding.root
        and claim.at_work
        and not (claim.reserved or claim.claimed_for)
        and claim.key not in bound
        and claim.started_at
        and dt.datetime.fromisoformat(claim.started_at) >= began
    ]
    found = _without_merged(scene, found)
    if len(found) != 1 or any(_may_have_made(one, found[0], binding) for one in bindings):
        return None
    return found[0]


def find_claimed(scene: Scene) -> Claim | None:
    """Give the open session that a hook has claimed for this one: one that was killed then, too.

    Raises:
        HandoffError: as `find_own`.
    """
    held = (claim for claim in list_claims(scene.state) if claim.claimed_for == scene.key)
    return next(iter(_without_merged(scene, [claim for claim in held if claim.at_work])), None)


def _may_have_made(other: Binding, claim: Claim, own: Binding) -> bool:
    """Tell whether another host's session was at work where a session was started, when it was.

    One that gave no sign of life for hours before has ended without a word.
    """
    if other.agent or other.key == own.key or other.session or other.root != claim.root:
        return False
    started = dt.datetime.fromisoformat(claim.started_at)
    if dt.datetime.fromisoformat(other.bound_at).replace(microsecond=0) > started:
        return False
    if other.left_at and dt.datetime.fromisoformat(other.left_at) < started:
        return False
    return started - dt.datetime.fromisoformat(other.seen_at) < _LONGEST_TURN


def is_open(scene: Scene, claim: Claim) -> bool:
    """Tell whether a session has not handed over, nor anybody for it: its draft may be merged.

    Raises:
        HandoffError: as `find_own`.
    """
    return claim.at_work and bool(_without_merged(scene, [claim]))


def _without_merged(scene: Scene, claims: Sequence[Claim]) -> list[Claim]:
    """Leave out the sessions of which a document tells that a finished merge has written."""
    if not claims:
        return []
    merged = {read_session_id(one.session.id) for one in list_merged(scene.state)}
    return [
        claim
        for claim in claims
        if read_session_id(claim.id) not in merged or not _is_told(scene, claim)
    ]


def _is_told(scene: Scene, claim: Claim) -> bool:
    # Only now: it reads documents.
    from handoff_md.app.snapshot import find_told

    return find_told(scene.about(claim.document).workspace, claim) is not None
