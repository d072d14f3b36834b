"""The command ``build``: the document, of the pieces that it was split into."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from handoff_md.cli.command import Command
from handoff_md.cli.terminal import Terminal
from handoff_md.text.visible import visible

if TYPE_CHECKING:
    from handoff_md.app.derived.building import BuildReport


@click.command("build", cls=Command)
@click.option("--check", is_flag=True, help="Say whether it is up to date, and write nothing.")
@click.option("--diff", is_flag=True, help="Print what would change, and write nothing.")
@click.option("--overwrite", is_flag=True, help="Discard what was edited in the document itself.")
@click.option(
    "--commit", is_flag=True, help="Commit what was built, and what git lacks of its folder."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@click.pass_obj
def command(
    terminal: Terminal,
    *,
    check: bool,
    diff: bool,
    overwrite: bool,
    commit: bool,
    as_json: bool,
) -> int:
    """Build HANDOFF.md of the files in .agents/handoff.d.

    The document is what the pieces and the sessions' files there give, and nothing else decides
    it. One that was edited by hand since it was built is left alone, and so is one with words of a
    file that git never had: `handoff-md split --update` takes them in. On a branch --check accepts
    the document of its base: it is built on the main branch.

    \b
    Examples:
      handoff-md build
      handoff-md build --check
      handoff-md build --diff

    \b
    Exit codes:
      0  built, or as it should be
      1  the document is stale (--check), was edited, or a file can't be taken in
      2  usage, configuration, file or git environment
    """
    from handoff_md.app.derived.building import BuildRequest, build_document, report_refused
    from handoff_md.cli.views import watch_and_tell

    if check and (overwrite or commit):
        raise click.UsageError("--check writes nothing: leave the other options out")
    if diff and commit:
        raise click.UsageError("--diff and --commit exclude each other")
    request = BuildRequest(
        Path.cwd(), check=check, preview=diff, overwrite=overwrite, commit=commit
    )
    return watch_and_tell(
        terminal,
        partial(build_document, request),
        tell=partial(_tell, terminal, diff=diff),
        refused=partial(report_refused, request),
        as_json=as_json,
    )


def _tell(terminal: Terminal, report: BuildReport, *, diff: bool) -> None:
    from handoff_md.app.derived.building import BuildStatus

    terminal.say_all("note", report.notes)
    path = report.path
    if diff or report.status is BuildStatus.EDITED:
        terminal.write(report.diff)
    match report.status:
        case BuildStatus.BUILT:
            commit = f", commit {report.commit[:12]}" if report.commit else ""
            click.echo(visible(f"Built {path}{commit}."))
        case BuildStatus.UP_TO_DATE if not diff:
            click.echo(visible(f"{path} is up to date."))
        case BuildStatus.LAST_BUILD:
            click.echo(visible(f"{path} is the last build: the main branch builds it anew."))
        case BuildStatus.STALE:
            terminal.say("stale", f"{path} is not what its pieces give", "red")
            terminal.say("hint", "Run `handoff-md build`.")
        case BuildStatus.EDITED:
            changed = f"{path} was changed since it was built: it is left alone"
            terminal.say("edited", report.lost or changed, "red")
            terminal.say(
                "hint",
                "`handoff-md split --update` takes the changes in; `handoff-md build --overwrite` "
                "discards them.",
            )
