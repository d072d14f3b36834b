"""Finds the session that a host's session works on."""

from __future__ import annotations

import datetime as dt

from handoff_md.app.hook.scene import Scene
from handoff_md.ledger.records import Binding, Claim
from handoff_md.store.bindings import list_bindings
from handoff_md.store.claims import list_claims, load_claim


def find_own(scene: Scene, binding: Binding) -> Claim | None:
    """Give the claim at work that a host's session works on; its agent may have made it itself.

    That is the only one which was started in its work tree since then, and is nobody else's.

    Raises:
        FileError: a record can't be read.
    """
    if binding.session:
        claim = load_claim(scene.state, binding.session)
        return claim if claim and claim.at_work else None
    bound = {one.session for one in list_bindings(scene.state)}
    began = dt.datetime.fromisoformat(binding.bound_at).replace(microsecond=0)
    found = [
        claim
        for claim in list_claims(scene.state)
        if claim.root == binding.root
        and claim.at_work
        and not claim.reserved
        and claim.key not in bound
        and claim.started_at
        and dt.datetime.fromisoformat(claim.started_at) >= began
    ]
    return found[0] if len(found) == 1 else None
