"""Parses a changed text again, but only where a change can reach: between two headings around it.

Block parsing looks no further ahead than the block at hand, so a change does not touch what stands
before the top-level ATX heading above it, nor what comes from the next such heading on, if the
parser still starts a block there; where it does not, the whole text is parsed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from handoff_md.syntax.blocks import Token, parse_blocks
from handoff_md.syntax.nodes import Document
from handoff_md.text.source import Source
from handoff_md.value import Value

_LOOKAHEAD = 2
_HEADING_TOKENS = 3


class LineChange(Value, order=True):
    """Lines ``old_first`` to ``old_end`` became lines ``first`` to ``end`` (ends excluded).

    Lines count from 0, from where front matter ends.
    """

    old_first: int
    old_end: int
    first: int
    end: int


class Window(Value):
    """A stretch of lines that was parsed again, and its tokens before and after the change.

    ``old_tokens`` are the document's own; ``tokens`` count lines from the new ``first``. Both go on
    to the end of the heading that starts in the line behind the window, if there is one. Outside
    all windows every token is as it was, moved by lines at most. ``too_deep`` tells that the
    stretch nests too deep to be parsed; then there are no tokens.
    """

    lines: LineChange
    old_tokens: Sequence[Token]
    tokens: Sequence[Token]
    too_deep: bool = False


class _Anchors(Value):
    """The top-level ATX headings of a document: their lines, and their places among its tokens."""

    lines: Sequence[int]
    indexes: Sequence[int]


def reparse(document: Document, new: Source, changes: Sequence[LineChange]) -> tuple[Window, ...]:
    """Parse the new text around all changes; the windows come in order and don't overlap.

    Args:
        document: the text before, parsed.
        new: the text after; its front matter ends in the same line.
        changes: every change, sorted; lines outside are the same in both.
    """
    anchors = _find_anchors(document.blocks.tokens)
    spans = _around(changes, anchors, document.source.line_count - document.first_line)
    windows = [_parse_window(document, new, lines, anchors) for lines in spans]
    found = tuple(window for window in windows if window is not None)
    if len(found) == len(windows):
        return found
    return (_parse_all(document, new),)


def _find_anchors(tokens: Sequence[Token]) -> _Anchors:
    indexes = [
        index
        for index, token in enumerate(tokens)
        if token.type == "heading_open" and not token.level and token.markup.startswith("#")
    ]
    lines = [token.map[0] if token.map else 0 for token in map(tokens.__getitem__, indexes)]
    return _Anchors(lines, indexes)


def _around(changes: Sequence[LineChange], anchors: _Anchors, line_count: int) -> list[LineChange]:
    """Widen each change to the anchors around it, and join what then overlaps.

    The anchor before keeps the lines that a parser at it may look ahead to.
    """
    spans: list[LineChange] = []
    for change in changes:
        before = bisect_right(anchors.lines, change.old_first - _LOOKAHEAD) - 1
        behind = bisect_left(anchors.lines, change.old_end)
        start = anchors.lines[before] if before >= 0 else 0
        end = anchors.lines[behind] if behind < len(anchors.lines) else line_count
        span = LineChange(
            start, end, start + change.first - change.old_first, end + change.end - change.old_end
        )
        if spans and span.old_first < spans[-1].old_end:
            last = spans.pop()
            span = LineChange(last.old_first, span.old_end, last.first, span.end)
        spans.append(span)
    return spans


def _parse_window(
    document: Document, new: Source, lines: LineChange, anchors: _Anchors
) -> Window | None:
    """Parse one window with a little of what follows; None unless that still starts a block."""
    start, end = (_index_at(document, anchors, line) for line in (lines.old_first, lines.old_end))
    old_tokens = document.blocks.tokens[start : end + _HEADING_TOKENS]
    is_last = end == len(document.blocks.tokens)
    first = lines.first + document.first_line
    last = new.line_count if is_last else lines.end + document.first_line + 1 + _LOOKAHEAD
    blocks = parse_blocks(new.slice(new.lines_span(first, last)))
    if blocks.too_deep is not None or is_last:
        return Window(lines, old_tokens, blocks.tokens, blocks.too_deep is not None)
    height = lines.end - lines.first
    for index, token in enumerate(blocks.tokens):
        if token.level == 0 and token.map and token.map[0] >= height:
            if token.map[0] > height or token.type != "heading_open":
                return None
            return Window(lines, old_tokens, blocks.tokens[: index + _HEADING_TOKENS])
    return None


def _index_at(document: Document, anchors: _Anchors, line: int) -> int:
    """Give the index of the token that an anchor's line starts with, or of the end."""
    found = bisect_left(anchors.lines, line)
    if found < len(anchors.lines) and anchors.lines[found] == line:
        return anchors.indexes[found]
    return 0 if line == 0 else len(document.blocks.tokens)


def _parse_all(document: Document, new: Source) -> Window:
    shift = document.first_line
    blocks = parse_blocks(new.text[new.line_offset(shift) :])
    lines = LineChange(0, document.source.line_count - shift, 0, new.line_count - shift)
    return Window(lines, document.blocks.tokens, blocks.tokens, blocks.too_deep is not None)
