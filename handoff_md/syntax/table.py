"""A table's rows and cells as spans. Splits lines as the parser does, and knows nothing else."""

from __future__ import annotations

import re

from handoff_md.text.source import Source
from handoff_md.text.span import Span

_CONTAINERS = re.compile(r"(?:[ \t]*(?:>|(?:[-+*]|[0-9]{1,9}[.)])(?=[ \t])))*[ \t]*")
_PIPE = re.compile(r"(?<!\\)\|")


def split_row(source: Source, line: Span) -> tuple[Span, ...]:
    """Give the spans of a row's cells, without padding.

    Source: the table extension of GitHub Flavored Markdown; a pipe behind a backslash does not
    end a cell, and empty cells outside the outer pipes are none. Container prefixes (``>``, list
    markers) before the row are skipped.
    """
    text = source.slice(line)
    prefix = _CONTAINERS.match(text)
    start = prefix.end() if prefix else 0
    end = len(text.rstrip(" \t\r\n"))
    bounds = [start - 1, *(m.start() for m in _PIPE.finditer(text, start, max(start, end))), end]
    cells = [
        _trimmed(text, line.start, before + 1, after)
        for before, after in zip(bounds, bounds[1:], strict=False)
        if before < after
    ]
    if cells and not len(cells[0]):
        cells.pop(0)
    if cells and not len(cells[-1]):
        cells.pop()
    return tuple(cells)


def _trimmed(text: str, base: int, start: int, end: int) -> Span:
    while start < end and text[start] in " \t\r\n":
        start += 1
    while end > start and text[end - 1] in " \t\r\n":
        end -= 1
    return Span(base + start, base + end)
