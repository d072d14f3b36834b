"""The command ``help``: what a command's own ``--help`` prints."""

from __future__ import annotations

import click

from handoff_md.cli.candidates import complete_commands
from handoff_md.cli.command import Command
from handoff_md.errors import HandoffError


@click.command("help", cls=Command)
@click.argument("words", nargs=-1, metavar="[COMMAND [SUB]]", shell_complete=complete_commands)
@click.pass_context
def command(context: click.Context, words: tuple[str, ...]) -> int:
    """Show the help of a command, as its --help does.

    Without one it lists what commands there are.

    \b
    Examples:
      handoff-md help merge
      handoff-md help session start

    \b
    Exit codes: 0 shown; 2 there is no such command.
    """  # noqa: D301 - \b is click's mark for text that is not to be re-wrapped
    told = context.find_root()
    for word in words:
        told = _enter(told, word)
    click.echo(told.get_help(), color=told.color)
    return 0


def _enter(context: click.Context, word: str) -> click.Context:
    """Give the context of a command's command, which is not run.

    Raises:
        HandoffError: it has no commands.
        click.UsageError: it has no such command.
    """
    outer = context.command
    if not isinstance(outer, click.Group):
        path = context.command_path
        message = f"`{path}` has no commands of its own: {word!r} is none"
        raise HandoffError(message, f"`{path} --help` shows how it is used.")
    name, inner, _ = outer.resolve_command(context, [word])
    assert inner is not None  # noqa: S101 - what is not known is an error
    return click.Context(inner, info_name=name, parent=context)
