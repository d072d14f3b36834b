"""The start and the stop of a subagent: its id in a run, and what it leaves in its work tree."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from handoff_md.app.belonging import find_run
from handoff_md.app.context import MOST_BYTES_AT_ONCE, tell_context
from handoff_md.app.hook.claiming import claim_for_subagent
from handoff_md.app.hook.host import EventKind
from handoff_md.app.hook.own import find_claimed, is_open
from handoff_md.app.hook.rescue import rescue_summaries
from handoff_md.app.hook.scene import Scene, of_document, open_impatiently, read_head
from handoff_md.app.session.draft import LastWords, compose_draft
from handoff_md.app.workspace import Workspace
from handoff_md.store.bindings import bind, list_bindings, update_binding
from handoff_md.store.claims import load_claim, write_draft
from handoff_md.store.runs import load_run

_CHARACTERS: Final = 600


def start_subagent(scene: Scene) -> str:
    """Claim a session for a subagent while a run is active, and give what it is told.

    Raises:
        HandoffError: configuration, files or git stand in the way.
    """
    active = load_run(scene.state)
    scene = scene.about(active.document) if active else scene
    run = find_run(scene.workspace) if active else None
    if run is None or scene.workspace.config.auto_start == "never":
        return ""
    if not scene.is_first(EventKind.SUBAGENT_START, once=True):
        return ""
    claim = claim_for_subagent(scene, _open_main(scene.workspace), run)
    bind(scene.state, scene.bound_to(claim.key, read_head(scene.workspace)))
    told = tell_context(
        scene.workspace,
        for_id=claim.id,
        chars=_CHARACTERS,
        now=scene.now,
        most_bytes=MOST_BYTES_AT_ONCE,
    )
    return told.text.rstrip("\n")


def stop_subagent(scene: Scene) -> None:
    """Keep what a subagent leaves in its work tree: its summary, else what it said last.

    Nothing where it has ended its session itself.

    Raises:
        HandoffError: configuration, files or git stand in the way.
    """
    binding, event = scene.binding, scene.event
    session = binding.session if binding else ""
    claim = load_claim(scene.state, session) if session else find_claimed(scene)
    before = binding.kept if binding else ()
    isolated = _is_isolated(scene)
    rescued = rescue_summaries(scene.workspace, claim, isolated=isolated, before=before)
    for one in rescued.aside:
        scene.fail(f"two summaries are named {one.name}: {one.path} has one, and no merge takes it")
    for reason in rescued.refused:
        scene.fail(f"a summary is not kept: {reason}")
    if claim and event.message.strip() and not rescued.own and is_open(scene, claim):
        kind = f" ({scene.agent_kind})" if scene.agent_kind else ""
        said = LastWords(event.message, f"a subagent of {event.host}{kind}")
        workspace = scene.about(claim.document).workspace
        write_draft(scene.state, claim, compose_draft(workspace, claim, said))
    if binding is None and (claim or rescued.kept):
        binding = scene.bound_to(claim.key if claim else "", read_head(scene.workspace))
    if binding:
        kept = tuple(dict.fromkeys((*before, *rescued.kept)))
        left = replace(binding, seen_at=scene.stamp, left_at=scene.stamp, kept=kept)
        update_binding(scene.state, left)


def _is_isolated(scene: Scene) -> bool:
    """Tell whether the work tree is a linked one in which no other session was started.

    A host may tell of the stop of agents of its own, of whose start it has never told.

    Raises:
        FileError: a record can't be read.
    """
    repository, root = scene.workspace.repository, str(scene.workspace.root)
    if repository is None or repository.git_dir == repository.common_dir:
        return False
    others = (one for one in list_bindings(scene.state) if one.key != scene.key)
    return all(one.root != root or (one.agent and not one.session) for one in others)


def _open_main(workspace: Workspace) -> Workspace:
    """Open the main work tree of a repository, or this one where there is none to be found.

    The document is the same, wherever it is configured.

    Raises:
        HandoffError: it can't be opened.
    """
    repository = workspace.repository
    if repository is None or repository.common_dir.name != ".git":
        return workspace
    opened = open_impatiently(repository.common_dir.parent)
    return of_document(opened, workspace.config.handoff)
