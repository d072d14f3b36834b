"""Tables of sessions, as ``session list`` and ``run status`` print them."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click
from rich.cells import cell_len, set_cell_size

from handoff_md.cli.terminal import Terminal
from handoff_md.semantics.summaries.own_words import UNFINISHED
from handoff_md.text.visible import visible
from handoff_md.value import Value

_STYLES = {
    "started": "yellow",
    "unfinished": "yellow",
    "missing": "red",
    "invalid": "red",
    "conflicting": "red",
    "no-log": "red",
    "dropped": "red",
    "ended": "green",
    "merged": "cyan",
}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


class SessionRow(Value):
    """One session; the age is in seconds, None where it isn't known.

    ``status`` is what its summary says of its work.
    """

    id: str
    state: str
    age: int | None
    agent: str
    title: str
    status: str = ""

    @property
    def progress(self) -> str:
        """Give the state, and that the work is not complete where the summary says so."""
        return f"{self.state} ({self.status})" if self.status in UNFINISHED else self.state


def show_table(terminal: Terminal, rows: Sequence[SessionRow]) -> None:
    """Print the rows to stdout in aligned columns."""
    cells = [
        tuple(map(visible, (row.id, row.progress, describe_age(row.age), row.agent, row.title)))
        for row in rows
    ]
    head = ("session", "state", "age", "agent", "title")
    widths = [max(map(cell_len, column)) for column in zip(head, *cells, strict=True)]
    click.echo(_line(head, widths).upper())
    for row, cell in zip(rows, cells, strict=True):
        line = _line(cell, widths)
        if terminal.colors(sys.stdout) and row.state in _STYLES:
            styled = click.style(row.state, fg=_STYLES[row.state])
            line = line.replace(row.state, styled, 1)
        click.echo(line, color=True)


def show_columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows of texts to stdout in aligned columns, below their head."""
    cells = [tuple(map(visible, row)) for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(head, *cells, strict=True)]
    click.echo(_line(head, widths).upper())
    for cell in cells:
        click.echo(_line(cell, widths))


def describe_age(seconds: int | None) -> str:
    """Put an age into a word or two."""
    if seconds is None:
        return ""
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < _DAY:
        return f"{seconds // _HOUR} h {seconds % _HOUR // _MINUTE} min"
    return f"{seconds // _DAY} d {seconds % _DAY // _HOUR} h"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (set_cell_size(cell, width) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()
