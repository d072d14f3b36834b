"""The links and images of a document, each with its place, and the logs it names without one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from urllib.parse import unquote

from handoff_md.syntax.blocks import Token
from handoff_md.syntax.grammar import LogName, NamedPath, read_log_name, read_named_paths
from handoff_md.syntax.inline import (
    ContentMap,
    InlineMark,
    MarkKind,
    has_plain_links_only,
    is_footnote,
    locate_tokens,
    reference_label,
    scan_content,
    scan_tokens,
)
from handoff_md.syntax.nodes import Document
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

# In one paragraph; the parser's time for brackets that are left open is not linear, and what it
# keeps of other marks is many times the text.
_MOST_BRACKETS = 1000
_MOST_OPEN = 20
_MOST_CHARACTERS = 100_000

_WORD_ENDS = lazy_pattern(r"[\s<>()\[\]]")
_LONGEST_ADDRESS = 2000
_MOST_TAGS = 1000  # in one paragraph; the parser's time for what they might open is not linear
_FREE_BEFORE = lazy_pattern(r"(?:^|[\s*_:,;—–]|(?<![\]\\])\()\Z")
_FREE_BEHIND = lazy_pattern(r"[.,;:!)*_]*(?:\s|$)")
_LINK_TAG = lazy_pattern(r"<a\b", re.IGNORECASE)


class Link(Value):
    """A link or image: its span in the source, and its destination as the parser normalises it.

    ``destination`` is the span of the destination as written (angle brackets included); None where
    a definition elsewhere says where the link leads.
    """

    span: Span
    href: str
    destination: Span | None


def find_links(document: Document) -> tuple[Link, ...]:
    """Find the inline and reference links and images of a document, in its order.

    A footnote is no link. Those of `unread_paragraphs` are left out.
    """
    tokens, references = document.blocks.tokens, document.blocks.references
    if not references and "](" not in document.source.text:
        return ()
    wanted = [index for index, token in _linking_tokens(document) if _is_readable(token.content)]
    if not wanted:
        return ()
    shift = document.source.line_offset(document.first_line)
    source = Source(document.source.text[shift:]) if shift else document.source
    places = locate_tokens(source, tokens, wanted=frozenset(wanted))
    marks = scan_tokens([tokens[index] for index in wanted], references)
    return tuple(
        link
        for index, found in zip(wanted, marks, strict=True)
        if (place := places.get(index))
        for link in _place(tokens[index].content, found, place, shift)
    )


def unread_paragraphs(document: Document) -> tuple[Span, ...]:
    """Give the lines of the paragraphs and tables whose links `find_links` does not look for.

    These have more than 1,000 brackets or 100,000 characters, or many brackets that are never
    closed, and not only plain links ``[words](path)``.
    """
    return tuple(
        document.source.lines_span(*(line + document.first_line for line in token.map))
        for _, token in _linking_tokens(document)
        if token.map and not _is_readable(token.content)
    )


def _linking_tokens(document: Document) -> Iterator[tuple[int, Token]]:
    """Give the inline tokens that may hold links, with their indices."""
    by_reference = bool(document.blocks.references)
    for index, token in enumerate(document.blocks.tokens):
        if token.type == "inline" and (
            "](" in token.content or (by_reference and "[" in token.content)
        ):
            yield index, token


def _is_readable(content: str) -> bool:
    return not is_crowded(content) or has_plain_links_only(content)


def is_crowded(content: str) -> bool:
    """Tell whether a paragraph would take long to parse: of its size, or its brackets."""
    opened = content.count("[")
    return (
        len(content) > _MOST_CHARACTERS
        or opened > _MOST_BRACKETS
        or opened - content.count("]") > _MOST_OPEN
    )


def _place(
    content: str, marks: tuple[InlineMark, ...], place: ContentMap, shift: int
) -> Iterator[Link]:
    for mark in marks:
        if mark.by_reference and is_footnote(reference_label(content, mark)):
            continue
        if mark.kind in (MarkKind.LINK, MarkKind.IMAGE):
            destination = mark.destination
            yield Link(
                _to_source(mark.span, place, shift),
                mark.href,
                _to_source(destination, place, shift) if destination is not None else None,
            )


def _to_source(span: Span, place: ContentMap, shift: int) -> Span:
    start = place.to_source(span.start) + shift
    if not len(span):
        return Span(start, start)
    return Span(start, place.to_source(span.end - 1) + 1 + shift)


class LogMention(Value):
    """A session log that a line names without a link.

    ``span`` holds the path as it is written, and the backticks where a code span holds nothing
    else. ``is_free`` says that a link may take its place: it is a word of its own, or such a span.
    """

    log: LogName
    path: str
    span: Span
    is_free: bool


class _Named(Value):
    """A log that a line names; ``span`` in the source, ``line`` from 0."""

    named: NamedPath
    span: Span
    line: int


def find_log_mentions(document: Document) -> tuple[LogMention, ...]:
    """Find the logs that a document names and does not link to, in its order.

    Links and addresses in any form, images, HTML, comments and blocks of code name none.
    """
    by_line: dict[int, list[_Named]] = {}
    for found in _named_paths(document.source):
        by_line.setdefault(found.line, []).append(found)
    if not by_line:
        return ()
    return tuple(
        mention
        for words, lines in _words_with_logs(document, by_line.keys())
        for line in lines
        for found in by_line.get(line, ())
        if words.span.start <= found.span.start and found.span.end <= words.span.end
        if (mention := words.mention(found))
    )


def _words_with_logs(document: Document, lines: Collection[int]) -> Iterator[tuple[_Words, range]]:
    """Give the paragraphs and cells on some lines that name a log, with the lines of each."""
    tokens, first = document.blocks.tokens, document.first_line
    wanted = {
        index: range(token.map[0] + first, token.map[1] + first)
        for index, token in enumerate(tokens)
        if token.type == "inline" and "-session-" in token.content and token.map
    }
    wanted = {index: own for index, own in wanted.items() if any(line in lines for line in own)}
    shift = document.source.line_offset(first)
    source = Source(document.source.text[shift:]) if shift else document.source
    places = locate_tokens(source, tokens, wanted=wanted.keys())
    for index, own in wanted.items():
        if place := places.get(index):
            yield _read_words(document, tokens[index].content, place, shift), own


def _named_paths(source: Source) -> Iterator[_Named]:
    seen, place = -1, source.text.find("-session-")
    while place >= 0:
        line = source.line_of(place)
        if line != seen:
            start = source.line_offset(line)
            for named in read_named_paths(source.line_text(line)):
                begin = start + named.start
                yield _Named(named, Span(begin, begin + len(named.path)), line)
        seen = line
        place = source.text.find("-session-", place + 1)


class _Words(Value):
    """The words of a paragraph or cell, and the inline constructs there, by line (from 0).

    All spans are the source's. ``marks`` is None where there are too many to be told.
    """

    source: Source
    span: Span
    marks: Mapping[int, Sequence[tuple[Span, InlineMark]]] | None

    def mention(self, found: _Named) -> LogMention | None:
        """Say how a log is named; None where it is linked, or no word of the text."""
        named, span = found.named, found.span
        line = self.source.lines_span(found.line, found.line + 1)
        before = self.source.text[line.start : span.start]
        if "://" in _WORD_ENDS.split(before[-_LONGEST_ADDRESS:])[-1]:
            return None
        if self.marks is None:
            return LogMention(named.log, named.path, span, is_free=False)
        marks = self.marks.get(found.line, ())
        if any(self._is_linked(span, place, mark) for place, mark in marks):
            return None
        for place, mark in marks:
            if mark.kind is MarkKind.CODE and _overlap(place, span):
                alone = self.source.slice(place).strip("`").strip() == named.path
                inside = LogMention(named.log, named.path, place if alone else span, alone)
                return inside if place.start >= line.start else None
        behind = self.source.text[span.end : line.end]
        is_free = bool(_FREE_BEFORE.search(before[-2:]) and _FREE_BEHIND.match(behind))
        return LogMention(named.log, named.path, span, is_free)

    def _is_linked(self, span: Span, place: Span, mark: InlineMark) -> bool:
        """Tell whether a construct of a log's line holds its name, or links to any log."""
        if mark.kind in (MarkKind.CODE, MarkKind.FOOTNOTE):
            return False
        if mark.kind is MarkKind.HTML:
            opens_link = _LINK_TAG.match(self.source.slice(place)) is not None
            return opens_link or _overlap(place, span)
        path = unquote(mark.href).partition("#")[0].partition("?")[0]
        return _overlap(place, span) or read_log_name(path.rpartition("/")[2]) is not None


def _read_words(document: Document, content: str, place: ContentMap, shift: int) -> _Words:
    source = document.source

    def to_source(span: Span) -> Span:
        return Span(place.to_source(span.start) + shift, place.to_source(span.end - 1) + 1 + shift)

    whole = to_source(Span(0, len(content)))
    if is_crowded(content) or content.count("<") > _MOST_TAGS:
        return _Words(source, whole, None)
    marks: dict[int, list[tuple[Span, InlineMark]]] = {}
    for mark in scan_content(content, document.blocks.references):
        span = to_source(mark.span)
        for line in range(source.line_of(span.start), source.line_of(span.end - 1) + 1):
            marks.setdefault(line, []).append((span, mark))
    return _Words(source, whole, marks)


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
