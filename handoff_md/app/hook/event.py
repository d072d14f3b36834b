"""An event of a host's session: how each host tells of it, and whether there is anything to do.

It runs with each event, without git, and loads next to nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Final, NamedTuple

from handoff_md import defaults
from handoff_md.git.layout import find_layout
from handoff_md.reading import read_regular
from handoff_md.store.hooks import allows_hooks

_STATE = "handoff-md"
_CONFIG = "handoff-md.toml"
_PYPROJECT, _TABLE = "pyproject.toml", b"[tool.handoff-md"


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


_AS_CLAUDE: Final = {kind.value.replace("-", ""): kind for kind in EventKind}


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


class Clone(NamedTuple):
    """A repository that is set up, and its shared state; paths are texts, which load nothing.

    ``writes`` says that hooks may write and claim: `init` was run in this clone. Where it was not,
    as in a new clone, a session is told what there is to read, and that is all.
    """

    root: str
    state: str
    writes: bool


def find_place(cwd: str) -> Clone | None:
    """Find the set-up repository of a folder; None where there is none.

    Raises:
        GitError: a file that says where the data lies can't be read.
        OSError: the folder can't be looked at.
        ValueError: it has no name that a folder can have.
    """
    if not os.path.isabs(cwd) or not os.path.isdir(cwd):  # noqa: PTH112, PTH117 - it is a text
        return None
    start = os.path.realpath(cwd)
    repository = find_layout(start)
    if repository is None:
        return None
    state = f"{repository.common_dir}/{_STATE}"
    writes = allows_hooks(state)
    if not writes and not _is_set_up(start, repository.root):
        return None
    return Clone(repository.root, state, writes)


def find_folder(path: str) -> str:
    """Give the closest folder upward that is still there: a work tree may be gone already."""
    while path != (above := os.path.dirname(path)):  # noqa: PTH120 - as above
        if os.path.isdir(path):  # noqa: PTH112 - as above
            break
        path = above
    return path


def _is_set_up(start: str, root: str) -> bool:
    """Tell whether a repository has our configuration, or a document where it is by default."""
    if os.path.isfile(f"{root}/{defaults.HANDOFF}"):  # noqa: PTH113 - it is a text
        return True
    folder = start
    while True:
        if os.path.isfile(f"{folder}/{_CONFIG}"):  # noqa: PTH113 - as above
            return True
        with suppress(OSError):
            if _TABLE in read_regular(f"{folder}/{_PYPROJECT}"):
                return True
        if folder == root:
            return False
        folder = os.path.dirname(folder)  # noqa: PTH120 - as above
