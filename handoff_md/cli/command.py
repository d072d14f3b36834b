"""What every command has in common: general options, also behind its name, and usage errors."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile
from pathlib import Path

import click
from msgspec.structs import replace

from handoff_md.cli.terminal import ColorChoice


def general_options(*, hidden: bool) -> list[click.Parameter]:
    """Make the options that may stand before a command and behind it.

    What stands further behind counts: a folder is relative to the one before it, as git does it.
    """
    return [
        click.Option(
            ["-C", "directory"],
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            metavar="DIR",
            help="Run as if started in DIR.",
            hidden=hidden,
            is_eager=True,  # the other options' paths are relative to it
            expose_value=False,
            callback=_change_directory,
        ),
        click.Option(
            ["--color"],
            type=click.Choice([choice.value for choice in ColorChoice]),
            help="Colour the output (default: on a terminal; NO_COLOR and FORCE_COLOR are "
            "honoured).",
            hidden=hidden,
            expose_value=False,
            callback=_choose_color,
        ),
    ]


def _change_directory(
    context: click.Context, _parameter: click.Parameter, directory: Path | None
) -> None:
    if directory is not None:
        from handoff_md.git.environment import leaving_folder

        context.find_root().with_resource(leaving_folder())
        os.chdir(directory)


def _choose_color(context: click.Context, _parameter: click.Parameter, color: str | None) -> None:
    if color is not None:
        context.obj = replace(context.obj, color=ColorChoice(color))


class Command(click.Command):
    """A command that takes the general options, too; ``shows_general``: its help lists them."""

    shows_general = False

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Give its own parameters and the general ones. Source: `click.Command.get_params`."""
        return [*general_options(hidden=not self.shows_general), *super().get_params(ctx)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse what the command was given; each usage error says which command it is about."""
        try:
            if not ctx.resilient_parsing:
                _refuse_options_as_values(self, ctx, args)
                _refuse_blank_values(self, ctx, args)
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # click does not say whose option has no value
            raise


class CommandGroup(Command, click.Group):
    """A command of commands, which lists each with its whole first sentence."""

    command_class = Command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of its commands. Source: `click.Group.format_commands`."""
        with formatter.section("Commands"):
            formatter.write_dl([*self._described(ctx)])

    def _described(self, ctx: click.Context) -> Iterator[tuple[str, str]]:
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            yield name, ((command and command.help) or "").partition("\n\n")[0].replace("\n", " ")


def _refuse_options_as_values(
    command: click.Command, context: click.Context, arguments: Sequence[str]
) -> None:
    """Refuse an option behind one that takes a value: the value was left out.

    A value that may be left out is shown in brackets.

    Raises:
        click.BadOptionUsage: that is so; ``--title=--json`` gives such a value all the same.
    """
    options = [one for one in command.get_params(context) if isinstance(one, click.Option)]
    valued = {
        name
        for option in options
        if not option.is_flag and not (option.metavar or "").startswith("[")
        for name in option.opts
    }
    known = {name for option in options for name in (*option.opts, *option.secondary_opts)}
    for name, value in pairwise(takewhile(lambda word: word != "--", arguments)):
        if name in valued and value in known:
            message = f"option {name} has no value: {value} is the next option"
            raise click.BadOptionUsage(name, message, context)


def _refuse_blank_values(
    command: click.Command, context: click.Context, arguments: Sequence[str]
) -> None:
    """Refuse a value without a word, as ``--for "$ID"`` gives where the variable is not set.

    It is asked of what was written, whichever type the option has: to one an empty path is the
    current folder, to another an empty list is none. A variable of the environment that is empty
    counts as not set, as it does everywhere.

    Raises:
        click.BadParameter: an option or an argument has such a value.
    """
    given, _, _ = command.make_parser(context).parse_args(list(arguments))
    for parameter in command.get_params(context):
        values = given.get(parameter.name or "")
        for value in values if isinstance(values, list | tuple) else (values,):
            if isinstance(value, str) and not value.strip():
                is_option = isinstance(parameter, click.Option) and not parameter.required
                advice = ": leave the option out, or give it a value" if is_option else ""
                raise click.BadParameter(f"it is empty{advice}", context, parameter)
