"""The one section that the tool manages in somebody else's file, between two marker lines.

Every byte outside of it stays as it is.
"""

from __future__ import annotations

import re

from handoff_md.errors import ContentError
from handoff_md.text.edit import Edit, Patch, make_patch
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_MARK = lazy_pattern(
    r"(?:^|(?<=\r))[ \t]*(?:<!--|#)[ \t]*handoff-md:(?P<which>begin|end)\b[^\r\n]*", re.MULTILINE
)

_TOLD = "written by `handoff-md init`, which overwrites changes up to the end mark"
_ADDS_END = "; the line break above is its own"


class Comment(Value):
    """How a kind of file writes a comment on a line of its own, and what sets it off the text."""

    start: str
    end: str
    gap: str


MARKDOWN = Comment("<!-- ", " -->", "\n")
HASH = Comment("# ", "", "")


def find_marked(source: Source, name: str) -> Span | None:
    """Find the managed section, marker lines included, the last one's line ending not.

    Args:
        source: the file.
        name: what to call it in messages.

    Raises:
        ContentError: the markers are not one begin followed by one end.
    """
    marks = list(_MARK.finditer(source.text))
    if not marks:
        return None
    if [mark["which"] for mark in marks] != ["begin", "end"]:
        lines = ", ".join(
            f"{mark['which']} in line {source.position(mark.start()).line}" for mark in marks
        )
        raise ContentError(
            f"the handoff-md markers of {name} are no pair: {lines}",
            "Leave one begin and one end behind it, or remove all of them; then run it again.",
        )
    return Span(marks[0].start(), marks[1].end())


def outside_marked(source: Source, name: str) -> str:
    """Give a file's text without the managed section.

    Raises:
        ContentError: the markers are no pair.
    """
    span = find_marked(source, name)
    return source.text if span is None else source.text[: span.start] + source.text[span.end :]


def put_marked(
    old: Source | None, name: str, body: str, comment: Comment, *, indent: str = "", at: int = -1
) -> Patch:
    """Make the patch that gives a file its managed section, in place of an earlier one.

    `cut_marked` gives the file back as it was before.

    Args:
        old: the file, None where there is none; it keeps its line ending.
        name: what to call it in messages.
        body: the section's lines, LF, without the markers.
        comment: how the file writes comments.
        indent: what the marker lines begin with.
        at: the offset, a line's start, where a file without the section gets it; -1 for the end,
            behind one more line break.

    Raises:
        ContentError: the markers that are there are no pair.
    """
    source = old or Source("")
    span = find_marked(source, name)
    adds_end = _follows_open_line(source, span) if span else at < 0 and _ends_open(source)
    begin = f"{indent}{comment.start}handoff-md:begin ({_TOLD}{_ADDS_END * adds_end}){comment.end}"
    end = f"{indent}{comment.start}handoff-md:end{comment.end}"
    text = f"{begin}\n{comment.gap}{body.rstrip()}\n{comment.gap}{end}"
    if span is None:
        lead = "" if at >= 0 or old is None else "\n\n" if adds_end else "\n"
        span = Span(at, at) if at >= 0 else Span(len(source.text), len(source.text))
        text = f"{lead}{text}\n"
    text = text.replace("\n", source.newline)
    edits = [] if source.slice(span) == text else [Edit(span, text)]
    return make_patch(source, edits)


def cut_marked(source: Source, name: str, *, at_end: bool = True) -> Patch:
    """Make the patch that takes the managed section out again, and all that came with it.

    Args:
        source: the file.
        name: what to call it in messages.
        at_end: the section was put at the file's end, not between lines.

    Raises:
        ContentError: the markers are no pair.
    """
    span = find_marked(source, name)
    if span is None:
        return make_patch(source, [])
    newline, start, end = source.newline, span.start, span.end
    if source.text.startswith(newline, end):
        end += len(newline)
    # What somebody has added below keeps the line above it on a line of its own.
    is_last = end == len(source.text)
    breaks = 1 + (is_last and _follows_open_line(source, span)) if at_end else 0
    for _ in range(breaks):
        if source.text.endswith(newline, 0, start):
            start -= len(newline)
    return make_patch(source, [Edit(Span(start, end), "")])


def _ends_open(source: Source) -> bool:
    """Tell whether a file's last line has no line break."""
    return bool(source.text) and source.text[-1] not in "\r\n"


def _follows_open_line(source: Source, span: Span) -> bool:
    """Tell whether the section came with a line break for the line above it."""
    return _ADDS_END in source.line_text(source.line_of(span.start))
