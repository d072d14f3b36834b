"""Plans what is written for hosts of coding agents, and to take it out; tells what it leaves."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from handoff_md.app.setup.agents.codex import cut_toml, look_at_toml, put_toml
from handoff_md.app.setup.agents.hook_file import cut_hooks, look_at_hooks, new_hooks, put_hooks
from handoff_md.app.setup.agents.hosts import (
    AGENT_HOSTS,
    CLAUDE,
    CODEX,
    COPILOT,
    GEMINI,
    AgentHost,
    user_folder,
)
from handoff_md.app.setup.agents.level import (
    Level,
    choose_file,
    is_set_up,
    list_set_up,
    list_untrusted,
    list_wholes,
    names_us,
    user_level,
)
from handoff_md.app.setup.change import Change, SetupPlan, changed_file, deleted_file, new_file
from handoff_md.app.setup.documents import POINTERS, has_import, pointer_body
from handoff_md.app.setup.texts import (
    is_same,
    is_untouched,
    plugin_text,
    seal,
    seal_skill,
    skill_text,
)
from handoff_md.app.workspace import Workspace
from handoff_md.config import Config
from handoff_md.errors import HandoffError
from handoff_md.git.index import find_ignore_rules, list_tracked
from handoff_md.git.repository import Repository
from handoff_md.jsonc import read_json
from handoff_md.text.edit import Edit, Patch, make_patch
from handoff_md.text.marked import MARKDOWN, cut_marked, find_marked, put_marked
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_LEFT: Final = {
    COPILOT.name: "Copilot's cloud agent reads hooks from the default branch, and needs handoff-md "
    "installed by .github/workflows/copilot-setup-steps.yml",
    GEMINI.name: "Gemini CLI asks whether you trust the hooks when it starts in this project",
}


def plan_for_user(names: Sequence[str]) -> SetupPlan:
    """Work out what sets hosts up at the user's level; nothing is written.

    Raises:
        ContentError: a file is no JSON, or has something else where hooks stand.
        HandoffError: files stand in the way.
    """
    level = user_level()
    changes, notes = agent_changes(level, names)
    if changes:
        notes.append("hooks write only in clones in which `handoff-md init` was run")
    return SetupPlan(user_folder(), Config(), tuple(changes), tuple(notes), for_user=True)


def agent_changes(level: Level, names: Sequence[str]) -> tuple[list[Change], list[str]]:
    """Plan the files that hosts read at a level, apart from their instructions.

    Returns:
        The changes, and notes on what a person has to do.

    Raises:
        HandoffError: as `plan_for_user`.
    """
    hosts = [AGENT_HOSTS[name] for name in names]
    changes: list[Change] = []
    notes: list[str] = []
    for host in hosts:
        changes += _hook_changes(level, host)
    for path, readers in list_wholes(level, hosts):
        is_skill = path == level.path_of(readers[0], "skill")
        text = seal_skill(skill_text()) if is_skill else seal(plugin_text())
        change, note = _whole_change(level, path, text, readers)
        changes += change
        notes += note
    changed = {name for change in changes for name in change.agents}
    if not level.is_user:
        notes += [_LEFT[host.name] for host in hosts if host.name in _LEFT.keys() & changed]
    if CODEX in hosts:
        notes += _tell_codex(level, changes)
    return changes, notes


def wanted_files(root: Path, names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Name the files of instructions that are to be there, each with the hosts that need it.

    Raises:
        HandoffError: Gemini's settings can't be read.
    """
    wanted = {"AGENTS.md": tuple(names)} if names else {}
    if CLAUDE.name in names:
        other = ".claude/CLAUDE.md"
        is_there = (root / other).exists() and not (root / "CLAUDE.md").exists()
        wanted[other if is_there else CLAUDE.imports[0]] = (CLAUDE.name,)
    if GEMINI.name in names and not _reads_agents_md(root):
        wanted[GEMINI.imports[0]] = (GEMINI.name,)
    return wanted


def tell_ignored(repository: Repository, changes: Sequence[Change]) -> tuple[str, ...]:
    """Say which files for agents git ignores: no other clone will have them.

    Raises:
        GitError: git can't tell.
    """
    root = repository.root
    # git keeps no file under a path that leads over a symbolic link.
    real = [Path(os.path.realpath(root / one.path)) for one in changes if one.agents]
    paths = [path.relative_to(root).as_posix() for path in real if path.is_relative_to(root)]
    if not paths:
        return ()
    tracked = list_tracked(root, paths)
    rules = zip(paths, find_ignore_rules(repository, paths), strict=True)
    found = {path: rule for path, rule in rules if rule is not None and path not in tracked}
    if not found:
        return ()
    by = " and ".join(dict.fromkeys(found.values()))
    return (f"git ignores {', '.join(found)}, by a rule in {by}: no other clone will have that",)


def tell_seen(root: Path) -> tuple[str, ...]:
    """Name the hosts that a project is worked on with, and the command that sets them up.

    Those that are set up are left out, and those whose files can't be read.
    """
    level = Level(root)
    seen: dict[str, str] = {}
    for host in AGENT_HOSTS.values():
        sign = next((sign for sign in host.signs if (root / sign).exists()), None)
        if sign and not _is_done(level, host):
            seen[host.name] = sign
    if not seen:
        return ()
    signs = ", ".join(seen.values())
    return (f"agents are at work here ({signs}): `{level.command(*seen)}` sets their hooks up",)


def _is_done(level: Level, host: AgentHost) -> bool:
    """Tell whether a host is set up, or can't be."""
    try:
        changes, _ = agent_changes(level, [host.name])
    except HandoffError:
        return True
    return not changes


def _hook_changes(level: Level, host: AgentHost) -> Iterator[Change]:
    if host.hooks is None:
        return
    path = choose_file(level, host)
    if not path:
        return
    source = level.read(path)
    if source is None:
        yield level.named(new_file(level.root, path, new_hooks(host)), host)
        return
    label = level.label_of(path)
    is_toml = path == level.codex_settings()
    patch = put_toml(source, label) if is_toml else put_hooks(source, label, host)
    yield from (level.named(one, host) for one in changed_file(level.root, path, patch))


def _whole_change(
    level: Level, path: str, text: str, readers: Sequence[AgentHost]
) -> tuple[list[Change], list[str]]:
    """Plan a file that is ours as a whole; one that a person has changed stays, and is told."""
    source = level.read(path)
    if source is None:
        return [level.named(new_file(level.root, path, text), *readers)], []
    if is_same(source, text):
        return [], []
    if is_untouched(source):
        changes = changed_file(level.root, path, _replace_all(source, text))
        return [level.named(change, *readers) for change in changes], []
    command = level.command(*(host.name for host in readers))
    note = (
        f"{level.label_of(path)} is not as `handoff-md init` writes it, and stays: to have it "
        f"written, move it away and run `{command}`"
    )
    return [], [note]


def _replace_all(source: Source, text: str) -> Patch:
    whole = Span(0, len(source.text))
    return make_patch(source, [Edit(whole, text.replace("\n", source.newline))])


def _tell_codex(level: Level, changes: Sequence[Change]) -> Iterator[str]:
    """Say what a person has to do so that Codex runs hooks."""
    if level.is_user:
        if any(CODEX.name in change.agents for change in changes) or list_untrusted():
            yield (
                "Codex skips hooks until you trust them: start `codex`, enter /hooks, and trust "
                "those that run handoff-md"
            )
    elif not is_set_up(user_level(), CODEX):
        yield (
            "Codex runs a project's hooks only where somebody has trusted them, in each work tree "
            f"anew, so none were written: `{user_level().command(CODEX.name)}` sets them up for "
            "all projects"
        )


def _reads_agents_md(root: Path) -> bool:
    """Tell whether Gemini CLI is told to read AGENTS.md in this project."""
    level = Level(root)
    source = level.read(GEMINI.project.hooks)
    if source is None:
        return False
    settings = read_json(source, GEMINI.project.hooks).root.value
    context = settings.get("context") if isinstance(settings, dict) else None
    names = context.get("fileName") if isinstance(context, dict) else None
    return "AGENTS.md" in names if isinstance(names, list) else names == "AGENTS.md"


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
