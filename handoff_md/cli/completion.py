"""The command ``completion``, and what a shell asks with it; click's own scripts and protocol."""

from __future__ import annotations

import os
from contextlib import suppress

import click
from click.shell_completion import get_completion_class

from handoff_md.cli.command import Command
from handoff_md.cli.terminal import Terminal
from handoff_md.errors import HandoffError

VARIABLE = "_HANDOFF_MD_COMPLETE"
"""Set by the scripts, to the shell and what it wants; click's own choice of a name."""
SHELLS = ("bash", "zsh", "fish")


@click.command("completion", cls=Command)
@click.argument("shell", type=click.Choice(SHELLS), metavar="SHELL")
def command(shell: str) -> int:
    """Print the script that completes commands in a shell: bash, zsh or fish.

    It completes commands, options, session ids, runs, rules and formats. Nothing is written, and
    what is not known is not offered. bash has to be 4.4 or later.

    \b
    Examples:
      eval "$(handoff-md completion bash)"        in ~/.bashrc
      eval "$(handoff-md completion zsh)"         in ~/.zshrc, behind compinit
      handoff-md completion fish | source         in ~/.config/fish/config.fish

    \b
    Exit codes: 0 printed; 2 usage.
    """  # noqa: D301 - \b is click's mark for text that is not to be re-wrapped
    from handoff_md.cli.commands import NAME, group

    known = get_completion_class(shell)
    assert known is not None  # noqa: S101 - click has all of them
    click.echo(known(group, {}, NAME, VARIABLE).source(), nl=False)
    return 0


def complete() -> int:
    """Answer what a script asks in the environment: print what may come next, and never fail."""
    from handoff_md.cli.commands import NAME, group

    shell, _, wanted = os.environ[VARIABLE].partition("_")
    known = get_completion_class(shell) if shell in SHELLS and wanted == "complete" else None
    if known is None:
        return 0
    with suppress(HandoffError, click.ClickException, OSError, ValueError, KeyError):
        click.echo(known(group, {"obj": Terminal()}, NAME, VARIABLE).complete())
    return 0
