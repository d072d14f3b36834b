"""The start of a host's session, a compaction of its context, and its end, which ends nothing.

What only some of them need is loaded by them: an event that has fired before waits for none of it.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from handoff_md.app.hook.host import EventKind
from handoff_md.app.hook.own import find_own
from handoff_md.app.hook.scene import Scene, read_head
from handoff_md.app.workspace import Workspace
from handoff_md.errors import HandoffError
from handoff_md.ledger.records import Binding, Claim
from handoff_md.ledger.state import SessionState, state_of
from handoff_md.store.archive import copies_folder
from handoff_md.store.bindings import bind, forget_firings, list_bindings, update_binding
from handoff_md.store.claims import list_claims
from handoff_md.store.drafts import discard_draft, write_draft

_CHARACTERS: Final = 6_000
"""How much a session is told; hosts cut at 10,000."""
_SOURCES: Final = ("startup", "resume", "clear", "compact", "fork")
_BEGINS: Final = "startup"
_BETWEEN: Final = "\n\n"
_MOST_LEFT: Final = 5
_REMEMBERED_DAYS: Final = 30
_SILENT_MINUTES: Final = 10
_MOST_OF_A_TITLE: Final = 80


def start_session(scene: Scene, given: str) -> str:
    """Bind a host's session to a claim, if it is to have one, and give what it is told.

    One that is resumed, or whose context was compacted, is the same session, and what was drafted
    when it was left is dropped. An event that fires twice does, and tells, nothing the second time.

    Raises:
        HandoffError: configuration, files or git stand in the way.
    """
    said = scene.event.source
    source = said if said in _SOURCES else _BEGINS if said in ("", "new") else "other"
    begins = source == _BEGINS
    if not scene.is_first(f"{EventKind.SESSION_START}-{source}", once=begins):
        return ""
    forget_firings(scene.state, scene.now - dt.timedelta(days=_REMEMBERED_DAYS))
    binding = scene.binding
    if binding is None:
        binding = scene.bound_to("")
        bind(scene.state, binding)
    own = find_own(scene, binding)
    if own is None and not binding.session:
        from handoff_md.app.hook.claiming import claim_session

        own = claim_session(scene, given, begins=begins)
    session = own.key if own else binding.session
    update_binding(scene.state, replace(binding, session=session, seen_at=scene.stamp, left_at=""))
    if own:
        discard_draft(scene.state, own)
    left = _tell_left(scene, own)
    return tell_session(scene.workspace.root, own, scene.now, left, attest=scene.workspace)


def tell_session(
    directory: Path,
    own: Claim | None,
    now: dt.datetime,
    left: str = "",
    *,
    attest: Workspace | None = None,
) -> str:
    """Give the text that a session is told; ``left`` comes last, and is never cut.

    Its log says so afterwards, where ``attest`` gives its workspace, and nothing is in the way.

    Raises:
        HandoffError: configuration, files or git stand in the way.
    """
    from handoff_md.app.context import build_context

    chars = _CHARACTERS - len(left) - len(_BETWEEN)
    told = build_context(directory, for_id=own.id if own else None, chars=chars, now=now)
    if own and attest:
        from handoff_md.app.session.told import tick_context

        with suppress(HandoffError):  # the agent waits for this: no other command of it runs
            tick_context(attest, own.id, told.evidence)
    return _BETWEEN.join(part for part in (told.text.rstrip("\n"), left) if part)


def note_checkpoint(scene: Scene) -> None:
    """Write in the session's log that its context is compacted, and where it is.

    Raises:
        HandoffError: configuration, files or git stand in the way.
    """
    binding = scene.binding
    own = find_own(scene, binding) if binding else None
    if own is None or not scene.is_first(EventKind.PRE_COMPACT, once=False):
        return
    from handoff_md.app.session.note import add_note

    commit = read_head(scene.workspace).commit
    at = f", at commit {commit[:12]}" if commit else ""
    moment = scene.now.astimezone(dt.UTC).isoformat(timespec="seconds")
    add_note(scene.workspace, own.id, f"Checkpoint of {moment}: the context is compacted{at}.")


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

        write_draft(scene.state, own, compose_draft(scene.workspace, own))


def _has_summary(scene: Scene, claim: Claim) -> bool:
    name = claim.summary.rpartition("/")[2]
    places = (scene.workspace.root / claim.summary, copies_folder(scene.state) / name)
    return any(place.is_file() for place in places)


def _tell_left(scene: Scene, own: Claim | None) -> str:
    """Tell of sessions that have not ended, and that their hosts have left, or that are silent.

    Raises:
        HandoffError: a record can't be read, or git can't tell what became of them.
    """
    bound = {one.session: one for one in list_bindings(scene.state)}
    left = [
        claim
        for claim in list_claims(scene.state)
        if claim.at_work
        and claim.key in bound
        and (own is None or claim.key != own.key)
        and _is_left(bound[claim.key], scene.now)
    ]
    if not left:
        return ""
    from handoff_md.app.snapshot import take_snapshot

    known = take_snapshot(scene.workspace, left)
    open_ = (SessionState.STARTED, SessionState.NO_LOG)
    left = sorted((one for one in left if state_of(known, one) in open_), key=lambda one: one.key)
    if not left:
        return ""
    lines = [_left_line(claim, bound[claim.key]) for claim in left[:_MOST_LEFT]]
    if len(left) > _MOST_LEFT:
        lines.append(f"- and {len(left) - _MOST_LEFT} more: `handoff-md session list`")
    head = "Sessions that were left, or are silent (`handoff-md session salvage ID` hands over what"
    return "\n".join([f"{head} one that was cut off has left):", *lines])


def _is_left(binding: Binding, now: dt.datetime) -> bool:
    """Tell whether a session's host has left it, or given no sign of life for some time."""
    seen = dt.datetime.fromisoformat(binding.seen_at)
    return bool(binding.left_at) or now - seen > dt.timedelta(minutes=_SILENT_MINUTES)


def _left_line(claim: Claim, binding: Binding) -> str:
    title = " ".join(claim.title.split())[:_MOST_OF_A_TITLE]
    title = f", {title}" if title else ""
    if binding.left_at:
        return f"- {claim.id}{title}: its host has left it, at {binding.left_at[:19]}Z"
    return f"- {claim.id}{title}: last seen at {binding.seen_at[:19]}Z"
