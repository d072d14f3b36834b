"""The command ``doctor``: what is missing or broken, each with the command that mends it."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from handoff_md.answer import write_answer
from handoff_md.cli.command import Command
from handoff_md.cli.options import today
from handoff_md.cli.terminal import Terminal
from handoff_md.text.visible import visible, visible_lines

if TYPE_CHECKING:
    from handoff_md.app.checkup.finding import CheckupFinding

_STYLES = {"environment": "red", "problem": "red", "advice": "cyan"}


@click.command("doctor", cls=Command)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
@click.pass_obj
def command(terminal: Terminal, *, as_json: bool) -> int:
    """Find what is missing or broken, and say how to mend it.

    Looks at git, the configuration, what `init` installs, HANDOFF.md, hooks, ignored and tracked
    files, and at what killed commands have left: runs, journals, locks, temporary files, worktrees.
    Changes nothing. Advice does not count as a problem.

    \b
    Examples:
      handoff-md doctor
      handoff-md doctor --json | jq -r '.findings[] | .mend'

    \b
    Exit codes: 0 nothing to mend; 1 problems were found;
    2 git, the configuration or the file system is in the way of every command.
    """
    from handoff_md.app.checkup.examine import examine

    checkup = examine(Path.cwd(), today(), dt.datetime.now(dt.UTC))
    if as_json:
        for_user = [
            replace(finding, mend=terminal.command_for_user(finding.mend))
            for finding in checkup.findings
        ]
        click.echo(write_answer(replace(checkup, findings=tuple(for_user))))
        return checkup.exit_code
    for finding in checkup.findings:
        _tell(terminal, finding)
    if not checkup.exit_code:
        click.echo("Nothing to mend.")
    return checkup.exit_code


def _tell(terminal: Terminal, finding: CheckupFinding) -> None:
    label = finding.level.value
    message = terminal.broken(f"{label}: {visible_lines(finding.message)}", sys.stdout)
    if terminal.colors(sys.stdout):
        styled = click.style(label, fg=_STYLES[label], bold=True)
        message = message.replace(label, styled, 1)
    click.echo(message, color=True)
    if finding.mend:
        mend = visible(terminal.command_for_user(finding.mend))
        told = mend if finding.mends_by_command else terminal.broken(mend, sys.stdout, indent=4)
        click.echo(f"    {told}")
