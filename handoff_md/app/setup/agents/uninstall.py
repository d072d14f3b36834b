"""Plans to take out again what a set-up has written for hosts of coding agents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handoff_md.app.setup.agents.codex import cut_toml, look_at_toml
from handoff_md.app.setup.agents.hook_file import cut_hooks, look_at_hooks
from handoff_md.app.setup.agents.hosts import AGENT_HOSTS, CODEX, AgentHost, user_folder
from handoff_md.app.setup.agents.level import Level, list_set_up, list_wholes, names_us, user_level
from handoff_md.app.setup.agents.sealed import is_untouched
from handoff_md.app.setup.change import Change, SetupPlan, changed_file, deleted_file
from handoff_md.app.setup.documents import POINTERS, has_import, pointer_body
from handoff_md.app.workspace import Workspace
from handoff_md.config import Config
from handoff_md.errors import HandoffError
from handoff_md.text.marked import MARKDOWN, cut_marked, find_marked, put_marked
from handoff_md.text.source import Source


def plan_user_removal(names: Sequence[str]) -> SetupPlan:
    """Work out what takes hosts' files out of the user's home; nothing is written.

    Raises:
        HandoffError: files stand in the way.
    """
    level = user_level()
    changes, notes = agent_removal(level, names)
    return SetupPlan(user_folder(), Config(), tuple(changes), tuple(notes), for_user=True)


def plan_agent_removal(place: Workspace, names: Sequence[str]) -> SetupPlan:
    """Work out what takes hosts out of a repository, whose set-up else stays.

    Raises:
        HandoffError: files stand in the way.
    """
    level = Level(place.root)
    changes, notes = agent_removal(level, names)
    changes += _instruction_changes(place, names)
    return SetupPlan(place.root, place.config, tuple(changes), tuple(notes))


def agent_removal(
    level: Level, names: Sequence[str], *, is_patient: bool = False
) -> tuple[list[Change], list[str]]:
    """Plan to take out the files that hosts read at a level, apart from their instructions.

    A skill that another host reads, which is set up as well, stays.

    Args:
        level: where they are.
        names: the hosts.
        is_patient: leave a file as it is, and say so, that nothing can be taken out of.

    Returns:
        The changes, and notes on what stays.

    Raises:
        HandoffError: files stand in the way.
    """
    hosts = [AGENT_HOSTS[name] for name in names]
    changes: list[Change] = []
    notes: list[str] = []
    for host in hosts:
        for path in filter(None, (level.path_of(host, "hooks"), _settings_of(level, host))):
            try:
                taken, told = _without_hooks(level, host, path)
            except HandoffError as error:
                if not is_patient:
                    raise
                taken, told = (), (f"{error.message}: it stays as it is",)
            changes += taken
            notes += told
    kept = [path for path, _ in list_wholes(level, list_set_up(level, without=hosts))]
    for path, readers in list_wholes(level, hosts, without=kept):
        source = level.read(path)
        if source is not None and is_untouched(source):
            changes.append(level.named(deleted_file(level.root, path, source), *readers))
        elif source is not None:
            notes.append(f"{level.label_of(path)} stays: it is not as `handoff-md init` writes it")
    return changes, notes


def _settings_of(level: Level, host: AgentHost) -> str:
    return level.codex_settings() if host == CODEX else ""


def _without_hooks(
    level: Level, host: AgentHost, path: str
) -> tuple[tuple[Change, ...], tuple[str, ...]]:
    """Take our hooks out of a file, and name those that people have written to run our command."""
    source, label = level.read(path), level.label_of(path)
    if source is None or not names_us(source):
        return (), ()
    if path == level.codex_settings():
        patch, own = cut_toml(source, label), look_at_toml(source, label).own
    else:
        left, own = cut_hooks(source, label, host), look_at_hooks(source, label, host).own
        if left is None:
            return (level.named(deleted_file(level.root, path, source), host),), ()
        patch = left
    changes = changed_file(level.root, path, patch)
    told = (f"{label} keeps hooks that people have written: {', '.join(own)}",) if own else ()
    return tuple(level.named(one, host) for one in changes), told


def _instruction_changes(place: Workspace, names: Sequence[str]) -> Iterator[Change]:
    """Leave instructions as a set-up without agents has them."""
    level = Level(place.root)
    gone = [AGENT_HOSTS[name] for name in names]
    others = list_set_up(level, without=gone)
    files = [file for host in gone if (file := host.imports[0])]
    if "CLAUDE.md" in files:
        files.append(".claude/CLAUDE.md")
    for file in files:
        source = level.read(file)
        if source is not None and has_import(source, file):
            yield from _without_import(place, file, source)
    source = level.read("AGENTS.md")
    if source is not None and not others and _is_all_ours(source, "AGENTS.md"):
        yield deleted_file(place.root, "AGENTS.md", source)


def _without_import(place: Workspace, file: str, source: Source) -> Iterator[Change]:
    if _is_all_ours(source, file):
        yield deleted_file(place.root, file, source)
        return
    patch = cut_marked(source, file)
    if file in POINTERS and (place.root / place.config.protocol).is_file():
        patch = put_marked(source, file, pointer_body(place.config), MARKDOWN)
    yield from changed_file(place.root, file, patch)


def _is_all_ours(source: Source, name: str) -> bool:
    """Tell whether a file is our section, and nothing else."""
    span = find_marked(source, name)
    if span is None or span.start:
        return False
    return not source.text[span.end :].strip("\r\n")
