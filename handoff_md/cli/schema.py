"""The command ``schema``: JSON Schemas of what commands print, and of the configuration."""

from __future__ import annotations

import click

from handoff_md.cli.command import Command


@click.command("schema", cls=Command)
@click.argument("words", nargs=-1, metavar="[NAME]")
def command(*, words: tuple[str, ...]) -> int:
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
    """  # noqa: D301 - \b is click's mark for text that is not to be re-wrapped
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
