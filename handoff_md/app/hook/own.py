"""The session that a host's session works on: found, or claimed for an agent that never asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from handoff_md.app.hook.scene import Scene
from handoff_md.app.workspace import Workspace
from handoff_md.errors import HandoffError
from handoff_md.git.objects import HeadPosition
from handoff_md.ledger.records import Binding, Claim, Run
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


def claim_session(
    scene: Scene, given: str, *, begins: bool, position: HeadPosition | None = None
) -> Claim | None:
    """Claim what a host's session is to work on, if it is to have a claim by itself.

    Args:
        scene: the start of a session that has none.
        given: the id that it was given, else empty.
        begins: it is a new session. One that goes on may be the one that leads the run: it gets no
            id of the run.
        position: where its work tree stands, None where git is still to be asked.

    Raises:
        HandoffError: configuration, files or git stand in the way.
    """
    from handoff_md.app.belonging import find_run

    wanted = scene.workspace.config.auto_start
    if wanted == "never":
        return None
    run = find_run(scene.workspace)
    try:
        if given:
            return _take(scene, given, run, position)
        if wanted == "always" or (run and begins):
            return _claim(scene, scene.workspace, run, position=position)
    except HandoffError as error:
        scene.fail(error.message)
    return None


def claim_for_subagent(scene: Scene, main: Workspace, run: Run) -> Claim:
    """Claim a session of a run for a subagent, which may take it up, name it, or just end it.

    Its log is made in the main work tree: one in a work tree of the subagent's own would keep that
    from being removed, and be lost where it is removed all the same.

    Raises:
        HandoffError: configuration, files or git stand in the way.
    """
    kind = scene.agent_kind
    title = f"Work of the {kind} subagent" if kind else "Work of a subagent"
    return _claim(scene, main, run, title=title, reserve=True)


def _take(scene: Scene, given: str, run: Run | None, position: HeadPosition | None) -> Claim | None:
    """Take the session whose id was given, unless another session of a host works on it."""
    session_id = read_session_id(given.strip())
    held = load_claim(scene.state, session_id.key) if session_id else None
    if held is None or held.reserved:
        return _claim(scene, scene.workspace, run, session_id=given, position=position)
    bound = (one for one in list_bindings(scene.state) if one.session == held.key)
    taken = any(one.key != scene.key and not one.left_at for one in bound)
    return None if taken or not is_open(scene, held) else held


def _claim(
    scene: Scene,
    workspace: Workspace,
    run: Run | None,
    *,
    session_id: str | None = None,
    title: str = "",
    reserve: bool = False,
    position: HeadPosition | None = None,
) -> Claim:
    from handoff_md.app.session.start import Starter, StartRequest

    request = StartRequest(
        directory=workspace.root,
        today=scene.now.date(),
        now=scene.now,
        title=title,
        agent=scene.agent_kind or scene.event.host,
        session_id=session_id,
        reserve=reserve,
        position=position,
        claimed_for=scene.key,
    )
    started = Starter(workspace, run, request).start()
    known = read_session_id(started.id)
    claim = load_claim(scene.state, known.key) if known else None
    if claim is None:
        raise HandoffError(f"session {started.id} could not be claimed")
    return claim
