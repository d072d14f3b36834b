"""Comments that silence rules: ``<!-- handoff-md: ignore[HE003] reason -->``, and ignore-file."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from handoff_md.syntax.inline import find_raw_html, locate_tokens
from handoff_md.syntax.nodes import Document
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_START = re.compile(
    r"<!--[ \t]*handoff-md:[ \t]*(?P<scope>ignore-file|ignore)\[(?P<codes>[^\]\n\r]{0,500})\]"
)
_WORD = re.compile(r"[^\s,]+")
_LEAVES = frozenset({"code_block", "fence", "html_block", "inline"})


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


@dataclass(frozen=True, slots=True)
class _Comment:
    """A comment that is written as suppressions are: where, for how much, and what it says."""

    span: Span
    whole_file: bool
    codes: Span
    reason: str


def find_suppressions(document: Document) -> tuple[Suppression, ...]:
    """Find all suppressions of a document: only what the parser takes for a comment may be one.

    So those in code, inline or not, are examples, and so are escaped ones. A comment that stands
    alone on its line holds for the next line that is not blank; one behind other text holds for
    its own line.
    """
    source = document.source
    if "handoff-md:" not in source.text:
        return ()
    comments = tuple(_find_comments(source))
    real = _real_starts(document, [comment.span.start for comment in comments])
    return tuple(
        suppression
        for comment in comments
        if comment.span.start in real
        for suppression in _read(source, comment)
    )


def _find_comments(source: Source) -> Iterator[_Comment]:
    text, done = source.text, 0
    while start := _START.search(text, done):
        close = text.find("-->", start.end())
        if close < 0:
            return
        done = close + len("-->")
        reason = text[start.end() : close]
        if "\n" not in reason and "\r" not in reason:
            whole_file = start["scope"] == "ignore-file"
            codes = Span(*start.span("codes"))
            yield _Comment(Span(start.start(), done), whole_file, codes, reason.strip())


def _real_starts(document: Document, starts: Sequence[int]) -> Collection[int]:
    """Give those of some comments' starts (sorted) where Markdown has a comment.

    In front matter, and where nothing is parsed since it nests too deep, all of them count.
    """
    if document.blocks.too_deep is not None:
        return starts
    source, body = document.source, document.source.line_offset(document.first_line)
    leaves = _find_leaves(document, starts)
    tokens = document.blocks.tokens
    inline = sorted({i for found in leaves.values() for i in found if tokens[i].type == "inline"})
    marked = frozenset(_find_html(document, inline)) if inline else frozenset()
    return {
        start
        for start in starts
        if start < body
        or start in marked
        or (
            source.text[start - 1 : start] not in ("`", "\\")
            and any(tokens[i].type == "html_block" for i in leaves[start])
        )
    }


def _find_leaves(document: Document, starts: Sequence[int]) -> Mapping[int, Sequence[int]]:
    """Give the indexes of the tokens without children that lie around each of some offsets."""
    lines = [document.source.line_of(start) - document.first_line for start in starts]
    found: dict[int, list[int]] = {start: [] for start in starts}
    for index, token in enumerate(document.blocks.tokens):
        if token.type in _LEAVES and token.map:
            for place in range(bisect_left(lines, token.map[0]), bisect_left(lines, token.map[1])):
                found[starts[place]].append(index)
    return found


def _find_html(document: Document, inline: Sequence[int]) -> Iterator[int]:
    """Give the offsets at which raw HTML starts in some inline tokens, given by their indexes."""
    body = document.source.line_offset(document.first_line)
    tokens = document.blocks.tokens
    places = locate_tokens(Source(document.source.text[body:]), tokens, wanted=frozenset(inline))
    for index in inline:
        place = places[index]
        if place:
            for start in find_raw_html(tokens[index].content):
                yield body + place.to_source(start)


def _read(source: Source, comment: _Comment) -> Iterator[Suppression]:
    line = None if comment.whole_file else _line_of(source, comment.span)
    for word in _WORD.finditer(source.text, comment.codes.start, comment.codes.end):
        yield Suppression(word.group(), Span(*word.span()), comment.span, line, comment.reason)


def _line_of(source: Source, comment: Span) -> int:
    own = source.line_of(comment.start)
    if source.line_text(own).strip() != source.slice(comment):
        return own
    line = own + 1
    while line < source.line_count and not source.line_text(line).strip():
        line += 1
    return line
