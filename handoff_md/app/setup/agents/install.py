"""Plans what a set-up writes for hosts of coding agents, and tells what it leaves to people."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from handoff_md.app.setup.agents.codex import put_toml
from handoff_md.app.setup.agents.hook_file import new_hooks, put_hooks
from handoff_md.app.setup.agents.hosts import (
    AGENT_HOSTS,
    CLAUDE,
    CODEX,
    COPILOT,
    GEMINI,
    AgentHost,
    user_folder,
)
from handoff_md.app.setup.agents.level import Level, choose_file, is_set_up, list_wholes, user_level
from handoff_md.app.setup.agents.sealed import is_same, is_untouched, seal, seal_skill
from handoff_md.app.setup.agents.trust import list_untrusted
from handoff_md.app.setup.change import Change, SetupPlan, changed_file, new_file
from handoff_md.app.setup.texts import plugin_text, skill_text
from handoff_md.config import Config
from handoff_md.errors import HandoffError
from handoff_md.git.index import find_ignore_rules, list_tracked
from handoff_md.git.repository import Repository
from handoff_md.jsonc import read_json
from handoff_md.text.edit import Edit, Patch, make_patch
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
