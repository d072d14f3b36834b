"""What a user has told hosts of our hooks: that Codex may run them, and that a plugin has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from handoff_md.app.setup.agents.codex import is_trusted
from handoff_md.app.setup.agents.hosts import CLAUDE, CODEX, AgentHost
from handoff_md.app.setup.agents.level import Level, find_hooks, user_level
from handoff_md.config import parse_toml
from handoff_md.jsonc import read_json

_PLUGIN: Final = "handoff-md@"


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
