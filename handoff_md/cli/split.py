"""The command ``split``: the document in pieces, from which it is built."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from handoff_md.cli.command import Command
from handoff_md.cli.terminal import Terminal
from handoff_md.text.visible import visible

if TYPE_CHECKING:
    from handoff_md.app.derived.splitting import SplitAnswer


@click.command("split", cls=Command)
@click.option(
    "--into",
    metavar="HEADING",
    help="The section whose entries become pieces, or LINE:79: the line of one of them.",
)
@click.option(
    "--update", is_flag=True, help="Take what was edited in the document into its pieces."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@click.pass_obj
def command(terminal: Terminal, *, into: str | None, update: bool, as_json: bool) -> int:
    """Split HANDOFF.md into files in .agents/handoff.d, from which it is built.

    Each entry becomes a file, and so does the text between two entries; what stands above and
    below them becomes head.md and tail.md. `handoff-md build` gives the document back, byte for
    byte, with the sessions that came later.

    \b
    Examples:
      handoff-md split
      handoff-md split --into "## Session History"
      handoff-md split --update

    \b
    Exit codes:
      0  split, or nothing to do
      1  it is not clear what the entries are, or edits can't be taken in
      2  usage, configuration, file or git environment
    """
    from handoff_md.app.derived.splitting import SplitRequest, report_refused, split_document
    from handoff_md.cli.views import watch_and_tell

    if update and into:
        raise click.UsageError("--update and --into exclude each other")
    request = SplitRequest(Path.cwd(), into, update=update)
    return watch_and_tell(
        terminal,
        partial(split_document, request),
        tell=partial(_tell, terminal),
        refused=partial(report_refused, request),
        as_json=as_json,
    )


def _tell(terminal: Terminal, report: SplitAnswer) -> None:
    from handoff_md.app.derived.splitting import SplitStatus

    path = report.handoff
    match report.status:
        case SplitStatus.SPLIT:
            click.echo(visible(f"Split {path} into {len(report.changed)} files."))
        case SplitStatus.UPDATED:
            click.echo(visible(f"Took the edits of {path} into its pieces."))
        case SplitStatus.UP_TO_DATE:
            click.echo(visible(f"{path} holds nothing that its pieces lack."))
        case SplitStatus.CONFLICTS:
            click.echo(visible(f"The edits of {path} and its pieces meet: nothing was written."))
    terminal.say_all("note", report.notes)
    if report.status is SplitStatus.UPDATED:
        for name in (*report.changed, *(f"{one} (removed)" for one in report.removed)):
            click.echo(visible(f"  {name}"))
    terminal.say_all("conflict", report.problems, "red")
    if report.problems:
        terminal.say(
            "hint",
            f"Write the edits into the files of {report.folder}, then run "
            "`handoff-md build --overwrite`.",
        )
