"""Claims sessions for agents that never asked: their hosts' sessions, and subagents in a run."""

from __future__ import annotations

from handoff_md.app.belonging import find_run
from handoff_md.app.hook.own import is_open
from handoff_md.app.hook.scene import Scene
from handoff_md.app.session.start import Starter, StartRequest
from handoff_md.app.workspace import Workspace
from handoff_md.errors import HandoffError
from handoff_md.git.objects import HeadPosition
from handoff_md.ledger.records import Claim, Run
from handoff_md.store.bindings import list_bindings
from handoff_md.store.claims import load_claim
from handoff_md.syntax.session_id import read_session_id


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
