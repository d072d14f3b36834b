"""Conflict markers that a merge has left in a text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handoff_md.syntax.blocks import Token
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.value import Value

_MARK = lazy_pattern(r"[<>]{7}(?: .*)?|(?:\|{7}(?: .*)?|={7})[ \t]*")


def find_conflict_markers(
    source: Source, tokens: Sequence[Token], first_line: int = 0
) -> tuple[int, ...]:
    """Give the lines (from 0) that are conflict markers; one whole in code is an example.

    The maps of ``tokens`` count from ``first_line``.
    Source: gitattributes(5), conflict-marker-size 7. ``=======`` and ``|||||||`` count only behind
    an opening marker: elsewhere they are a setext underline or text.
    """
    if "<<<<<<<" not in source.text and ">>>>>>>" not in source.text:
        return ()
    block_of = {
        line + first_line: block
        for block, token in enumerate(tokens)
        if token.type in ("fence", "code_block") and token.map
        for line in range(*token.map)
    }
    marks = list(_list_marks(source))
    found = _outside_code([mark for mark in marks if mark.line not in block_of])
    for conflict in _conflicts(marks):
        blocks = {block_of.get(mark.line) for mark in conflict}
        # Code that a conflict reaches out of is no example: the conflict has torn its fence.
        if None in blocks:
            found |= {mark.line for mark in conflict}
    return tuple(sorted(found))


class _Mark(Value):
    """A line, from 0, that reads like a marker, and the marker's character."""

    line: int
    kind: str


def _list_marks(source: Source) -> Iterator[_Mark]:
    for number in range(source.line_count):
        line = source.line_text(number)
        if line[:1] in "<|=>" and _MARK.fullmatch(line):
            yield _Mark(number, line[0])


def _outside_code(marks: Sequence[_Mark]) -> set[int]:
    """Give the lines that are markers by themselves; middles count behind an opening only."""
    found: set[int] = set()
    opened = False
    for mark in marks:
        if mark.kind in "<>":
            opened = mark.kind == "<"
        elif not opened:
            continue
        found.add(mark.line)
    return found


def _conflicts(marks: Sequence[_Mark]) -> Iterator[Sequence[_Mark]]:
    """Give the marks of each whole conflict, from its opening to its closing."""
    start: int | None = None
    for number, mark in enumerate(marks):
        if mark.kind == "<":
            start = number
        elif mark.kind == ">" and start is not None:
            conflict = marks[start : number + 1]
            if any(middle.kind == "=" for middle in conflict):
                yield conflict
            start = None
