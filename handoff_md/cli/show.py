"""The command ``show``; `handoff_md.preview.outline_json` documents its ``--json``."""

from __future__ import annotations

from pathlib import Path

import click

from handoff_md.cli.command import Command
from handoff_md.cli.terminal import Terminal


@click.command("show", cls=Command)
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--tree", is_flag=True, help="Print the whole tree: every node with its lines.")
@click.option("--why", is_flag=True, help="Say what makes which lines entries, and how sure it is.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
@click.pass_obj
def command(terminal: Terminal, path: Path | None, *, tree: bool, why: bool, as_json: bool) -> int:
    """Show what was understood of HANDOFF.md.

    Prints the header's fields, all sections, entries and tables with their lines, and where a
    merge would add new entries, or why it would not. PATH may be any document; git is not needed.
    In the log column "…" stands for the date and session that the row has already: a name in full
    disagrees with them.

    \b
    Examples:
      handoff-md show
      handoff-md show docs/HANDOFF.md
      handoff-md show --why
      handoff-md show --json | jq '.entries[] | {line, ids, title}'

    \b
    Exit codes: 0 shown; 2 the file or the configuration can't be read.
    """
    from handoff_md.app.show import understand

    if tree + why + as_json > 1:
        raise click.UsageError("--tree, --why and --json exclude each other")
    understood = understand(Path.cwd(), path)
    if as_json:
        from handoff_md.answer import write_answer
        from handoff_md.preview.outline_json import to_json

        click.echo(write_answer(to_json(understood.outline)))
    elif why:
        from handoff_md.preview.why import explain_form

        lines = explain_form(
            understood.document,
            understood.outline.name,
            entries_heading=understood.entries_heading,
        )
        click.echo("\n".join(lines))
    elif tree:
        from handoff_md.syntax.dump import dump
        from handoff_md.text.visible import visible_lines

        click.echo(visible_lines(dump(understood.document)), nl=False)
    else:
        from handoff_md.preview.outline_view import render_outline  # loads rich

        by = "build" if understood.is_built else "merge"
        terminal.show(render_outline(understood.outline, by=by), pager=True)
    return 0
