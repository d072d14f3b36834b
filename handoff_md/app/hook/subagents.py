"""The start and the stop of a subagent: its id in a run, and what it leaves in its work tree."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path, PurePath
from typing import Final

from msgspec.structs import replace

from handoff_md.app.belonging import find_run
from handoff_md.app.context import MOST_BYTES_AT_ONCE, tell_context
from handoff_md.app.hook.event import EventKind
from handoff_md.app.hook.own import claim_for_subagent, find_claimed, is_open
from handoff_md.app.hook.scene import Scene, of_document, open_impatiently, read_head
from handoff_md.app.session.draft import LastWords, compose_draft
from handoff_md.app.session.handover import is_foreign
from handoff_md.app.workspace import Workspace
from handoff_md.errors import FileError
from handoff_md.ledger.records import Claim
from handoff_md.reading import read_regular
from handoff_md.sessions.inbox import Inbox, SummaryFile, list_summary_files
from handoff_md.store.archive import aside_folder, copies_folder
from handoff_md.store.bindings import bind, list_bindings, update_binding
from handoff_md.store.claims import discard_draft, load_claim, write_draft
from handoff_md.store.files import NO_FILE, digest, digest_of, read_bytes, replace_bytes
from handoff_md.store.place import create_folders, share
from handoff_md.store.runs import load_run
from handoff_md.value import Value

_CHARACTERS: Final = 600
_DIGITS: Final = 12


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


class Rescued(Value):
    """What was found.

    ``own`` tells whether the session's own summary is where a merge looks for it. ``kept`` are the
    SHA-256 of all that are safe. ``aside`` are those of which there were two, and where one is now.
    ``refused`` says of each file that is none to keep why not.
    """

    own: bool = False
    kept: tuple[str, ...] = ()
    aside: tuple[Stray, ...] = ()
    refused: tuple[str, ...] = ()


class Stray(Value):
    """A summary, by its file's name, that does not lie where a merge would look for it."""

    name: str
    path: Path


def rescue_summaries(
    workspace: Workspace,
    claim: Claim | None,
    *,
    isolated: bool,
    before: Collection[str] = (),
) -> Rescued:
    """Keep copies of the summaries that lie in a work tree. None is lost, not even one of two.

    Args:
        workspace: the work tree.
        claim: what its agent works on, if anything.
        isolated: the work tree is that agent's alone: all that lies there is taken. Else another
            agent may be about to write a summary that is not its own.
        before: the SHA-256 of what the same agent has left before: it gives way.

    Raises:
        FileError: one can't be kept.
    """
    folders = {workspace.config.summaries}
    if claim:
        folders.add(PurePath(claim.summary).parent.as_posix())
    own, kept, aside, refused = False, [], [], []
    for folder in sorted(folders):
        for found in list_summary_files(Inbox(workspace.root, folder))[0]:
            is_own = claim is not None and found.session_id.key == claim.key
            if not (is_own or isolated):
                continue
            try:
                data = _read_summary(workspace, found)
            except FileError as error:
                refused.append(error.message)
                continue
            if not data.strip():
                continue
            other = _keep_copy(workspace, found, data, claim, before)
            own = own or (is_own and other is None)
            kept.append(digest(data))
            aside += [Stray(found.name, other)] if other else []
    return Rescued(own, tuple(kept), tuple(aside), tuple(refused))


def _read_summary(workspace: Workspace, found: SummaryFile) -> bytes:
    """Read a summary.

    Raises:
        FileError: it is no file to keep.
    """
    limit = workspace.config.max_summary_size
    return read_bytes(found.path, root=workspace.root, limit=limit)


def _keep_copy(
    workspace: Workspace,
    found: SummaryFile,
    data: bytes,
    own: Claim | None,
    before: Collection[str],
) -> Path | None:
    """Keep a copy. Of two that have one id one lies aside; say where.

    That is the earlier one where nobody has claimed the id, for it may have been half written; else
    the one that is not that of the claim.

    Raises:
        FileError: it can't be kept.
    """
    state = workspace.state
    claim = load_claim(state, found.session_id.key)
    copy = copies_folder(state) / found.name
    held = digest_of(copy)
    if digest(data) in (held, claim and claim.digest):
        return None
    is_free = held == NO_FILE or held in before
    if claim is None:
        aside = None if is_free else _put_aside(state, found.name, read_regular(copy))
        _put(state, copy, data)
        return aside
    fits = claim.at_work and not is_foreign(data, claim)
    if not (fits and (is_free or (own and own.key == claim.key))):
        return _put_aside(state, found.name, data)
    _put(state, copy, data)
    discard_draft(state, claim)
    return None


def _put_aside(state: Path, name: str, data: bytes) -> Path:
    place = aside_folder(state) / f"{digest(data)[:_DIGITS]}-{name}"
    _put(state, place, data)
    return place


def _put(state: Path, place: Path, data: bytes) -> None:
    create_folders(state, place.parent)
    replace_bytes(place, data)
    share(state, place)
