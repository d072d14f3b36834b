"""The command ``rule``: what the linter checks, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from handoff_md.answer import write_answer
from handoff_md.cli.candidates import complete_rules
from handoff_md.cli.command import Command
from handoff_md.cli.terminal import Terminal

if TYPE_CHECKING:
    from rich.console import RenderableType

    from handoff_md.linter.rule import Rule

_HEAD = ("code", "name", "severity", "fix", "flags")


@click.command("rule", cls=Command)
@click.argument("selectors", nargs=-1, metavar="[CODE]...", shell_complete=complete_rules)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
@click.pass_obj
def command(terminal: Terminal, selectors: tuple[str, ...], *, as_json: bool) -> int:
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
    """  # noqa: D301 - \b is click's mark for text that is not to be re-wrapped
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
