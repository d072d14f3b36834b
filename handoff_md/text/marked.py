"""The one section that the tool manages in somebody else's file, between two marker lines.

Every byte outside of it stays as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from handoff_md.errors import ContentError
from handoff_md.text.edit import Edit, Patch, make_patch
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_MARK = re.compile(
    r"(?:^|(?<=\r))[ \t]*(?:<!--|#)[ \t]*handoff-md:(?P<which>begin|end)\b[^\r\n]*", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Comment:
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
    source: Source, name: str, body: str, comment: Comment, *, indent: str = "", at: int = -1
) -> Patch:
    """Make the patch that gives a file its managed section, in place of an earlier one.

    Args:
        source: the file; it keeps its line ending.
        name: what to call it in messages.
        body: the section's lines, LF, without the markers.
        comment: how the file writes comments.
        indent: what the marker lines begin with.
        at: the offset, a line's start, where a file without the section gets it; -1 for the end,
            a blank line before it.

    Raises:
        ContentError: the markers that are there are no pair.
    """
    told = "written by `handoff-md init`, which overwrites changes up to the end mark"
    begin = f"{indent}{comment.start}handoff-md:begin ({told}){comment.end}"
    end = f"{indent}{comment.start}handoff-md:end{comment.end}"
    text = f"{begin}\n{comment.gap}{body.rstrip()}\n{comment.gap}{end}"
    span = find_marked(source, name)
    if span is None:
        span = Span(at, at) if at >= 0 else Span(len(source.text), len(source.text))
        text = f"{text}\n" if at >= 0 else f"{_gap(source)}{text}\n"
    text = text.replace("\n", source.newline)
    edits = [] if source.slice(span) == text else [Edit(span, text)]
    return make_patch(source, edits)


def _gap(source: Source) -> str:
    """Give what makes one blank line before text that is added at the end."""
    if not source.text:
        return ""
    if source.line_text(source.line_count - 1).strip(" \t"):
        return "\n" if source.text[-1] in "\r\n" else "\n\n"
    return "" if source.text[-1] in "\r\n" else "\n"
