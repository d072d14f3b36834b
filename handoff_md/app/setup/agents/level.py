"""Where a set-up for agents writes, a repository or the user's home; what is there, and trusted."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

from msgspec.structs import replace

from handoff_md.app.setup.agents.codex import SETTINGS, has_hooks, is_trusted, look_at_toml
from handoff_md.app.setup.agents.hook_file import HooksFound, look_at_hooks
from handoff_md.app.setup.agents.hosts import AGENT_HOSTS, CLAUDE, CODEX, AgentHost, user_folder
from handoff_md.app.setup.change import Change, read_source
from handoff_md.app.setup.texts import is_untouched
from handoff_md.config import parse_toml
from handoff_md.jsonc import read_json
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.value import Value

_EVERYWHERE: Final = Path("/")
_NAME: Final = lazy_pattern("handoff[-_]md")
NOTHING: Final = HooksFound()
_PLUGIN: Final = "handoff-md@"


class Level(Value):
    """A repository with its root, or the user's home, whose paths begin at ``/``."""

    root: Path
    is_user: bool = False

    def path_of(self, host: AgentHost, kind: Literal["hooks", "skill", "plugin"]) -> str:
        """Give the path of a host's file from the root; empty where it has none."""
        if not self.is_user:
            return str(getattr(host.project, kind))
        name: str = getattr(host.user, kind)
        if not name:
            return ""
        below = name.removeprefix("~/")
        folder = host.user_home() if below == name else user_folder()
        return (folder / below).as_posix().lstrip("/")

    def label_of(self, path: str) -> str:
        """Give what people call a file."""
        if not self.is_user:
            return path
        whole, home = self.root / path, user_folder()
        inside = whole.is_relative_to(home)
        return f"~/{whole.relative_to(home).as_posix()}" if inside else str(whole)

    def read(self, path: str) -> Source | None:
        """Read a file; None where there is none.

        Raises:
            FileError: it can't be read, is no regular file, or lies outside of the repository.
        """
        return read_source(self.root, path) if path else None

    def exists(self, path: str) -> bool:
        """Tell whether there is such a file."""
        return (self.root / path).exists()

    def named(self, change: Change, *hosts: AgentHost) -> Change:
        """Name a change's file, and for whom it is made."""
        agents = tuple(host.name for host in hosts)
        return replace(change, agents=agents, label=self.label_of(change.path))

    def command(self, *names: str, option: str = "") -> str:
        """Give the command that sets hosts up at this level."""
        user = " --user" if self.is_user else ""
        return f"handoff-md init --agent {','.join(names)}{user}{option}"

    def codex_settings(self) -> str:
        """Give the path of Codex's settings, which may hold hooks."""
        return (CODEX.user_home() / SETTINGS).as_posix().lstrip("/") if self.is_user else ""


def user_level() -> Level:
    """Give the user's level."""
    return Level(_EVERYWHERE, is_user=True)


def names_us(source: Source | None) -> bool:
    """Tell whether a file may have anything of ours: else it need not be understood."""
    return source is not None and _NAME.search(source.text) is not None


def find_hooks(level: Level, host: AgentHost) -> tuple[str, HooksFound]:
    """Find what there is of our hooks for a host, and in which file.

    A file that does not name us is not understood, but passed over.

    Raises:
        HandoffError: a file can't be read, or says nothing that can be understood.
    """
    path = level.path_of(host, "hooks")
    source = level.read(path)
    if source and names_us(source):
        return path, look_at_hooks(source, level.label_of(path), host)
    settings = level.codex_settings() if host == CODEX else ""
    toml = level.read(settings)
    if toml and names_us(toml):
        found = look_at_toml(toml, level.label_of(settings))
        return (settings, found) if found.events else (path, NOTHING)
    return path, NOTHING


def choose_file(level: Level, host: AgentHost) -> str:
    """Give the path of the file that a host's hooks go to; empty where it has none.

    Codex wants all hooks of a folder in one file; ours stay where they are.

    Raises:
        HandoffError: as `find_hooks`.
    """
    path = level.path_of(host, "hooks")
    settings = level.codex_settings() if host == CODEX else ""
    toml = level.read(settings)
    if toml is None:
        return path
    label = level.label_of(settings)
    if names_us(toml) and look_at_toml(toml, label).events:
        return settings
    return path if level.exists(path) or not has_hooks(toml, label) else settings


def is_set_up(level: Level, host: AgentHost) -> bool:
    """Tell whether a host has hooks of ours, or our plugin.

    Raises:
        HandoffError: as `find_hooks`.
    """
    if host.hooks is not None:
        return bool(find_hooks(level, host)[1].events)
    plugin = level.read(level.path_of(host, "plugin"))
    return plugin is not None and is_untouched(plugin)


def list_set_up(level: Level, without: Collection[AgentHost] = ()) -> tuple[AgentHost, ...]:
    """List the hosts that have hooks of ours, or our plugin, apart from some.

    Raises:
        HandoffError: as `find_hooks`.
    """
    hosts = [host for host in AGENT_HOSTS.values() if host not in without]
    return tuple(host for host in hosts if is_set_up(level, host))


def list_folders(level: Level) -> frozenset[Path]:
    """List the folders that a set-up writes to for any host, those that are missing as well."""
    kinds: tuple[Literal["hooks", "skill", "plugin"], ...] = ("hooks", "skill", "plugin")
    paths = [level.path_of(host, kind) for host in AGENT_HOSTS.values() for kind in kinds]
    return frozenset((level.root / path).parent for path in paths if path)


def list_wholes(
    level: Level, hosts: Sequence[AgentHost], without: Collection[str] = ()
) -> tuple[tuple[str, Sequence[AgentHost]], ...]:
    """List the files that are ours as a whole, skills and plugins, each once, with their readers.

    Of several paths that lead to one file, by symbolic links, the first counts.

    Args:
        level: where they are.
        hosts: the readers.
        without: paths of files to leave out.
    """
    left_out = {os.path.realpath(level.root / path) for path in without}
    found: dict[str, tuple[str, list[AgentHost]]] = {}
    for host in hosts:
        for path in (level.path_of(host, "skill"), level.path_of(host, "plugin")):
            real = os.path.realpath(level.root / path)
            if path and real not in left_out:
                found.setdefault(real, (path, []))[1].append(host)
    return tuple(found.values())


def list_untrusted() -> tuple[str, ...]:
    """List the events whose hooks Codex skips: not trusted, or switched off.

    Raises:
        HandoffError: a file of Codex can't be read, or says nothing that can be understood.
    """
    level = user_level()
    path, found = find_hooks(level, CODEX)
    table = _codex_settings()
    file = level.root / path
    skipped = [
        event
        for event, group, index in found.places
        if not is_trusted(table, file, event, (group, index))
    ]
    return tuple(dict.fromkeys(skipped))


def has_plugin(project: Level, host: AgentHost) -> bool:
    """Tell whether a host runs our plugin, as Claude Code and Codex may.

    Raises:
        HandoffError: as `list_untrusted`.
    """
    if host == CLAUDE:
        return any(_enables_plugin(level) for level in (project, user_level()))
    plugins = _codex_settings().get("plugins") if host == CODEX else None
    return any(
        name.startswith(_PLUGIN) and isinstance(plugin, dict) and plugin.get("enabled") is True
        for name, plugin in _items(plugins)
    )


def _enables_plugin(level: Level) -> bool:
    path = level.path_of(CLAUDE, "hooks")
    source = level.read(path)
    if source is None or _PLUGIN not in source.text:
        return False
    settings = read_json(source, level.label_of(path)).root.value
    plugins = settings.get("enabledPlugins") if isinstance(settings, dict) else None
    return any(name.startswith(_PLUGIN) and on is True for name, on in _items(plugins))


def _items(table: object) -> Iterator[tuple[str, object]]:
    if isinstance(table, dict):
        yield from ((str(key), value) for key, value in table.items())


def _codex_settings() -> Mapping[str, object]:
    level = user_level()
    path = level.codex_settings()
    source = level.read(path)
    return parse_toml(level.label_of(path), source.to_bytes()) if source else {}
