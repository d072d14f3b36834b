"""The commands, and the one boundary where errors become sentences and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from handoff_md import __version__
from handoff_md.cli.command import CommandGroup
from handoff_md.cli.ending import BROKEN_PIPE, INTERRUPTED, USAGE, give_up_broken_output
from handoff_md.cli.terminal import ColorChoice, Terminal
from handoff_md.errors import HandoffError, did_you_mean, explain

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

NAME = "handoff-md"
COMMANDS = {
    "build": "Build HANDOFF.md of the files in .agents/handoff.d.",
    "completion": "Print the script that completes commands in a shell: bash, zsh or fish.",
    "context": "Tell a session what it has to know, within a budget.",
    "demo": "Show the whole flow in a throw-away repository.",
    "doctor": "Find what is missing or broken, and say how to mend it.",
    "guard": "Refuse a commit of HANDOFF.md that would collide, as a pre-commit hook.",
    "help": "Show the help of a command, as its --help does.",
    "hook": "Answer an event of a coding agent's session; the agent's host runs this.",
    "init": "Set a repository up for parallel sessions.",
    "lint": "Check HANDOFF.md, summaries, session logs and git history.",
    "mcp": "Serve tools and the document to a coding agent, over the Model Context Protocol.",
    "merge": "Merge the summaries of parallel sessions into HANDOFF.md, in one commit.",
    "merge-driver": "Merge two versions of HANDOFF.md by structure; git runs this.",
    "preview": "Show what a merge would do, without writing anything.",
    "rule": "List the linter's rules, or explain one.",
    "run": "Start, watch and finish a parallel run.",
    "schema": "Print a JSON Schema of what a command prints, or of the configuration.",
    "session": "Start and end sessions: an id of its own, a log, and the hand-over.",
    "resolve": "Merge a HANDOFF.md that is in conflict, by its structure.",
    "split": "Split HANDOFF.md into files in .agents/handoff.d, from which it is built.",
    "show": "Show what was understood of HANDOFF.md.",
}
_TOGETHER = {
    "completion": "reference",
    "guard": "plumbing",
    "help": "reference",
    "hook": "plumbing",
    "merge-driver": "plumbing",
    "rule": "reference",
    "schema": "reference",
}
"""The modules of those commands that have none of their own."""


class _LazyGroup(CommandGroup):
    """A group that imports a command's module when that command is asked for.

    The module ``handoff_md.cli.<name>`` holds it as ``command``, one of `_TOGETHER` as
    ``<name>_command``; it returns its exit code.
    """

    shows_general = True

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        shared = _TOGETHER.get(cmd_name)
        module, attribute = (shared, f"{name}_command") if shared else (name, "command")
        command = getattr(import_module(f"handoff_md.cli.{module}"), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - each module keeps to it
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not ctx.resilient_parsing:
            message = f"there is no command {args[0]!r}"
            raise HandoffError(message, _suggest(args[0], list(COMMANDS), NAME))
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """Offer the commands without their modules. Source: `click.Group.shell_complete`."""
        from click.shell_completion import CompletionItem

        offered = [
            CompletionItem(name, help=told)
            for name, told in sorted(COMMANDS.items())
            if name.startswith(incomplete)
        ]
        return [*offered, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.group(
    NAME,
    cls=_LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
@click.version_option(
    __version__, "-V", "--version", prog_name=NAME, message="%(prog)s %(version)s"
)
@click.pass_context
def group(ctx: click.Context) -> int:
    """Merge, lint and preview HANDOFF.md, the file through which agents pass on context.

    Agents that run in parallel each write one summary; the orchestrator merges all of them into
    HANDOFF.md at once, in one commit that names every session.

    \b
    Start here:
      handoff-md demo                         see it work, in a throw-away folder
      handoff-md init                         set your repository up
      handoff-md run start --orchestrator 22  begin a parallel run
      handoff-md session start / end ID       what each agent runs
      handoff-md run finish                   merge what the agents hand over
      handoff-md lint                         find what is wrong

    \b
    Exit codes:
      0  done, or nothing to do
      1  the content has problems (findings, a refused merge, a conflict)
      2  usage, configuration, file or git environment
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        return USAGE
    return 0


def run(arguments: Sequence[str]) -> int:
    """Run the command on its arguments and give its exit code."""
    _prepare_streams()
    terminal = Terminal(_early_color(arguments), tuple(arguments), _start())
    try:
        code = _invoke(terminal)
        sys.stdout.flush()
    except (KeyboardInterrupt, click.Abort):
        terminal.say("interrupted", "the command has stopped", "yellow")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read has enough.
        return BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - the boundary: a mistake of ours is told, not dumped
        return _explain(terminal, error)
    finally:
        give_up_broken_output()
    return code


def _start() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 - it is compared, and told, as text
    except OSError:
        return ""  # it was removed


def _invoke(terminal: Terminal) -> int:
    """Invoke click without its own handling of errors, which would exit with codes of its own."""
    try:
        with group.make_context(NAME, list(terminal.words), obj=terminal) as context:
            code = group.invoke(context)
    except click.exceptions.NoArgsIsHelpError as asked:
        click.echo(asked.format_message())
        return 0
    except click.exceptions.Exit as end:
        return end.exit_code
    return code if isinstance(code, int) else 0


def _prepare_streams() -> None:
    """Make sure that any text can be printed, in any locale, with any stream closed."""
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def _early_color(arguments: Sequence[str]) -> ColorChoice:
    """Find what ``--color`` says, for errors that come before it is parsed."""
    for index, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name == "--color":
            value = value or "".join(arguments[index + 1 : index + 2])
            return ColorChoice(value) if value in set(ColorChoice) else ColorChoice.AUTO
    return ColorChoice.AUTO


def _explain(terminal: Terminal, error: Exception) -> int:
    """Tell an error as a sentence and what to do next, and give the exit code that it means."""
    code = error.exit_code if isinstance(error, HandoffError) else USAGE
    if isinstance(error, click.ClickException):
        message, hint = _usage_message(error), _usage_hint(error)
    else:
        message, hint = explain(error)
    if os.environ.get("HANDOFF_MD_DEBUG") == "1":
        import traceback

        terminal.say("traceback", "".join(traceback.format_exception(error)))
    terminal.say("error", message, "red")
    if hint:
        terminal.say("hint", hint)
    return code


def _usage_message(error: click.ClickException) -> str:
    if isinstance(error, click.NoSuchOption):
        return f"there is no option {error.option_name}"
    message = " ".join(map(str.strip, error.format_message().splitlines())).removesuffix(".")
    return message[:1].lower() + message[1:]


def _usage_hint(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return f"`{NAME} --help` shows how it is used."
    path, options = context.command_path, context.command.get_params(context)
    if isinstance(error, click.NoSuchOption):
        return _suggest(error.option_name, [name for one in options for name in one.opts], path)
    if isinstance(error, click.BadOptionUsage):
        for option in options:
            if error.option_name in option.opts and option.metavar:
                return f"Write `{path} {error.option_name} {option.metavar}`."
    return f"`{path} --help` shows how it is used."


def _suggest(word: str, known: list[str], path: str) -> str:
    return did_you_mean(word, known) or f"`{path} --help` lists what there is."
