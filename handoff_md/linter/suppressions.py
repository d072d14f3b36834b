"""Comments that silence rules, how they are found and taken out of a text.

They read ``<!-- handoff-md: ignore[HE003] reason -->``, or ignore-file.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from handoff_md.linter.diagnostic import Fix
from handoff_md.syntax.inline import find_raw_html, locate_tokens
from handoff_md.syntax.nodes import Document
from handoff_md.text.edit import Edit
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_START = lazy_pattern(r"<!--\s*handoff-md:\s*(?P<scope>ignore-file|ignore)\b")
_CODES = lazy_pattern(r"\s*\[(?P<codes>[^\]]*)\](?P<reason>.*)", re.DOTALL)
_WORD = lazy_pattern(r"[^\s,]+")
_MARKERS = lazy_pattern(r"(?:[ \t]*(?:>|[-+*]|[0-9]{1,9}[.)]))*[ \t]*")
_SEPARATOR_BEHIND = lazy_pattern(r"[\s,]*")
_LEAVES = frozenset({"code_block", "fence", "html_block", "inline"})


class Suppression(Value):
    """One rule that a comment silences.

    ``word`` is a code, its beginning, or a name as written, and ``place`` its span; ``comment`` is
    the span of the whole comment. ``line`` is the line (from 0) that it holds for, None for the
    whole file. ``reason`` are the words that follow. Of a comment that names nothing in brackets
    the word is empty, and the place is how it begins.
    """

    word: str
    place: Span
    comment: Span
    line: int | None
    reason: str


class _Comment(Value):
    """A comment that is written as suppressions are: where, for how much, and what it says."""

    span: Span
    start: Span
    whole_file: bool
    codes: Span
    reason: str


def find_suppressions(document: Document) -> tuple[Suppression, ...]:
    """Find all suppressions of a document: only what the parser takes for a comment may be one.

    So those in code, inline or not, are examples, and so are escaped ones. A comment that stands
    alone on its lines, or among others of its kind, holds for the next line that is neither blank
    nor such a comment; one that shares a line with other text holds for that line.
    """
    source = document.source
    if "handoff-md:" not in source.text:
        return ()
    written = tuple(_find_comments(source))
    real = _real_starts(document, [comment.span.start for comment in written])
    comments = [comment for comment in written if comment.span.start in real]
    lines = _find_lines(source, [comment.span for comment in comments])
    return tuple(
        suppression
        for comment, line in zip(comments, lines, strict=True)
        for suppression in _read(source, comment, line)
    )


def _find_comments(source: Source) -> Iterator[_Comment]:
    text, done = source.text, 0
    while start := _START.search(text, done):
        close = text.find("-->", start.end())
        if close < 0:
            return
        done = close + len("-->")
        codes = _CODES.match(text, start.end(), close)
        yield _Comment(
            Span(start.start(), done),
            Span(*start.span()),
            start["scope"] == "ignore-file",
            Span(*codes.span("codes")) if codes else Span(close, close),
            " ".join(codes["reason"].split()) if codes else "",
        )


def _real_starts(document: Document, starts: Sequence[int]) -> Collection[int]:
    """Give those of some comments' starts (sorted) where Markdown has a comment.

    In front matter, and where nothing is parsed since it nests too deep, all of them count.
    """
    if document.blocks.too_deep is not None:
        return starts
    source, body = document.source, document.source.line_offset(document.first_line)
    leaves = _find_leaves(document, starts)
    tokens = document.blocks.tokens
    inline = {i for found in leaves.values() for i in found if tokens[i].type == "inline"}
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


def _find_html(document: Document, inline: Collection[int]) -> Iterator[int]:
    """Give the offsets at which raw HTML starts in some inline tokens, given by their indexes."""
    body = document.source.line_offset(document.first_line)
    tokens = document.blocks.tokens
    places = locate_tokens(Source(document.source.text[body:]), tokens, wanted=inline)
    for index, place in places.items():
        for start in find_raw_html(tokens[index].content):
            yield body + place.to_source(start)


def _read(source: Source, comment: _Comment, line: int) -> Iterator[Suppression]:
    where = None if comment.whole_file else line
    words = list(_WORD.finditer(source.text, comment.codes.start, comment.codes.end))
    for word in words:
        place = Span(*word.span())
        yield Suppression(word.group(), place, comment.span, where, comment.reason)
    if not words:
        yield Suppression("", comment.start, comment.span, where, comment.reason)


def _find_lines(source: Source, comments: Sequence[Span]) -> Sequence[int]:
    """Give the line (from 0) that each of the comments, given in order, holds for."""
    reach = [(source.line_of(span.start), source.line_of(span.end - 1)) for span in comments]
    shared = _shared_lines(source, comments)
    lines: list[int] = []
    known: dict[int, int] = {}
    for first, last in reversed(reach):
        line = next((line for line in (first, last) if line in shared), last + 1)
        if line > last:
            while line < source.line_count and line not in known and _is_blank(source, line):
                line += 1
            line = known.get(line, line)
            known[first] = line
        lines.append(line)
    return lines[::-1]


def _shared_lines(source: Source, comments: Sequence[Span]) -> frozenset[int]:
    """Give the lines (from 0) that hold other text beside the comments that start or end there."""
    done, shared = 0, set[int]()
    for index, span in enumerate(comments):
        first, last = source.line_of(span.start), source.line_of(span.end - 1)
        start = max(done, source.line_offset(first))
        end = source.line_offset(last) + len(source.line_text(last))
        if index + 1 < len(comments):
            end = min(end, comments[index + 1].start)
        if source.text[start : span.start].strip():
            shared.add(first)
        if source.text[span.end : end].strip():
            shared.add(last)
        done = span.end
    return frozenset(shared)


def _is_blank(source: Source, line: int) -> bool:
    return not source.line_text(line).strip()


def take_out(
    source: Source, useless: Sequence[Suppression]
) -> Iterator[tuple[Suppression, Fix | None]]:
    """Make the fix for each useless suppression: it takes one word out of its comment.

    If all words of a comment are useless, the whole comment goes: they share this fix. There is
    none where the comment is what makes a block of its line: `<!-- … --> # text` would become a
    heading, and `- <!-- … -->` an empty item.
    """
    counts = Counter(suppression.comment for suppression in useless)
    whole: dict[Span, Fix | None] = {}
    for suppression in useless:
        comment = suppression.comment
        if counts[comment] != _count_words(source, comment):
            yield suppression, _take_word_out(source, suppression)
            continue
        if comment not in whole:
            whole[comment] = _take_comment_out(source, comment)
        yield suppression, whole[comment]


def _count_words(source: Source, comment: Span) -> int:
    listed = source.slice(comment).partition("[")[2].partition("]")[0]
    return len(listed.replace(",", " ").split())


def _take_comment_out(source: Source, comment: Span) -> Fix | None:
    number, last = source.line_of(comment.start), source.line_of(comment.end - 1)
    before = source.text[source.line_offset(number) : comment.start]
    behind = source.text[comment.end : source.line_offset(last) + len(source.line_text(last))]
    if _MARKERS.fullmatch(before) and (before.strip() or behind.strip()):
        return None
    return Fix("take the comment out", (_without_comment(source, comment),))


def _take_word_out(source: Source, suppression: Suppression) -> Fix:
    return Fix("take the word out of the comment", (_without_word(source, suppression),))


def _without_word(source: Source, suppression: Suppression) -> Edit:
    """Take out a word, and what separates it from the next, or the last from the one before."""
    start, end = suppression.place.start, suppression.place.end
    behind = _SEPARATOR_BEHIND.match(source.text, end)
    if behind and source.text[behind.end()] != "]":
        return Edit(Span(start, behind.end()), "")
    before = len(source.text[suppression.comment.start : start].rstrip(" \t,"))
    return Edit(Span(suppression.comment.start + before, end), "")


def _without_comment(source: Source, comment: Span) -> Edit:
    """Take out a comment; alone on its lines, these with it unless that joins what it parted."""
    number, end = source.line_of(comment.start), source.line_of(comment.end - 1) + 1
    offset, stop = source.line_offset(number), source.line_offset(end - 1)
    stop += len(source.line_text(end - 1))
    words = source.text[offset : comment.start]
    if words.strip():
        return Edit(Span(offset + len(words.rstrip(" \t")), comment.end), "")
    if source.text[comment.end : stop].strip():
        return Edit(comment, "")
    above = "" if number == 0 else source.line_text(number - 1).strip()
    below = "" if end >= source.line_count else source.line_text(end).strip()
    if not above and not below and end < source.line_count:
        return Edit(source.lines_span(number, end + 1), "")
    if not above or not below or (above.startswith("<!--") and above.endswith("-->")):
        return Edit(source.lines_span(number, end), "")
    return Edit(Span(offset, stop), "")
