"""The commands that tell of the command itself: its help, rules, schemas, and its completion."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from handoff_md.cli.command import Command
from handoff_md.cli.options import complete_commands, complete_rules
from handoff_md.cli.terminal import Terminal
from handoff_md.errors import HandoffError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from handoff_md.linter.rule import Rule

_HEAD = ("code", "name", "severity", "fix", "flags")
VARIABLE = "_HANDOFF_MD_COMPLETE"
"""Set by the scripts, to the shell and what it wants; click's own choice of a name."""
SHELLS = ("bash", "zsh", "fish")


@click.command("help", cls=Command)
@click.argument("words", nargs=-1, metavar="[COMMAND [SUB]]", shell_complete=complete_commands)
@click.pass_context
def help_command(context: click.Context, words: tuple[str, ...]) -> int:
    """Show the help of a command, as its --help does.

    Without one it lists what commands there are.

    \b
    Examples:
      handoff-md help merge
      handoff-md help session start

    \b
    Exit codes: 0 shown; 2 there is no such command.
    """
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


@click.command("rule", cls=Command)
@click.argument("selectors", nargs=-1, metavar="[CODE]...", shell_complete=complete_rules)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
@click.pass_obj
def rule_command(terminal: Terminal, selectors: tuple[str, ...], *, as_json: bool) -> int:
    """List the linter's rules, or explain one.

    CODE is a code (HE003), the beginning of one (HE), or a name (duplicate-session). One rule is
    explained, with examples; several are listed. Where stdout is no terminal an explanation is
    plain Markdown, and a list has one line for each rule.

    \b
    Examples:
      handoff-md rule                     list all rules
      handoff-md rule HE HP               list the rules of two kinds
      handoff-md rule HE003               explain one
      handoff-md rule duplicate-session   the same
      handoff-md rule --json | jq -r '.rules[].code'

    \b
    Exit codes: 0 shown; 2 there is no such rule.
    """
    from handoff_md.answer import write_answer
    from handoff_md.app.rule import find_rules, rules_to_json

    rules = find_rules(selectors)
    if as_json:
        click.echo(write_answer(rules_to_json(rules)))
    elif len(rules) == 1:
        _explain(terminal, rules[0])
    elif terminal.decorates:
        terminal.show(_table(rules), pager=True)
    else:
        click.echo(_lines(rules), nl=False)
    return 0


def _explain(terminal: Terminal, rule: Rule) -> None:
    from handoff_md.linter.rule_page import write_page

    page = write_page(rule)
    if not terminal.decorates:
        click.echo(page, nl=False)
        return
    from handoff_md.preview.markdown import render_markdown  # loads rich

    terminal.show(render_markdown(page), pager=True)


def _cells(rule: Rule) -> tuple[str, ...]:
    return (rule.code, rule.name, rule.severity.value, rule.fix or "-", rule.summary)


def _lines(rules: Sequence[Rule]) -> str:
    """Give a line for each rule, its columns below each other, and no head: for grep."""
    rows = [_cells(rule) for rule in rules]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD) - 1)]
    return "".join(
        "  ".join([*(f"{cell:{width}}" for cell, width in zip(row, widths, strict=False)), row[-1]])
        + "\n"
        for row in rows
    )


def _table(rules: Sequence[Rule]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    styles = {"error": "red", "warning": "yellow", "info": "cyan"}
    table = Table(*_HEAD, box=None, padding=(0, 2, 0, 0), header_style="bold")
    for rule in rules:
        code, name, severity, fix, summary = _cells(rule)
        table.add_row(
            Text(code, style="bold", no_wrap=True),
            Text(name),
            Text(severity, style=styles[severity]),
            Text(fix, style="green"),
            Text(summary),
        )
    return table


@click.command("schema", cls=Command)
@click.argument("words", nargs=-1, metavar="[NAME]")
def schema_command(*, words: tuple[str, ...]) -> int:
    """Print a JSON Schema of what a command prints, or of the configuration.

    NAME is `config`, for editors that know TOML schemas, or a command that prints JSON: its name,
    or its words joined by a hyphen. Without it the schemas are listed. They are of the draft
    2020-12.

    \b
    Examples:
      handoff-md schema                 list all schemas
      handoff-md schema config          print that of handoff-md.toml
      handoff-md schema session-start   print that of `session start --json`
      handoff-md schema session start   the same

    \b
    Exit codes: 0 printed; 2 there is no such schema.
    """
    import json

    from handoff_md.app.schema import list_schemas, make_schema

    if words:
        click.echo(json.dumps(make_schema("-".join(words)), indent=2))
        return 0
    known = list_schemas()
    width = max(map(len, known))
    for name, about in known.items():
        click.echo(f"{name:{width}}  {about}")
    return 0


@click.command("completion", cls=Command)
@click.argument("shell", type=click.Choice(SHELLS), metavar="SHELL")
def completion_command(shell: str) -> int:
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
    """
    from click.shell_completion import get_completion_class

    from handoff_md.cli.commands import NAME, group

    known = get_completion_class(shell)
    assert known is not None  # noqa: S101 - click has all of them
    click.echo(known(group, {}, NAME, VARIABLE).source(), nl=False)
    return 0


def complete() -> int:
    """Answer what a script asks in the environment: print what may come next, and never fail."""
    from click.shell_completion import get_completion_class

    from handoff_md.cli.commands import NAME, group

    shell, _, wanted = os.environ[VARIABLE].partition("_")
    known = get_completion_class(shell) if shell in SHELLS and wanted == "complete" else None
    if known is None:
        return 0
    with suppress(HandoffError, click.ClickException, OSError, ValueError, KeyError):
        click.echo(known(group, {"obj": Terminal()}, NAME, VARIABLE).complete())
    return 0
