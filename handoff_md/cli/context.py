"""The command ``context``; `handoff_md.app.context` documents its ``--json``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from handoff_md.briefing.chapters import PREFIX
from handoff_md.cli.command import Command
from handoff_md.cli.options import COUNT, complete_sessions, now
from handoff_md.cli.terminal import Terminal
from handoff_md.errors import HandoffError
from handoff_md.text.visible import break_words

if TYPE_CHECKING:
    from rich.text import Text

    from handoff_md.app.workspace import Workspace


@click.command("context", cls=Command)
@click.option("--chars", metavar="N", type=COUNT, help="The most characters (default: 6000).")
@click.option("--tokens", metavar="N", type=COUNT, help="The same in tokens, about.")
@click.option(
    "--for",
    "session_id",
    metavar="ID",
    shell_complete=complete_sessions,
    help="The session that is told; its log says so then.",
)
@click.option("--since", metavar="COMMIT", help="Tell what has changed since a commit as well.")
@click.option("--changes", is_flag=True, help="Name changed files as well.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
@click.pass_obj
def command(
    terminal: Terminal,
    *,
    chars: int | None,
    tokens: int | None,
    session_id: str | None,
    since: str | None,
    changes: bool,
    as_json: bool,
) -> int:
    """Tell a session what it has to know, within a budget.

    In this order: who it is and how it ends; the run; who else is at work; what is blocked, open
    and decided; the newest entries and what comes next; what has changed; where the rest is. What
    has no room is counted. Lines that begin with ">" are quoted. HANDOFF.md is read where it is
    the newest: here, in HEAD, or in the HEAD of the main work tree. Nothing is written but, with
    --for, one tick: in the log of a session that is at work here, that its context was read.

    \b
    Examples:
      handoff-md context --for 19
      handoff-md context --tokens 1000
      handoff-md context --since HEAD~5 --changes --json

    \b
    Exit codes: 0 told; 1 several logs may be the session's own;
    2 nothing is known of it; usage, configuration, file or git environment.
    """
    from handoff_md.app.context import DEFAULT_CHARS, tell_context
    from handoff_md.app.workspace import open_workspace

    workspace = open_workspace(Path.cwd())
    budgets = [chars] if chars else []
    budgets += [int(tokens * workspace.config.chars_per_token)] if tokens else []
    context = tell_context(
        workspace,
        for_id=session_id,
        chars=min(budgets, default=DEFAULT_CHARS),
        since=since,
        changes=changes,
        now=now(),
    )
    if as_json:
        from handoff_md.answer import write_answer

        click.echo(write_answer(context.to_json()))
    elif terminal.decorates:
        painted = _paint(context.text, terminal.width)
        terminal.console().print(painted, end="", soft_wrap=True)
    else:
        terminal.write(context.text)
    if context.session:
        _attest(terminal, workspace, context.session, context.evidence)
    return 0


def _attest(terminal: Terminal, workspace: Workspace, session: str, evidence: str) -> None:
    """Have the session's log say that its context was read; what is in the way is a note."""
    from handoff_md.app.session.work_log import attest_context

    try:
        attest_context(workspace, session, evidence)
    except HandoffError as error:
        terminal.say("note", f"the log of session {session} does not say so: {error.message}")


def _paint(text: str, width: int) -> Text:
    """Set what is quoted apart from what is told, and break it so that each line has its prefix."""
    from rich.text import Text

    painted = Text()
    for line in text.splitlines():
        if line.startswith(PREFIX):
            for part in break_words(line.removeprefix(PREFIX), max(width - len(PREFIX), 1)):
                painted.append(f"{PREFIX}{part}\n")
        else:
            painted.append(f"{line}\n", style="cyan")
    return painted
