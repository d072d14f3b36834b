"""The command ``hook`` among the others, with its help; `handoff_md.cli.hooks` runs."""

from __future__ import annotations

import click

from handoff_md.cli.command import Command


@click.command("hook", cls=Command)
@click.argument("host")
@click.argument("event")
def command(*, host: str, event: str) -> int:
    """Answer an event of a coding agent's session; the agent's host runs this.

    HOST is claude, codex, copilot, cursor, gemini or opencode. EVENT is session-start,
    subagent-start, subagent-stop, stop, pre-compact or session-end, or what the host calls it. The
    host's JSON comes on stdin, and what is printed is in the form that the host takes. It writes
    only in clones in which `init` was run. HANDOFF_MD_HOOKS=0 switches it off. What goes wrong is
    told by `handoff-md doctor`.

    \b
    Examples:
      handoff-md hook claude session-start

    \b
    Exit codes: 0, whatever happens.
    """  # noqa: D301 - \b is click's mark for text that is not to be re-wrapped
    from handoff_md.cli.hooks import run_hook

    return run_hook([host, event])
