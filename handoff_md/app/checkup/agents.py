"""Checks the hooks of coding agents: whether they would run, once, and as this version has them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence

from handoff_md.app.checkup.finding import CheckupFinding, Urgency, put_on_path
from handoff_md.app.setup.agents.hosts import AGENT_HOSTS, CODEX, AgentHost
from handoff_md.app.setup.agents.level import Level, find_hooks, is_set_up, user_level
from handoff_md.app.setup.agents.trust import has_plugin, list_untrusted
from handoff_md.app.workspace import Workspace
from handoff_md.store.hooks import allows_hooks


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
