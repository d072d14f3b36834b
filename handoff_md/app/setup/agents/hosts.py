"""What each host of coding agents reads: where its hooks stand, in which shape, and its skills.

The sources are named in `docs/agents.md`; `handoff_md.app.hook.event` answers what is set up here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from handoff_md.text.pattern import lazy_pattern
from handoff_md.value import Value

_CLAUDE_EVENTS: Final = {
    "SessionStart": "session-start",
    "SubagentStart": "subagent-start",
    "SubagentStop": "subagent-stop",
    "Stop": "stop",
    "PreCompact": "pre-compact",
    "SessionEnd": "session-end",
}
_COMMAND: Final = (
    "sh -c 'command -v handoff-md >/dev/null && handoff-md hook {host} {event}; exit 0'"
)
_WRITTEN: Final = lazy_pattern(
    r"(?:sh -c ')?(?:command -v handoff-md >/dev/null(?: 2>&1)? ?(?:\|\| exit 0;|&&) )?(?:exec )?"
    r"handoff-md hook [a-z]+ [A-Za-z-]+(?:; exit 0)?'?"
)


class Hooks(Value):
    """How a host's file of hooks is written.

    Attributes:
        events: its events, and what `handoff-md hook` calls them.
        command_key: the key of a hook that holds its command.
        grouped: each event has groups, which have hooks; else it has hooks.
        more: what else stands in each hook.
        at_end: what else stands in the hook of a session's end.
        top: what else stands in a file that is made for hooks alone.
    """

    events: Mapping[str, str]
    command_key: str = "command"
    grouped: bool = True
    more: Mapping[str, object] = {}
    at_end: Mapping[str, object] = {}
    top: Mapping[str, object] = {}

    def element(self, host: str, event: str) -> dict[str, object]:
        """Give what stands in the list of an event."""
        own = self.events[event]
        hook = {**self.more, self.command_key: command_of(host, own)}
        if own == "session-end":
            hook |= self.at_end
        return {"hooks": [hook]} if self.grouped else hook


class Home(Value):
    """A folder that a host reads, in a repository or in the user's home.

    Attributes:
        hooks: the file of its hooks; empty where there is none that would be read.
        skill: the file of our skill.
        plugin: the file of our plugin, for a host whose hooks are a program.
    """

    hooks: str
    skill: str
    plugin: str = ""


class AgentHost(Value):
    """A host of coding agents, as a set-up sees it.

    Attributes:
        name: what `handoff-md` calls it.
        title: what people call it.
        hooks: how its file of hooks is written; None for a plugin.
        project: what it reads in a repository, from the root.
        user: what it reads at the user's level, from `user_home`.
        variables: the variables that may name its folder at the user's level, each with what is
            below that; the first that is set counts.
        folder: that folder where none is set, in the user's home.
        signs: files and folders that tell that a project is worked on with it.
        imports: the file of instructions that has to name AGENTS.md, for a host that does not read
            that, and what has to stand in it.
    """

    name: str
    title: str
    hooks: Hooks | None
    project: Home
    user: Home
    variables: tuple[tuple[str, str], ...]
    folder: str
    signs: tuple[str, ...]
    imports: tuple[str, str] = ("", "")

    def user_home(self) -> Path:
        """Give the host's folder at the user's level."""
        for name, below in self.variables:
            given = os.environ.get(name)
            if given:
                return Path(os.path.abspath(given), below)  # noqa: PTH100 - links stay
        return user_folder() / self.folder


def user_folder() -> Path:
    """Give the user's home folder, which the variable HOME names."""
    return Path(os.path.expanduser("~"))  # noqa: PTH111 - never fails


def command_of(host: str, event: str) -> str:
    """Give the command of a hook, which is silent where `handoff-md` is missing.

    It stays the same from version to version, as hosts have people trust its text.
    """
    return _COMMAND.format(host=host, event=event)


def judge_command(command: str, host: str, event: str) -> Literal["", "current", "old", "own"]:
    """Tell whether a hook's command is ours, of another version, or a person's that runs ours."""
    if not re.search(rf"handoff[-_]md\S* hook {host}\b", command):
        return ""
    if command == command_of(host, event):
        return "current"
    return "old" if _WRITTEN.fullmatch(command) else "own"


_SHARED: Final = ".agents/skills/handoff/SKILL.md"
CLAUDE: Final = AgentHost(
    "claude",
    "Claude Code",
    # All hooks of a session's end have 1.5 seconds together, unless they say otherwise.
    Hooks(_CLAUDE_EVENTS, more={"type": "command"}, at_end={"timeout": 10}),
    Home(".claude/settings.json", ".claude/skills/handoff/SKILL.md"),
    Home("settings.json", "skills/handoff/SKILL.md"),
    (("CLAUDE_CONFIG_DIR", ""),),
    ".claude",
    (".claude", "CLAUDE.md"),
    ("CLAUDE.md", "@AGENTS.md"),
)
CODEX: Final = AgentHost(
    "codex",
    "Codex",
    Hooks(_CLAUDE_EVENTS, more={"type": "command"}),
    Home("", _SHARED),
    Home("hooks.json", f"~/{_SHARED}"),
    (("CODEX_HOME", ""),),
    ".codex",
    (".codex",),
)
COPILOT: Final = AgentHost(
    "copilot",
    "Copilot",
    Hooks(
        {
            "sessionStart": "session-start",
            "subagentStart": "subagent-start",
            "subagentStop": "subagent-stop",
            "agentStop": "stop",
            "preCompact": "pre-compact",
            "sessionEnd": "session-end",
        },
        command_key="bash",
        grouped=False,
        more={"type": "command"},
        top={"version": 1},
    ),
    Home(".github/hooks/handoff-md.json", _SHARED),
    Home("hooks/handoff-md.json", f"~/{_SHARED}"),
    (("COPILOT_HOME", ""),),
    ".copilot",
    (".github/copilot-instructions.md", ".github/hooks", ".github/agents"),
)
CURSOR: Final = AgentHost(
    "cursor",
    "Cursor",
    Hooks(
        {
            "sessionStart": "session-start",
            "subagentStop": "subagent-stop",
            "stop": "stop",
            "preCompact": "pre-compact",
            "sessionEnd": "session-end",
        },
        grouped=False,
        top={"version": 1},
    ),
    Home(".cursor/hooks.json", _SHARED),
    Home("hooks.json", f"~/{_SHARED}"),
    (),
    ".cursor",
    (".cursor", ".cursorrules"),
)
GEMINI: Final = AgentHost(
    "gemini",
    "Gemini CLI",
    Hooks(
        {
            "SessionStart": "session-start",
            "AfterAgent": "stop",
            "PreCompress": "pre-compact",
            "SessionEnd": "session-end",
        },
        more={"name": "handoff-md", "type": "command", "timeout": 10_000},  # in milliseconds
    ),
    Home(".gemini/settings.json", _SHARED),
    Home("settings.json", f"~/{_SHARED}"),
    (),
    ".gemini",
    (".gemini", "GEMINI.md"),
    ("GEMINI.md", "@./AGENTS.md"),
)
OPENCODE: Final = AgentHost(
    "opencode",
    "opencode",
    None,
    Home("", _SHARED, ".opencode/plugins/handoff-md.js"),
    Home("", f"~/{_SHARED}", "plugins/handoff-md.js"),
    (("OPENCODE_CONFIG_DIR", ""), ("XDG_CONFIG_HOME", "opencode")),
    ".config/opencode",
    (".opencode", "opencode.json", "opencode.jsonc"),
)

AGENT_HOSTS: Final[Mapping[str, AgentHost]] = {
    host.name: host for host in (CLAUDE, CODEX, COPILOT, CURSOR, GEMINI, OPENCODE)
}
