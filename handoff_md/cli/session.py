"""The commands ``session …``: what an agent runs at its start and at its end."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from handoff_md.cli.options import DATE, now, today
from handoff_md.cli.terminal import Terminal
from handoff_md.text.visible import visible

if TYPE_CHECKING:
    from handoff_md.app.session.start import StartedSession


@click.group("session")
def command() -> None:
    """Start and end sessions: an id of its own, a log, and the hand-over.

    An agent runs `session start` first and `session end` last, in a parallel run and alone alike.

    \b
    Examples:
      handoff-md session start --title "Write the parser"
      handoff-md session end 19
      handoff-md session list
    """  # noqa: D301 - \b is click's mark for text that is not to be re-wrapped


@command.command("start")
@click.option("--title", default="", metavar="TEXT", help="What the session is about.")
@click.option("--agent", default="", metavar="NAME", help="Who works in it.")
@click.option(
    "--id", "session_id", metavar="ID", help="The id, where it was given out (default: next free)."
)
@click.option("--date", type=DATE, metavar="YYYY-MM-DD", help="Its date (default: today).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@click.pass_obj
def start(
    terminal: Terminal,
    *,
    title: str,
    agent: str,
    session_id: str | None,
    date: dt.date | None,
    as_json: bool,
) -> int:
    """Claim the next free session id, and create the session's log.

    No two sessions get one id, in whatever worktrees they start at the same time. The next id is
    one above all that is known: claims, logs in all worktrees and branches, entries. The log has
    the protocol's checklists; keep it as you go.

    \b
    Examples:
      handoff-md session start --title "Write the parser" --agent implementer
      handoff-md session start --id 57-PR201 --json

    \b
    Exit codes: 0 started; 1 the id is taken, or the title can't be one;
    2 usage, configuration, file or git environment.
    """  # noqa: D301 - as above
    from handoff_md.app.session.start import StartRequest, start_session  # noqa: PLC0415 - --help needs no parser

    started = start_session(
        StartRequest(
            directory=Path.cwd(),
            today=today(),
            now=now(),
            title=title,
            agent=agent,
            session_id=session_id,
            date=date,
        )
    )
    if as_json:
        click.echo(json.dumps(started.to_json(), indent=2))
    else:
        tell_started(started)
    for note in () if as_json else started.notes:
        terminal.say("note", note)
    return 0


def tell_started(started: StartedSession) -> None:
    """Print what an agent has to know of its session."""
    click.echo(f"Session {visible(started.id)}")
    click.echo(f"  log      {visible(started.log)}")
    click.echo(f"  summary  {visible(started.summary)}")
    if started.run:
        click.echo("  a run is active: leave the handoff document alone")
    click.echo(f"  at the end, run: handoff-md session end {visible(started.id)}")
    sys.stdout.flush()
