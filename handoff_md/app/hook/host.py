"""The hosts of coding agents: how each calls its events, what it sends, and what it takes.

It runs with each event, and loads next to nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
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


def _as_claude(kind: EventKind, text: str, _payload: Payload) -> str:
    """Answer as Claude Code does, whose form other hosts have taken over."""
    event = "".join(word.capitalize() for word in kind.split("-"))
    told = {"hookEventName": event, "additionalContext": text}
    return json.dumps({"hookSpecificOutput": told})


def _as_asked(kind: EventKind, text: str, payload: Payload) -> str:
    """Answer in the shape in which was asked: events in PascalCase send Claude's."""
    if "hook_event_name" in payload:
        return _as_claude(kind, text, payload)
    return json.dumps({"additionalContext": text})


def _as_cursor(_kind: EventKind, text: str, _payload: Payload) -> str:
    return json.dumps({"additional_context": text})


def _plain(_kind: EventKind, text: str, _payload: Payload) -> str:
    return text


_AS_CLAUDE: Final = {
    "sessionstart": EventKind.SESSION_START,
    "subagentstart": EventKind.SUBAGENT_START,
    "subagentstop": EventKind.SUBAGENT_STOP,
    "stop": EventKind.STOP,
    "precompact": EventKind.PRE_COMPACT,
    "sessionend": EventKind.SESSION_END,
}
_HOSTS: Final = (
    # Claude Code. Source: its docs/hooks.md; run with 2.1.197.
    Host("claude", _AS_CLAUDE, _as_claude),
    # Codex CLI, which refuses an answer with a key that it does not know. Source:
    # codex-rs/hooks/schema/generated; run with 0.171.
    Host("codex", {**_AS_CLAUDE, "interrupt": EventKind.STOP}, _as_claude),
    # GitHub Copilot: its command line, its cloud agent, and VS Code, which sends Claude's shape.
    # Source: github/docs, content/copilot/reference/hooks-reference.md.
    Host("copilot", {**_AS_CLAUDE, "agentstop": EventKind.STOP}, _as_asked),
    # Cursor, which keeps the text for the whole conversation. Source: its client 3.20.17, as read.
    Host("cursor", _AS_CLAUDE, _as_cursor),
    # Gemini CLI, which takes no plain text. Source: gemini-cli-core 0.61.0, its dist/docs/hooks.
    Host(
        "gemini",
        {
            "sessionstart": EventKind.SESSION_START,
            "afteragent": EventKind.STOP,
            "precompress": EventKind.PRE_COMPACT,
            "sessionend": EventKind.SESSION_END,
        },
        _as_claude,
    ),
    # opencode, where a plugin calls the hooks, and takes plain text. Source:
    # @opencode-ai/plugin 1.18.33, dist/index.d.ts.
    Host(
        "opencode",
        {
            "sessionstart": EventKind.SESSION_START,
            "sessioncreated": EventKind.SESSION_START,
            "sessionidle": EventKind.STOP,
            "sessioncompacting": EventKind.PRE_COMPACT,
            "sessiondeleted": EventKind.SESSION_END,
        },
        _plain,
    ),
)
HOSTS: Final = tuple(host.name for host in _HOSTS)
"""What the hosts are called on the command line."""


def find_host(name: str) -> Host | None:
    """Give the host of a name, None for another one."""
    return next((host for host in _HOSTS if host.name == name), None)
