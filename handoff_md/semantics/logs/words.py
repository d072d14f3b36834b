"""What a session log says in its own words: title, objective, and what makes a summary of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from handoff_md.syntax.nodes import Document, Heading, walk
from handoff_md.syntax.title import read_title
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.span import Span
from handoff_md.value import Value

_OBJECTIVE = lazy_pattern(
    r"(?:[-*+][ \t]+)?\*\*(?:Objective|Purpose|Goal)(?::\*\*|\*\*:)[ \t]*(?P<words>\S.*)",
    re.IGNORECASE,
)
_OBJECTIVE_HEADING = lazy_pattern(r"\W*(?:objectives?|purpose|goals?)\b", re.IGNORECASE)
_BLANK = lazy_pattern(r"\[[^\[\]]*\](?!\()|_{3,}|<!--.*-->")
_ADMINISTRATION = lazy_pattern(
    r"\W*(?:session\s+(?:info|start|end)\b|protocol\s+compliance\b|work\s+blocked\s+until\b"
    r"|commits?\s+this\s+session\b|(?:final\s+)?git\s+(?:state|status)\b|lint\s+output\b)",
    re.IGNORECASE,
)
_COMMENT = lazy_pattern(r"<!--.*?-->", re.DOTALL)
_NO_CONTENT = lazy_pattern(r"[ 	]*(?:(?:-[ 	]*){3,}|#{1,6}[ 	].*)?")
_RULE = lazy_pattern(r"[ \t]*(?:-[ \t]*){3,}")


class LogWords(Value):
    """A log's title and objective, empty where it has none, and the text that sums it up (LF)."""

    title: str
    objective: str
    summary: str


def read_log_words(document: Document, template: Document | None) -> LogWords:
    """Read what a log says.

    Args:
        document: the log.
        template: what it was made from; a section that still reads as there says nothing. None
            where it isn't known.
    """
    return LogWords(_title(document), _objective(document), _summary(document, template))


def is_blank(words: str) -> bool:
    """Tell whether a field's value is still to be filled in."""
    return not words or _BLANK.fullmatch(words) is not None


def _title(document: Document) -> str:
    for node in walk(document):
        if isinstance(node, Heading) and node.level == 1:
            return read_title(document.source.slice(node.text)).title
    return ""


def _objective(document: Document) -> str:
    """Give the objective: a field's value, else what stands below a heading of that name."""
    source = document.source
    for number in range(source.line_count):
        match = _OBJECTIVE.fullmatch(source.line_text(number).strip())
        if match and not _BLANK.fullmatch(match["words"].strip()):
            return match["words"].strip()
    for words, _, text in _sections(document):
        if _OBJECTIVE_HEADING.match(words):
            body = " ".join(text.partition("\n")[2].split())
            if body and not _BLANK.fullmatch(body):
                return body
    return ""


def find_objective_section(document: Document) -> Span | None:
    """Give what stands below the heading of the objective, where it is still to be filled in."""
    source = document.source
    for heading, end in _spans(document):
        below = Span(heading.span.end, end)
        is_objective = _OBJECTIVE_HEADING.match(source.slice(heading.text))
        if is_objective and is_blank(source.slice(below).strip()):
            return below
    return None


def _summary(document: Document, template: Document | None) -> str:
    """Give the log's sections but those that attest the protocol, or say nothing of their own."""
    blank = {_squeezed(text) for _, _, text in _sections(template)} if template else set()
    kept = [
        text
        for words, heading, text in _sections(document)
        if heading.level > 1
        and not _ADMINISTRATION.match(words)
        and not _OBJECTIVE_HEADING.match(words)
        and _squeezed(text) not in blank
        and _has_content(text)
    ]
    return "\n\n".join(_trimmed(text) for text in kept)


def _sections(document: Document) -> Iterator[tuple[str, Heading, str]]:
    """Give the sections below the title, in order: heading's words, heading, whole text (LF)."""
    for heading, end in _spans(document):
        text = document.source.slice(Span(heading.span.start, end))
        words = document.source.slice(heading.text)
        yield words, heading, re.sub(r"\r\n?", "\n", text)


def _spans(document: Document) -> Iterator[tuple[Heading, int]]:
    """Give the headings of the sections below the title, each with where its section ends."""
    headings = [node for node in walk(document) if isinstance(node, Heading)]
    tops = [node for node in headings if node.level <= _top_level(headings)]
    starts = [node.span.start for node in tops]
    yield from zip(tops, [*starts, len(document.source.text)][1:], strict=True)


def _top_level(headings: list[Heading]) -> int:
    """Give the level of a log's sections: the highest below the title."""
    return min((node.level for node in headings if node.level > 1), default=1)


def _squeezed(text: str) -> str:
    return " ".join(_trimmed(text).split())


def _trimmed(text: str) -> str:
    """Drop blank lines and rules at a section's end."""
    lines = text.split("\n")
    while lines and (not lines[-1].strip() or _RULE.fullmatch(lines[-1])):
        lines.pop()
    return "\n".join(lines)


def _has_content(text: str) -> bool:
    """Tell whether a section has more than headings, rules and comments."""
    lines = _COMMENT.sub("", text).split("\n")
    return any(not _NO_CONTENT.fullmatch(line) for line in lines)
