"""The start of a host's session, a compaction of its context, and its end, which ends nothing.

What only some of them need is loaded by them: an event that has fired before waits for none of it.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from handoff_md.app.hook.event import EventKind
from handoff_md.app.hook.own import find_own
from handoff_md.app.hook.scene import Scene, read_head, refuse_broken
from handoff_md.app.workspace import Workspace
from handoff_md.errors import HandoffError
from handoff_md.ledger.records import Binding, Claim
from handoff_md.store.archive import copies_folder
from handoff_md.store.bindings import (
    bind,
    forget_bindings,
    forget_firings,
    list_bindings,
    update_binding,
)
from handoff_md.store.claims import discard_draft, list_claims, load_claim, write_draft
from handoff_md.text.visible import plain, shorten

_CHARACTERS: Final = 6_000
"""How much a session is told; hosts cut at 10,000."""
_BEGINS: Final = "startup"
_COMPACT: Final = "compact"
_SOURCES: Final = (_BEGINS, "resume", "clear", _COMPACT, "fork")
_BETWEEN: Final = "\n\n"
_REMEMBERED_DAYS: Final = 30
_MOST_LEFT: Final = 5
_SILENT_MINUTES: Final = 10
_MOST_OF_A_TITLE: Final = 80
_BROKEN: Final = "Something is broken here, so nothing was claimed; handoff-md doctor tells more:"


def start_session(scene: Scene, given: str) -> str:
    """Bind a host's session to a claim, if it is to have one, and give what it is told.

    One that is resumed, or whose context was compacted, is the same session, and what was drafted
    when it was left is dropped. Where that was merged meanwhile, it is told so, and is a new one.
    An event that fires twice does, and tells, nothing the second time.

    Raises:
        HandoffError: configuration, files or git stand in the way.
    """
    said = scene.event.source
    source = said if said in _SOURCES else _BEGINS if said in ("", "new") else "other"
    begins = source == _BEGINS
    refuse_broken(scene.workspace)
    if not scene.is_first(f"{EventKind.SESSION_START}-{source}", once=begins):
        return ""
    _forget(scene)
    before, own = _take_up(scene, given, begins=begins)
    if own:
        scene = scene.about(own.document)
        discard_draft(scene.state, own)

    whose = _tell_whose(own) if own and source == _COMPACT else ""
    left = "\n".join(filter(None, (_tell_before(before), whose, tell_left(scene, own))))
    return tell_session(scene.workspace, own, scene.now, left, attest=True)


def _forget(scene: Scene) -> None:
    """Drop records of events, and of hosts' sessions that nobody will hear of any more."""

    def is_over(binding: Binding) -> bool:
        claim = load_claim(scene.state, binding.session) if binding.session else None
        return not binding.session or (binding.agent and not (claim and claim.at_work))

    recently = scene.now - dt.timedelta(days=1)
    forget_firings(scene.state, recently)
    forget_bindings(scene.state, recently, is_over)
    forget_bindings(scene.state, scene.now - dt.timedelta(days=_REMEMBERED_DAYS))


def _take_up(scene: Scene, given: str, *, begins: bool) -> tuple[Claim | None, Claim | None]:
    """Give the session that was worked on before, if it is over, and the one that is from now on.

    Each step is written down before the next: whoever is killed here claims no second one later.
    """
    binding = scene.binding
    position = None
    if binding is None:
        position = read_head(scene.workspace)
        binding = scene.bound_to("", position)
        bind(scene.state, binding)
    own = find_own(scene, binding)
    before = None if own or not binding.session else load_claim(scene.state, binding.session)
    if before and before.at_work:
        # What it has left was merged: it goes on as another session, and may have been in a run.
        given, begins, position = "", True, read_head(scene.workspace)
        binding = scene.bound_to("", position)
        update_binding(scene.state, binding)
    if own is None and not binding.session:
        from handoff_md.app.hook.own import claim_session

        own = claim_session(scene, given, begins=begins, position=position)
    session = own.key if own else binding.session
    update_binding(scene.state, replace(binding, session=session, seen_at=scene.stamp, left_at=""))
    return before, own


def _tell_whose(own: Claim) -> str:
    """Tell whose a session is, where a host does not say whether a subagent's context is compacted.

    Source: anthropics/claude-code#91910.
    """
    return f"Session {plain(own.id)} is the main agent's: its subagents do not end it."


def _tell_before(before: Claim | None) -> str:
    """Tell of the session that a host's session has worked on before, and that is over."""
    if before is None:
        return ""
    session = plain(before.id)
    over = "was merged as it was left" if before.at_work else "has handed over"
    return f"Session {session}, on which you worked, {over}: what comes now is no part of it."


def tell_session(
    workspace: Workspace,
    own: Claim | None,
    now: dt.datetime,
    left: str = "",
    *,
    attest: bool = False,
) -> str:
    """Give the text that a session is told; ``left`` comes last, and is never cut.

    With ``attest`` its log says so afterwards, where nothing is in the way.

    Raises:
        HandoffError: configuration, files or git stand in the way.
    """
    from handoff_md.app.context import MOST_BYTES_AT_ONCE, tell_context

    chars = _CHARACTERS - len(left) - len(_BETWEEN)
    session = own.id if own else None
    told = tell_context(
        workspace, for_id=session, chars=chars, now=now, most_bytes=MOST_BYTES_AT_ONCE
    )
    if own and attest:
        from handoff_md.app.session.work_log import tick_context

        with suppress(HandoffError):  # the agent waits for this: no other command of it runs
            tick_context(workspace, own.id, told.evidence)
    return _BETWEEN.join(part for part in (told.text.rstrip("\n"), left) if part)


def note_checkpoint(scene: Scene) -> None:
    """Write in the session's log that its context is compacted, and where it is.

    Not where that is in another work tree than the session's: it may be a subagent's context.

    Raises:
        HandoffError: configuration, files or git stand in the way.
    """
    binding = scene.binding
    own = find_own(scene, binding) if binding else None
    is_here = binding is not None and binding.root == str(scene.workspace.root)
    if own is None or not is_here or not scene.is_first(EventKind.PRE_COMPACT, once=False):
        return
    from handoff_md.app.session.work_log import add_note

    commit = read_head(scene.workspace).commit
    at = f", at commit {commit[:12]}" if commit else ""
    moment = scene.now.astimezone(dt.UTC).isoformat(timespec="seconds")
    add_note(
        scene.about(own.document).workspace,
        own.id,
        f"Checkpoint of {moment}: the context is compacted{at}.",
    )


def leave_session(scene: Scene) -> None:
    """Draft a summary of a session that its host leaves, unless it has written one.

    It may be resumed, so it has not ended: nothing is committed, and no entry is made.

    Raises:
        HandoffError: configuration, files or git stand in the way.
    """
    binding = scene.binding
    if binding is None:
        return
    own = find_own(scene, binding)
    session = own.key if own else binding.session
    left = replace(binding, session=session, seen_at=scene.stamp, left_at=scene.stamp)
    update_binding(scene.state, left)
    if own and not _has_summary(scene, own):
        from handoff_md.app.session.draft import compose_draft

        write_draft(scene.state, own, compose_draft(scene.about(own.document).workspace, own))


def _has_summary(scene: Scene, claim: Claim) -> bool:
    name = claim.summary.rpartition("/")[2]
    places = (scene.workspace.root / claim.summary, copies_folder(scene.state) / name)
    return any(place.is_file() for place in places)


def tell_left(scene: Scene, own: Claim | None) -> str:
    """Tell of sessions that have not ended, and that their hosts have left, or that are silent.

    Raises:
        HandoffError: a record can't be read, or git can't tell what became of them.
    """
    from handoff_md.app.belonging import concern_of
    from handoff_md.app.snapshot import take_snapshot
    from handoff_md.ledger.state import SessionState, state_of

    about = concern_of(scene.workspace)
    bound = {one.session: one for one in list_bindings(scene.state)}
    left = [
        claim
        for claim in list_claims(scene.state)
        if claim.at_work
        and claim.key in bound
        and (own is None or claim.key != own.key)
        and _is_left(bound[claim.key], scene.now)
        and about(claim.document)
    ]
    if not left:
        return ""
    known = take_snapshot(scene.workspace, left)
    open_ = (SessionState.STARTED, SessionState.NO_LOG)
    left = sorted((one for one in left if state_of(known, one) in open_), key=lambda one: one.key)
    if not left:
        return ""
    lines = [_left_line(claim, bound[claim.key]) for claim in left[:_MOST_LEFT]]
    if len(left) > _MOST_LEFT:
        lines.append(f"And {len(left) - _MOST_LEFT} more: handoff-md session list")
    head = "Sessions that were left, or are silent (`handoff-md session salvage ID` hands over what"
    return "\n".join([f"{head} one that was cut off has left):", *lines])


def _is_left(binding: Binding, now: dt.datetime) -> bool:
    """Tell whether a session's host has left it, or given no sign of life for some time."""
    seen = dt.datetime.fromisoformat(binding.seen_at)
    return bool(binding.left_at) or now - seen > dt.timedelta(minutes=_SILENT_MINUTES)


def _left_line(claim: Claim, binding: Binding) -> str:
    from handoff_md.briefing.chapters import quote

    title = " ".join(claim.title.split())[:_MOST_OF_A_TITLE]
    title = f", {title}" if title else ""
    if binding.left_at:
        return quote(f"{claim.id}{title}: its host has left it, at {binding.left_at[:19]}Z")
    return quote(f"{claim.id}{title}: last seen at {binding.seen_at[:19]}Z")


def tell_broken(directory: Path, now: dt.datetime, error: HandoffError) -> str:
    """Give the text of a session without a claim, with what is broken in a line of its own."""
    from handoff_md.app.context import FRAME
    from handoff_md.app.workspace import open_workspace
    from handoff_md.briefing.chapters import quote

    lines = f"{_BROKEN}\n{quote(shorten(error.message))}"
    try:
        return tell_session(open_workspace(directory), None, now, lines)
    except HandoffError:
        return f"{FRAME}\n{lines}"
