"""The objective of a session's log: the field that holds it, and how it is filled in."""

from __future__ import annotations

import re

from handoff_md.semantics.logs.words import find_objective_section, is_blank
from handoff_md.syntax.nodes import Document, Heading, walk
from handoff_md.text.edit import Edit
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.span import Span

_FIELD = lazy_pattern(
    r"[ \t]*(?:[-*+][ \t]+)?\*\*(?:Objective|Purpose|Goal)(?::\*\*|\*\*:)(?P<words>.*)",
    re.IGNORECASE,
)


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
    title = next((n for n in walk(document) if isinstance(n, Heading) and n.level == 1), None)
    start = title.span.end if title else source.line_offset(document.first_line)
    gap = "\n" if title else ""
    after = "" if title and source.text[start : start + 1] in ("", "\r", "\n") else "\n"
    return Edit(Span(start, start), _lines(document, f"{gap}**Objective**: {words}\n{after}"))


def _lines(document: Document, text: str) -> str:
    return text.replace("\n", document.source.newline)
