"""What a session log says in its own words: title, objective, commits, and what sums it up."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator

from handoff_md.syntax.nodes import Document, Heading, walk
from handoff_md.syntax.title import first_heading, read_title
from handoff_md.text.edit import Edit
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

_FIELD = lazy_pattern(
    r"[ \t]*(?:[-*+][ \t]+)?\*\*(?:Objective|Purpose|Goal)(?::\*\*|\*\*:)(?P<words>.*)",
    re.IGNORECASE,
)

COMMIT_ID = lazy_pattern(r"[0-9a-f]{7,40}(?![\w/@-])")
_NO_COMMIT_BEFORE = lazy_pattern(r"[\w/@#-]|\w\.")
_FULL = 40
_SPOKEN_OF = lazy_pattern(r"commit|\bsha\b", re.IGNORECASE)


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
    heading = first_heading(document)
    return read_title(document.source.slice(heading.text)).title if heading else ""


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


def find_objective(document: Document) -> Span | None:
    """Give where the words of the objective's field stand, with the blanks around them."""
    source = document.source
    for number in range(source.line_count):
        match = _FIELD.fullmatch(source.line_text(number))
        if match:
            start = source.line_offset(number) + match.start("words")
            return Span(start, start + len(match["words"]))
    return None


def fill_objective(document: Document, words: str) -> Edit:
    """Give a log that has no objective one: in its field, its section, else below its title.

    ``words`` are one line of inline Markdown.
    """
    source = document.source
    field = find_objective(document)
    if field and is_blank(source.slice(field).strip()):
        return Edit(field, f" {words}")
    section = find_objective_section(document)
    if section:
        end = "\n\n" if section.end < len(source.text) else "\n"
        return Edit(section, _lines(document, f"\n{words}{end}"))
    title = first_heading(document)
    start = title.span.end if title else source.line_offset(document.first_line)
    gap = "\n" if title else ""
    after = "" if title and source.text[start : start + 1] in ("", "\r", "\n") else "\n"
    return Edit(Span(start, start), _lines(document, f"{gap}**Objective**: {words}\n{after}"))


def _lines(document: Document, text: str) -> str:
    return text.replace("\n", document.source.newline)


def is_commit_id(word: str) -> bool:
    """Tell whether a word of 7 to 40 hexadecimal digits is rather an id than a number or a word."""
    return len(word) == _FULL or not (word.isdigit() or word.isalpha())


def _may_start(text: str, place: int) -> bool:
    """Look behind by hand: as a part of the pattern it would be tried at every character."""
    before = text[max(place - 2, 0) : place]
    return not (_NO_COMMIT_BEFORE.match(before[-1:]) or _NO_COMMIT_BEFORE.fullmatch(before))


def find_commit_ids(document: Document, verbatim: Collection[int]) -> Iterator[Span]:
    """Find the commits that a document names: in a line, or below a heading, that speaks of them.

    Ids in paths and addresses, and those behind ``@``, belong to other repositories and are left
    out, as are the ``verbatim`` lines (from 0).
    """
    source = document.source
    found = [
        match
        for match in COMMIT_ID.finditer(source.text)
        if is_commit_id(match.group()) and _may_start(source.text, match.start())
    ]
    if not found:
        return
    headings = [node for node in walk(document) if isinstance(node, Heading)]
    starts = [heading.span.start for heading in headings]
    for match in found:
        line = source.line_of(match.start())
        above = bisect_right(starts, match.start()) - 1
        words = source.slice(headings[above].text) if above >= 0 else ""
        spoken_of = _SPOKEN_OF.search(source.line_text(line)) or _SPOKEN_OF.search(words)
        if spoken_of and line not in verbatim:
            yield Span(match.start(), match.end())
