"""The command ``session rename``."""

from __future__ import annotations

from pathlib import Path

import click

from handoff_md.answer import write_answer
from handoff_md.cli.candidates import complete_sessions
from handoff_md.cli.command import Command
from handoff_md.cli.terminal import Terminal
from handoff_md.text.visible import visible


@click.command("rename", cls=Command)
@click.argument("session_id", metavar="ID", shell_complete=complete_sessions)
@click.argument("title")
@click.option("--no-commit", is_flag=True, help="Commit nothing.")
@click.option("--no-verify", is_flag=True, help="Skip the pre-commit and commit-msg hooks.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@click.pass_obj
def rename(
    terminal: Terminal,
    *,
    session_id: str,
    title: str,
    no_commit: bool,
    no_verify: bool,
    as_json: bool,
) -> int:
    """Give a session another title: in its log, its claim, and its summary if there is one.

    The log keeps its file's name, for links lead to it. Where it is committed the new title gets a
    commit of its own. A session that is merged stays as it is.

    \b
    Examples:
      handoff-md session rename 19 "Write the parser, and its tests"

    \b
    Exit codes: 0 renamed; 1 the title can't be one, or the session is merged;
    2 nothing is known of it; configuration, file or git environment.
    """  # noqa: D301 - \b is click's mark for text that is not to be re-wrapped
    from handoff_md.app.session.rename import RenameRequest, rename_session

    renamed = rename_session(
        RenameRequest(
            directory=Path.cwd(),
            session_id=session_id,
            title=title,
            commit=not no_commit,
            verify=not no_verify,
        )
    )
    if as_json:
        click.echo(write_answer(renamed))
        return 0
    click.echo(f"Session {visible(renamed.id)} is renamed: {visible(renamed.title)}")
    commit = f" (commit {renamed.commit[:12]})" if renamed.commit else ""
    click.echo(f"  log      {visible(terminal.path_to(renamed.log_root, renamed.log))}{commit}")
    for note in renamed.notes:
        terminal.say("note", note)
    return 0
