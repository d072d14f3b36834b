"""Tells a session which others have not ended, though nobody seems to work on them."""

from __future__ import annotations

import datetime as dt
from typing import Final

from handoff_md.app.belonging import concern_of
from handoff_md.app.hook.scene import Scene
from handoff_md.app.snapshot import take_snapshot
from handoff_md.briefing.chapters import quote
from handoff_md.ledger.records import Binding, Claim
from handoff_md.ledger.state import SessionState, state_of
from handoff_md.store.bindings import list_bindings
from handoff_md.store.claims import list_claims

_MOST_LEFT: Final = 5
_SILENT_MINUTES: Final = 10
_MOST_OF_A_TITLE: Final = 80


def tell_left(scene: Scene, own: Claim | None) -> str:
    """Tell of sessions that have not ended, and that their hosts have left, or that are silent.

    Raises:
        HandoffError: a record can't be read, or git can't tell what became of them.
    """
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
    title = " ".join(claim.title.split())[:_MOST_OF_A_TITLE]
    title = f", {title}" if title else ""
    if binding.left_at:
        return quote(f"{claim.id}{title}: its host has left it, at {binding.left_at[:19]}Z")
    return quote(f"{claim.id}{title}: last seen at {binding.seen_at[:19]}Z")
