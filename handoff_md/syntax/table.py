"""A table's rows and cells as spans. Splits lines as the parser does, and knows nothing else."""

from __future__ import annotations

import re
from itertools import pairwise

from handoff_md.text.source import Source
from handoff_md.text.span import Span

_PIPE = re.compile(r"(?<!\\)\|")


def split_row(source: Source, row: Span) -> tuple[Span, ...]:
    """Give the spans of a row's cells, without padding.

    Source: the table extension of GitHub Flavored Markdown; a pipe behind a backslash does not
    end a cell, and empty cells outside the outer pipes are none. ``row`` starts behind the
    prefixes of the containers (``>``, list markers) that the table stands in.
    """
    line = _trimmed(source, row)
    text = source.slice(line)
    bounds = [-1, *(match.start() for match in _PIPE.finditer(text)), len(text)]
    cells = [
        _trimmed(source, Span(line.start + before + 1, line.start + after))
        for before, after in pairwise(bounds)
    ]
    if cells and not len(cells[0]):
        cells.pop(0)
    if cells and not len(cells[-1]):
        cells.pop()
    return tuple(cells)


def _trimmed(source: Source, span: Span) -> Span:
    text = source.slice(span)
    start = len(text) - len(text.lstrip())
    return Span(span.start + start, span.start + max(start, len(text.rstrip())))
