"""Codex: hooks in its TOML, where a person keeps hooks there, and which of them it trusts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from handoff_md.app.setup.agents.hook_file import HooksFound
from handoff_md.app.setup.agents.hosts import CODEX, command_of, judge_command
from handoff_md.config import parse_toml
from handoff_md.errors import ConfigError, ContentError
from handoff_md.text.edit import Edit, Patch, compose, make_patch
from handoff_md.text.marked import HASH, cut_marked, find_marked, put_marked
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span

SETTINGS: Final = "config.toml"
_HUMP: Final = lazy_pattern(r"(?<=[a-z])(?=[A-Z])")
_BLOCK: Final = lazy_pattern(
    r"^\[\[hooks\.(?P<event>\w+)\]\]\n\[\[hooks\.(?P=event)\.hooks\]\]\n"
    r"(?:[ \t]*[\w-]+[ \t]*=[^\n]*(?:\n|\Z))*\n*",
    re.MULTILINE,
)
_COMMAND: Final = lazy_pattern(
    rf"^[ \t]*command[ \t]*=[ \t]*\"(?P<command>[^\"\\\r\n]* hook {CODEX.name} (?P<event>[\w-]+)"
    r"[^\"\\\r\n]*)\"",
    re.MULTILINE,
)


def has_hooks(source: Source, name: str) -> bool:
    """Tell whether settings hold hooks: Codex wants those of one folder in one file.

    Raises:
        ConfigError: they are no TOML.
    """
    hooks = _hooks_of(parse_toml(name, source.to_bytes()))
    return any(isinstance(value, list) and value for value in hooks.values())


def look_at_toml(source: Source, name: str) -> HooksFound:
    """Tell what settings have of our hooks.

    Raises:
        ConfigError: they are no TOML.
    """
    hooks = _hooks_of(parse_toml(name, source.to_bytes()))
    judged: dict[str, list[str]] = {"current": [], "old": [], "own": []}
    places: list[tuple[str, int, int]] = []
    for event, own in _events().items():
        for group, index, command in _commands(hooks.get(event)):
            how = _judge(command, own)
            if how:
                judged[how].append(event)
                places.append((event, group, index))
    current, old, own_ones = (tuple(dict.fromkeys(found)) for found in judged.values())
    return HooksFound(current, old, own_ones, tuple(places))


def put_toml(source: Source, name: str) -> Patch:
    """Make the patch that adds the hooks that are missing, in a section of their own at the end.

    Those that another version has written are brought up to date where they stand.

    Raises:
        ConfigError: the settings are no TOML.
        ContentError: the section's marks are damaged, or hooks are written in another form.
    """
    before, found = parse_toml(name, source.to_bytes()), look_at_toml(source, name)
    renewed = make_patch(source, _renew(source))
    missing = [event for event in _events() if event not in found.events]
    if not missing:
        return renewed
    now = renewed.apply()
    tables = "\n".join(_table(event) for event in missing)
    body = "\n\n".join(filter(None, (_inner(now, name), tables)))
    patch = compose(renewed, put_marked(now, name, body, HASH))
    after = patch.apply()
    if not _keeps(before, after, name) or set(_events()) - look_at_toml(after, name).events:
        raise ContentError(
            f"{name} has its hooks in a form that nothing can be added to",
            "Move them to hooks.json beside it, which Codex reads as well; then run it again.",
        )
    return patch


def cut_toml(source: Source, name: str) -> Patch:
    """Make the patch that takes our section out; what Codex has put into it stays.

    It puts there which hooks are trusted.

    Raises:
        ConfigError: the settings are no TOML.
        ContentError: the section's marks are damaged, or it can't be told what in it is ours.
    """
    span = find_marked(source, name)
    if span is None:
        return make_patch(source, [])
    inner = _inner(source, name)
    ours = [block for block in _BLOCK.finditer(inner) if f" hook {CODEX.name} " in block.group()]
    left = inner
    for block in reversed(ours):
        left = left[: block.start()] + left[block.end() :]
    if not left.strip():
        return cut_marked(source, name)
    text = left.strip("\n").replace("\n", source.newline)
    patch = make_patch(source, [Edit(span, text)])
    before, after = parse_toml(name, source.to_bytes()), patch.apply()
    if not _keeps(before, after, name) or _has_written(after, name):
        raise ContentError(
            f"{name} has more between the marks of handoff-md than `handoff-md init` wrote",
            "Take out there what is ours: the hooks that run handoff-md, and the marks.",
        )
    return patch


def _inner(source: Source, name: str) -> str:
    """Give what stands between the marks of our section, with LF; nothing without a section."""
    span = find_marked(source, name)
    lines = source.slice(span).replace("\r\n", "\n").replace("\r", "\n") if span else ""
    return "\n".join(lines.split("\n")[1:-1]).strip("\n")


def _renew(source: Source) -> Iterator[Edit]:
    """Bring the commands of another version up to date."""
    for found in _COMMAND.finditer(source.text):
        event = found["event"].lower().replace("-", "")
        for own in _events().values():
            if event == own.replace("-", "") and _judge(found["command"], own) == "old":
                place = Span(found.start("command"), found.end("command"))
                yield Edit(place, command_of(CODEX.name, own))


def is_trusted(
    settings: Mapping[str, object], file: Path, event: str, place: tuple[int, int]
) -> bool:
    """Tell whether a person has trusted a hook, and not switched it off.

    Whether it was changed since then only Codex knows.

    Args:
        settings: Codex's own, which hold that.
        file: the file that the hook stands in.
        event: its event.
        place: the index of its group, and its index in that.
    """
    states = _hooks_of(settings).get("state")
    label = _HUMP.sub("_", event).lower()
    key = f"{file}:{label}:{place[0]}:{place[1]}"
    state = states.get(key) if isinstance(states, dict) else None
    if not isinstance(state, dict):
        return False
    return bool(state.get("trusted_hash")) and state.get("enabled") is not False


def _keeps(before: Mapping[str, object], after: Source, name: str) -> bool:
    """Tell whether settings say what they have said, hooks that run our command apart."""
    try:
        now = parse_toml(name, after.to_bytes())
    except ConfigError:
        return False
    return _without_ours(now) == _without_ours(before)


def _without_ours(settings: Mapping[str, object]) -> Mapping[str, object]:
    """Give settings without the hooks that run our command."""
    hooks = dict(_hooks_of(settings))
    for event, own in _events().items():
        ours = {group for group, _, command in _commands(hooks.get(event)) if _judge(command, own)}
        groups = hooks.pop(event, [])
        kept = enumerate(groups) if isinstance(groups, list) else [(-1, groups)]
        left = [group for index, group in kept if index not in ours]
        hooks |= {event: left} if left else {}
    return {**settings, "hooks": hooks}


def _has_written(source: Source, name: str) -> bool:
    """Tell whether there is a hook that some version has written."""
    found = look_at_toml(source, name)
    return bool(found.current or found.old)


def _events() -> Mapping[str, str]:
    assert CODEX.hooks is not None  # noqa: S101 - it has a file of hooks
    return CODEX.hooks.events


def _judge(command: str, own: str) -> str:
    return judge_command(command, CODEX.name, own)


def _table(event: str) -> str:
    command = command_of(CODEX.name, _events()[event])
    return f'[[hooks.{event}]]\n[[hooks.{event}.hooks]]\ntype = "command"\ncommand = "{command}"\n'


def _hooks_of(settings: Mapping[str, object]) -> Mapping[str, object]:
    hooks = settings.get("hooks")
    return hooks if isinstance(hooks, dict) else {}


def _commands(groups: object) -> Iterator[tuple[int, int, str]]:
    """Give the commands of an event's hooks, with the index of the group and the hook's in it."""
    for group, value in enumerate(groups if isinstance(groups, list) else ()):
        hooks = value.get("hooks") if isinstance(value, dict) else None
        for index, hook in enumerate(hooks if isinstance(hooks, list) else ()):
            command = hook.get("command") if isinstance(hook, dict) else None
            if isinstance(command, str):
                yield group, index, command
