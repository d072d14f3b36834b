"""What an adapter says of a host, and how an event is read by it. Loads next to nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from importlib import import_module
from typing import Final, NamedTuple


class EventKind(StrEnum):
    """What has happened, in whichever words a host says it."""

    SESSION_START = "session-start"
    SUBAGENT_START = "subagent-start"
    SUBAGENT_STOP = "subagent-stop"
    STOP = "stop"
    PRE_COMPACT = "pre-compact"
    SESSION_END = "session-end"


class HookEvent(NamedTuple):
    """An event of a host's session; what a host does not send is empty.

    ``session`` and ``agent`` are the host's own names of the session and of a subagent. ``source``
    says what a session starts from: ``startup``, ``resume``, ``clear``, ``compact``, or another
    word. ``message`` is what the agent said last.
    """

    host: str
    kind: EventKind
    session: str
    cwd: str
    source: str
    agent: str
    agent_type: str
    message: str


Payload = Mapping[str, object]
FIELDS: Final[Mapping[str, Sequence[str]]] = {
    "session": ("session_id", "sessionId", "conversation_id", "sessionID"),
    "cwd": ("cwd", "workspace_roots", "directory", "worktree"),
    "source": ("source",),
    "agent": ("agent_id", "agentId", "subagent_id"),
    "agent_type": ("agent_type", "agentType", "agentName", "subagent_type"),
    "message": ("last_assistant_message", "lastAssistantMessage"),
}
"""Where hosts send what an event has; the first that is a text counts.

One table for all of them: some run the hooks of others' files, and send what they always send.
"""


class Host(NamedTuple):
    """A host of coding agents.

    Attributes:
        name: what `handoff-md hook` calls it.
        events: its events, in small letters without ``-`` and ``_``.
        answer: puts text into what the host takes; gets what has happened, the text, and the
            payload.
    """

    name: str
    events: Mapping[str, EventKind]
    answer: Callable[[EventKind, str, Payload], str]

    def kind_of(self, event: str) -> EventKind | None:
        """Tell what an event's name means, in the host's spelling or in ours."""
        name = event.replace("-", "").replace("_", "").casefold()
        own = {kind.value.replace("-", ""): kind for kind in self.events.values()}
        return self.events.get(name) or own.get(name)


HOSTS: Final = ("claude", "codex", "copilot", "cursor", "gemini", "opencode")


def find_host(name: str) -> Host | None:
    """Give the host of a name, None for another one."""
    if name not in HOSTS:
        return None
    host = import_module(f"handoff_md.app.hook.hosts.{name}").HOST
    assert isinstance(host, Host)  # noqa: S101 - each adapter keeps to it
    return host


def read_event(host: Host, kind: EventKind, payload: Payload) -> HookEvent:
    """Read an event; fields that are missing, or no texts, are empty."""
    return HookEvent(
        host.name, kind, **{key: _text(payload, names) for key, names in FIELDS.items()}
    )


def _text(payload: Payload, names: Sequence[str]) -> str:
    for name in names:
        value = payload.get(name)
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, str) and value:
            return value
    return ""


def additional_context(kind: EventKind, text: str, _payload: Payload) -> str:
    """Answer as Claude Code does, whose form other hosts have taken over."""
    event = "".join(word.capitalize() for word in kind.split("-"))
    told = {"hookEventName": event, "additionalContext": text}
    return json.dumps({"hookSpecificOutput": told})
