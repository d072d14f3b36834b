"""A table's rows and cells as spans. Splits lines as the parser does, and knows nothing else."""

from __future__ import annotations

from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_PIPE = lazy_pattern(r"(?<!\\)\|")


def split_row(source: Source, row: Span) -> tuple[Span, ...]:
    """Give the spans of a row's cells, without padding.

    Source: the table extension of GitHub Flavored Markdown; a pipe behind a backslash does not
    end a cell, and empty cells outside the outer pipes are none. ``row`` starts behind the
    prefixes of the containers (``>``, list markers) that the table stands in.
    """
    text = source.slice(row)
    line = text.strip()
    place = row.start + len(text) - len(text.lstrip())
    cells: list[Span] = []
    for piece in _PIPE.split(line):
        cell = piece.strip()
        start = place + len(piece) - len(piece.lstrip()) if cell else place
        cells.append(Span(start, start + len(cell)))
        place += len(piece) + 1
    if cells and not len(cells[0]):
        cells.pop(0)
    if cells and not len(cells[-1]):
        cells.pop()
    return tuple(cells)
