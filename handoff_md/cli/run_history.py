"""The commands ``run list`` and ``run show``: the runs of this clone, and what became of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from handoff_md.answer import write_answer
from handoff_md.cli.command import Command
from handoff_md.cli.options import complete_runs, now
from handoff_md.cli.terminal import Terminal
from handoff_md.text.visible import visible

if TYPE_CHECKING:
    from handoff_md.app.run.history import ToldRun

_SHORT = 8
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
_NOT_KEPT = (
    "an older version has closed the run, or another clone: when, and how far its sessions had "
    "come, was not kept"
)


@click.command("list", cls=Command)
@_JSON
@click.pass_obj
def list_(terminal: Terminal, *, as_json: bool) -> int:
    """List the runs of this clone, the latest first.

    Each has its orchestrator, how long it took, how far its sessions had come as it was closed,
    and the commit that merged them. Another clone does not know of them.

    \b
    Exit codes: 0 listed; 2 configuration, file or git environment.
    """
    from handoff_md.app.run.history import list_runs

    known = list_runs(Path.cwd(), now())
    if as_json:
        click.echo(write_answer(known))
        return 0
    if not known.runs:
        click.echo("No run was started in this clone.")
        return 0
    from handoff_md.cli.views import show_columns

    head = ("run", "state", "orchestrator", "started", "duration", "sessions", "commit")
    show_columns(head, [_row(told) for told in known.runs])
    if older := [told.run[:_SHORT] for told in known.runs if not told.is_whole]:
        terminal.say("note", f"{', '.join(older)}: {_NOT_KEPT}")
    return 0


def _row(told: ToldRun) -> tuple[str, ...]:
    from handoff_md.cli.views import describe_age

    counts = Counter(session.state or "unknown" for session in told.sessions)
    return (
        told.run[:_SHORT],
        told.state.value,
        told.orchestrator,
        told.started_at,
        describe_age(told.duration),
        ", ".join(f"{count} {state}" for state, count in counts.items()),
        ", ".join(commit[:12] for commit in told.commits),
    )


@click.command("show", cls=Command)
@click.argument("name", metavar="[RUN]", required=False, shell_complete=complete_runs)
@_JSON
@click.pass_obj
def show(terminal: Terminal, *, name: str | None, as_json: bool) -> int:
    """Show a run: its orchestrator, duration and commits, and what became of its sessions.

    RUN is the beginning of its name, as `run list` prints it; without it the active run is shown,
    else the latest. What `run finish` would refuse in the active one, `run status` tells.

    \b
    Exit codes: 0 shown; 2 there is no such run; configuration, file or git
    environment.
    """
    from handoff_md.app.run.history import show_run

    told = show_run(Path.cwd(), name, now())
    if as_json:
        click.echo(write_answer(told))
        return 0
    _show(told)
    if not told.is_whole:
        terminal.say("note", _NOT_KEPT)
    return 0


def _show(told: ToldRun) -> None:
    from handoff_md.cli.views import describe_age, show_columns

    facts = {
        "run": told.run,
        "state": told.state.value,
        "orchestrator": told.orchestrator,
        "document": told.document or "",
        "started": told.started_at,
        "closed": told.closed_at or "",
        "duration": describe_age(told.duration),
        "commit": ", ".join(told.commits),
    }
    width = max(map(len, facts))
    for key, value in facts.items():
        if value:
            click.echo(f"{key:<{width}}  {visible(value)}")
    if not told.sessions:
        click.echo("No session has joined it.")
        return
    click.echo()
    rows = [
        (one.id, one.state or "unknown", (one.commit or "")[:12], one.title)
        for one in told.sessions
    ]
    show_columns(("session", "state", "commit", "title"), rows)
