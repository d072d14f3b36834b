"""Does what an event of a host's session asks for, and gives the text that the session is told.

Each event loads what it needs itself: the most frequent one only notes the time.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from handoff_md.app.hook.event import Clone, EventKind, HookEvent

if TYPE_CHECKING:
    from handoff_md.app.hook.scene import Scene


def answer_event(place: Clone, event: HookEvent, now: dt.datetime, given: str) -> str:
    """Do what an event asks for.

    Args:
        place: the repository that the event's folder lies in.
        event: what has happened.
        now: the moment, with its time zone.
        given: the id that whoever started the host's session has given it, else empty.

    Returns:
        The text that the session is told; empty for nothing.

    Raises:
        HandoffError: configuration, files or git stand in the way.
    """
    if not place.writes:
        return _tell_reader(event, now) if event.kind is EventKind.SESSION_START else ""
    if event.kind is EventKind.STOP:
        _note_sign_of_life(Path(place.state), event, now)
        return ""
    from handoff_md.app.hook.scene import open_scene

    scene = open_scene(event, now)
    if event.kind in (EventKind.SUBAGENT_START, EventKind.SUBAGENT_STOP):
        return _answer_subagent(scene)
    from handoff_md.app.hook import sessions

    if event.kind is EventKind.SESSION_START:
        return sessions.start_session(scene, given)
    if event.kind is EventKind.PRE_COMPACT:
        sessions.note_checkpoint(scene)
    else:
        sessions.leave_session(scene)
    return ""


def _answer_subagent(scene: Scene) -> str:
    from handoff_md.app.hook.subagents import start_subagent, stop_subagent

    if scene.event.kind is EventKind.SUBAGENT_START:
        return start_subagent(scene)
    stop_subagent(scene)
    return ""


def _tell_reader(event: HookEvent, now: dt.datetime) -> str:
    from handoff_md.app.hook.sessions import tell_session
    from handoff_md.app.workspace import open_workspace

    return tell_session(open_workspace(Path(event.cwd)), None, now)


def _note_sign_of_life(state: Path, event: HookEvent, now: dt.datetime) -> None:
    from msgspec.structs import replace

    from handoff_md.store.bindings import binding_key, load_binding, update_binding

    binding = load_binding(state, binding_key(event.session))
    if binding:
        stamp = now.astimezone(dt.UTC).isoformat()
        update_binding(state, replace(binding, seen_at=stamp))
