"""Conflict markers that a merge has left in a text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from handoff_md.syntax.blocks import Token
from handoff_md.text.source import Source

_OPENING = re.compile(r"<{7}(?: .*)?")
_MIDDLE = re.compile(r"(?:\|{7}(?: .*)?|={7})[ \t]*")
_CLOSING = re.compile(r">{7}(?: .*)?")


def find_conflict_markers(
    source: Source, tokens: Sequence[Token], first_line: int = 0
) -> tuple[int, ...]:
    """Give the lines (from 0) that are conflict markers, code aside.

    The maps of ``tokens`` count from ``first_line``.
    Source: gitattributes(5), conflict-marker-size 7. ``=======`` and ``|||||||`` count only behind
    an opening marker: elsewhere they are a setext underline or text.
    """
    if "<<<<<<<" not in source.text and ">>>>>>>" not in source.text:
        return ()
    code = {
        line + first_line
        for token in tokens
        if token.type in ("fence", "code_block") and token.map
        for line in range(*token.map)
    }
    found: list[int] = []
    opened = False
    for number in range(source.line_count):
        line = source.line_text(number)
        if number in code:
            continue
        if _OPENING.fullmatch(line):
            opened = True
        elif _CLOSING.fullmatch(line):
            opened = False
        elif not (opened and _MIDDLE.fullmatch(line)):
            continue
        found.append(number)
    return tuple(found)
