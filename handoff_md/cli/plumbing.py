"""The commands that git and agents' hosts run, as people see them among the others.

Run as they are meant to be, the hook and the driver never come here, and the guard only where it
has something to do: see `handoff_md.cli.main`.
"""

from __future__ import annotations

import os
from pathlib import Path

import click

from handoff_md.cli.command import Command


@click.command("guard", cls=Command)
def guard_command() -> int:
    """Refuse a commit of HANDOFF.md that would collide, as a pre-commit hook.

    Refused is a commit that changes HANDOFF.md while a parallel run is active (unless it is the
    orchestrator's own), and one that adds entries of several sessions outside of a parallel
    section. The message says what to do instead. It runs as pre-commit, and as pre-merge-commit,
    which git runs before a merge without conflicts. `handoff-md init --hook` installs both.

    \b
    Examples:
      handoff-md guard
      handoff-md init --hook

    \b
    Exit codes: 0 the commit may be made; 1 refused;
    2 configuration, file or git environment.
    """
    from handoff_md.app.guard import check_commit

    check_commit(Path.cwd(), os.environ.get("HANDOFF_MD_RUN"))
    return 0


@click.command("hook", cls=Command)
@click.argument("host")
@click.argument("event")
def hook_command(*, host: str, event: str) -> int:
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
    """
    from handoff_md.cli.hooks import run_hook

    return run_hook([host, event])


@click.command("merge-driver", cls=Command)
@click.argument("base", metavar="%O")
@click.argument("ours", metavar="%A")
@click.argument("theirs", metavar="%B")
@click.option("-L", "size", metavar="%L", help="The size of markers.")
@click.option("-P", "path", metavar="%P", help="The path in the repository, for messages.")
@click.option("-S", "base_label", metavar="%S", help="The label of the base.")
@click.option("-X", "our_label", metavar="%X", help="The label of ours.")
@click.option("-Y", "their_label", metavar="%Y", help="The label of theirs.")
def merge_driver_command(*, base: str, ours: str, theirs: str, **given: str | None) -> int:
    """Merge two versions of HANDOFF.md by structure; git runs this.

    Takes what git gives a merge driver (gitattributes(5)): the files of base (%O), ours (%A) and
    theirs (%B). The result goes into the file of ours: merged and proved, or with markers around
    what a person has to decide. Each conflict is one line on stderr. Whatever fails, git's own line
    merge stands in.

    `handoff-md resolve` does the same for a file that is in conflict already.

    \b
    Exit codes:
      0  clean
      1  conflicts are left, or it has failed; never another
    """
    from handoff_md.cli.driver import run_driver

    names = {"size": "-L", "path": "-P", "base_label": "-S", "our_label": "-X", "their_label": "-Y"}
    options = [word for key, value in given.items() if value for word in (names[key], value)]
    return run_driver([base, ours, theirs, *options])
