"""Checks what is installed: git, a state folder to write, hooks of git and of agents."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from handoff_md.app.checkup.finding import CheckupFinding, Urgency, put_on_path, quoted
from handoff_md.app.setup.agents.hosts import AGENT_HOSTS, CODEX, AgentHost
from handoff_md.app.setup.agents.level import (
    Level,
    find_hooks,
    has_plugin,
    is_set_up,
    list_untrusted,
    user_level,
)
from handoff_md.app.setup.git_files import HOOKS, hook_changes
from handoff_md.app.setup.inquiry import Inquiry
from handoff_md.app.setup.tools import (
    PRE_COMMIT,
    Manager,
    calls_guard,
    command_for_folder,
    find_manager,
    find_no_folder,
    git_runs_guard,
    read_script,
)
from handoff_md.app.workspace import Workspace
from handoff_md.git.setup import OLDEST
from handoff_md.store.hooks import allows_hooks
from handoff_md.value import Value

_INSTALL = "handoff-md init --hook"


class _Hook(Value):
    """One of the hooks: where it is, what it does, and what to do where it does not run guard.

    ``configured`` names the file that has the guard run, where a tool runs hooks; else it is empty.
    """

    path: Path
    guards: bool
    outdated: bool
    mend: str
    configured: str


def check_hooks(workspace: Workspace, inquiry: Inquiry) -> Iterator[CheckupFinding]:
    """Check that the guard runs with each commit, where the project or the user wants that."""
    no_folder = find_no_folder(inquiry)
    if no_folder:
        message = f"core.hooksPath leads to {no_folder}, so git runs no hooks, and no guard"
        mend = f"{command_for_folder(inquiry.repository)} && {_INSTALL}"
        yield CheckupFinding("hooks-off", Urgency.ADVICE, message, mend)
        return
    commit, merge = (_look_at(workspace, inquiry, name) for name in HOOKS)
    if not commit.guards:
        yield _missing(commit)
        return
    if not merge.guards:
        message = "no hook keeps merges without conflicts off HANDOFF.md while a run is active"
        yield CheckupFinding("merge-hook-missing", Urgency.ADVICE, message, merge.mend)
    for hook in (commit, merge):
        if hook.outdated:
            message = f"{hook.path} is of another version of handoff-md"
            yield CheckupFinding("hook-outdated", Urgency.PROBLEM, message, _INSTALL)
        if hook.guards and not os.access(hook.path, os.X_OK):
            message = f"{hook.path} is not executable, so git does not run it"
            mend = f"chmod +x -- {quoted(hook.path)}"
            yield CheckupFinding("hook-not-executable", Urgency.PROBLEM, message, mend)
    if shutil.which("handoff-md") is None:
        message = "the guard's hook runs `handoff-md`, which is not on PATH"
        yield CheckupFinding("command-not-found", Urgency.PROBLEM, message, put_on_path())


def _look_at(workspace: Workspace, inquiry: Inquiry, name: str) -> _Hook:
    path = inquiry.hooks / name
    changes, notes = hook_changes(inquiry, workspace.config, name)
    outdated = any(change.patch.edits and not change.creates for change in changes)
    mend = _INSTALL if changes else "; ".join(notes)
    by_pre_commit = calls_guard(read_script(workspace.root / PRE_COMMIT))
    guards = git_runs_guard(inquiry, name, by_pre_commit=by_pre_commit)
    manager = find_manager(inquiry, name)
    if manager:
        place = os.path.relpath(manager.place, workspace.root) if manager.guards else ""
        return _Hook(path, guards, outdated, _mend_by(manager, mend), place)
    default = os.path.realpath(inquiry.repository.common_dir / "hooks")
    if by_pre_commit and os.path.realpath(path.parent) == default:
        # Where core.hooksPath is set, pre-commit installs nothing.
        mend = f"pre-commit install --hook-type {name}"
    return _Hook(path, guards, outdated, mend, PRE_COMMIT if by_pre_commit else "")


def _mend_by(manager: Manager, mend: str) -> str:
    """Say what makes git run the guard by a tool: have it call the guard, install it, or both."""
    add = "" if manager.guards else mend if mend == _INSTALL else manager.add
    steps = [step for step in (add, "" if manager.runs else manager.install) if step]
    is_command = add in ("", _INSTALL) or add.startswith("printf")
    return (" && " if is_command else "; then ").join(steps)


def _missing(hook: _Hook) -> CheckupFinding:
    """Say that git does not run the guard: a problem where a tool is to."""
    if not hook.configured:
        message = "no hook keeps commits off HANDOFF.md while a run is active"
        return CheckupFinding("hook-missing", Urgency.ADVICE, message, hook.mend)
    why = "its tool is not installed as a hook"
    if hook.configured == PRE_COMMIT:
        why = "pre-commit is not installed as a hook"
        if os.path.lexists(hook.path):
            why = f"git runs {hook.path}, which does not run pre-commit"
    message = f"{hook.configured} has the guard, and it does not run: {why}"
    return CheckupFinding("hook-missing", Urgency.PROBLEM, message, hook.mend)


def check_git(version: str | None, *, recent: bool) -> Iterator[CheckupFinding]:
    """Check that git is there (its version is not None), and recent enough."""
    oldest = ".".join(map(str, OLDEST))
    mend = f"install git {oldest} or later"
    if version is None:
        message = "git is not installed: nothing is committed, and worktrees are not known"
        yield CheckupFinding("git-missing", Urgency.ENVIRONMENT, message, mend)
    elif not recent:
        message = f"git {version} is older than {oldest}"
        yield CheckupFinding("git-too-old", Urgency.ENVIRONMENT, message, mend)


def check_state(state: Path) -> Iterator[CheckupFinding]:
    """Check that the shared state can be written, where its folder is or would be."""
    folder = state
    while not os.path.lexists(folder):
        folder = folder.parent
    if not folder.is_dir():
        message = f"{folder} is no folder: the shared state can't be kept in it"
        yield CheckupFinding(
            "state-unwritable", Urgency.ENVIRONMENT, message, f"rm -- {quoted(folder)}"
        )
    elif not os.access(
        folder, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids
    ):
        message = f"{folder} can't be written: no claim, run or merge can be recorded"
        mend = f"chmod u+rwx -- {quoted(folder)}"
        yield CheckupFinding("state-unwritable", Urgency.ENVIRONMENT, message, mend)


def check_agents(workspace: Workspace) -> Iterator[CheckupFinding]:
    """Check what is set up for hosts, in the repository and at the user's level.

    Raises:
        HandoffError: a file can't be read, or says nothing that can be understood.
    """
    project, user = Level(workspace.root), user_level()
    here = [host for host in AGENT_HOSTS.values() if is_set_up(project, host)]
    there = [host for host in AGENT_HOSTS.values() if is_set_up(user, host)]
    if not (here or there):
        return
    for level, hosts in ((project, here), (user, there)):
        for host in hosts:
            yield from _check_version(level, host)
    for host in AGENT_HOSTS.values():
        levels = [level for level, hosts in ((project, here), (user, there)) if host in hosts]
        yield from _check_doubled(host, levels, plugin=has_plugin(project, host))
    if CODEX in there:
        yield from _check_trust()
    if here or workspace.config_file or workspace.handoff.exists():
        yield from _check_allowed(workspace, here or there, shared=bool(here))
    if shutil.which("handoff-md") is None:
        message = (
            "the hooks of coding agents run `handoff-md`, which is not on PATH: they do nothing"
        )
        yield CheckupFinding("command-not-found", Urgency.PROBLEM, message, put_on_path())


def _check_allowed(
    workspace: Workspace, hosts: Sequence[AgentHost], *, shared: bool
) -> Iterator[CheckupFinding]:
    """Check that hooks may write in this clone; a problem where the repository itself has them."""
    if allows_hooks(workspace.state):
        return
    titles = " and ".join(host.title for host in hosts)
    message = f"hooks of {titles} write nothing in this clone: `init` was not run in it"
    level = Urgency.PROBLEM if shared else Urgency.ADVICE
    yield CheckupFinding("agent-hooks-idle", level, message, "handoff-md init")


def _check_version(level: Level, host: AgentHost) -> Iterator[CheckupFinding]:
    """Check that a host's hooks are those that this version writes."""
    if host.hooks is None:
        return
    path, found = find_hooks(level, host)
    label, mend = level.label_of(path), level.command(host.name)
    missing = [event for event in host.hooks.events if event not in found.events]
    if found.old:
        message = f"{label} has hooks of another version of handoff-md: {', '.join(found.old)}"
        yield CheckupFinding("agent-hooks-outdated", Urgency.PROBLEM, message, mend)
    if missing:
        message = f"{label} lacks hooks: {', '.join(missing)}"
        yield CheckupFinding("agent-hooks-outdated", Urgency.PROBLEM, message, mend)


def _check_doubled(
    host: AgentHost, levels: Sequence[Level], *, plugin: bool
) -> Iterator[CheckupFinding]:
    """Tell that several places name the hooks of a host."""
    places = ["the user's file" if level.is_user else "the project's file" for level in levels]
    if len(levels) + plugin < 2 or not levels:  # noqa: PLR2004 - one is not doubled
        return
    named = " and ".join([*places, "a plugin"] if plugin else places)
    message = f"{host.title} has hooks from {named}: no harm, each event is answered once"
    mend = levels[-1].command(host.name, option=" --remove")
    yield CheckupFinding("agent-hooks-doubled", Urgency.ADVICE, message, mend)


def _check_trust() -> Iterator[CheckupFinding]:
    """Check that a person has trusted Codex's hooks, which it skips else."""
    skipped = list_untrusted()
    if skipped:
        message = f"Codex skips hooks that nobody has trusted: {', '.join(skipped)}"
        mend = "start `codex`, enter /hooks, and trust those that run handoff-md"
        yield CheckupFinding("agent-hooks-untrusted", Urgency.PROBLEM, message, mend)
