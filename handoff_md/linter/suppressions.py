"""Comments that silence rules: ``<!-- handoff-md: ignore[HE003] reason -->``, and ignore-file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from handoff_md.text.source import Source
from handoff_md.text.span import Span

_COMMENT = re.compile(
    r"(?<![\\`])<!--[ \t]*handoff-md:[ \t]*(?P<scope>ignore-file|ignore)"
    r"\[(?P<codes>[^\]\n\r]{0,500})\]"
    r"[ \t]*(?P<reason>(?:(?!-->)[^\n\r]){0,500}?)[ \t]*-->"
)
_WORD = re.compile(r"[^\s,]+")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One rule that a comment silences.

    ``word`` is a code or a name as written, and ``place`` its span; ``comment`` is the span of the
    whole comment. ``line`` is the line (from 0) that it holds for, None for the whole file.
    ``reason`` are the words that follow.
    """

    word: str
    place: Span
    comment: Span
    line: int | None
    reason: str


def find_suppressions(source: Source, code_lines: Collection[int]) -> tuple[Suppression, ...]:
    """Find all suppressions of a text, those in code and escaped ones aside.

    A comment that stands alone on its line holds for the next line that is not blank; one behind
    other text holds for its own line. ``code_lines`` count from 0. Codes and reason have at most
    500 characters each.
    """
    if "handoff-md:" not in source.text:
        return ()
    return tuple(
        suppression
        for match in _COMMENT.finditer(source.text)
        if source.line_of(match.start()) not in code_lines
        for suppression in _read(source, match)
    )


def _read(source: Source, match: re.Match[str]) -> Iterator[Suppression]:
    line = None if match["scope"] == "ignore-file" else _line_of(source, match)
    comment = Span(match.start(), match.end())
    for word in _WORD.finditer(match["codes"]):
        start = match.start("codes") + word.start()
        place = Span(start, start + len(word.group()))
        yield Suppression(word.group(), place, comment, line, match["reason"])


def _line_of(source: Source, match: re.Match[str]) -> int:
    own = source.line_of(match.start())
    if source.line_text(own).strip() != match.group():
        return own
    line = own + 1
    while line < source.line_count and not source.line_text(line).strip():
        line += 1
    return line
