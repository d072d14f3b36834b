"""The command ``resolve``: the structural merge for a file that is in conflict right now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from handoff_md.answer import write_answer
from handoff_md.cli.command import Command
from handoff_md.cli.terminal import Terminal
from handoff_md.config import MERGE_POLICIES
from handoff_md.text.visible import visible

if TYPE_CHECKING:
    from handoff_md.app.resolve import ResolveReport
    from handoff_md.threeway.conflict import Policy


@click.command("resolve", cls=Command)
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option(
    "--policy",
    type=click.Choice(MERGE_POLICIES),
    help="Where both changed the header: leave a conflict (strict), or take the newer header.",
)
@click.option("--check", is_flag=True, help="Say what would be left, and write nothing.")
@click.option("--add", is_flag=True, help="Stage the file if nothing is left to decide.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@click.pass_obj
def command(
    terminal: Terminal,
    *,
    path: Path | None,
    policy: Policy | None,
    check: bool,
    add: bool,
    as_json: bool,
) -> int:
    """Merge a HANDOFF.md that is in conflict, by its structure.

    In the middle of a merge, rebase or cherry-pick it takes the three versions from git's index;
    else, or where the file was edited since, those that its markers hold (merge, diff3, zdiff3,
    also nested). What a person has to decide stays between markers. The commit is yours.

    \b
    Examples:
      handoff-md resolve
      handoff-md resolve --policy newest --add
      handoff-md resolve docs/HANDOFF.md --check

    \b
    Exit codes:
      0  resolved, or no conflict
      1  conflicts are left, or the markers can't be read
      2  usage, configuration, file or git environment
    """
    from handoff_md.app.resolve import ResolveRequest, resolve

    report = resolve(
        ResolveRequest(
            Path.cwd(),
            path,
            policy,
            check=check,
            add=add,
        )
    )
    if as_json:
        click.echo(write_answer(report.to_json()))
    else:
        _tell(terminal, report)
    return report.exit_code


def _tell(terminal: Terminal, report: ResolveReport) -> None:
    from handoff_md.app.resolve import ResolveStatus

    count = len(report.conflicts)
    left = "1 conflict is" if count == 1 else f"{count} conflicts are"
    match report.status:
        case ResolveStatus.RESOLVED:
            done = f"Resolved {report.path}" + (" and staged it." if report.staged else ".")
        case ResolveStatus.WOULD_RESOLVE:
            done = f"Would resolve {report.path}; nothing was written."
        case ResolveStatus.NOTHING:
            done = f"No conflict in {report.path}."
        case ResolveStatus.CONFLICTS:
            done = f"{left} left in {report.path}."
    click.echo(visible(done))
    terminal.say_all("note", report.notes)
    for conflict in report.conflicts:
        terminal.say("conflict", conflict.place, "red")
