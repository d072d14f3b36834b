"""The links and images of a document, each with its place. Says nothing of where they lead."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.syntax.blocks import Token
from handoff_md.syntax.inline import (
    ContentMap,
    InlineMark,
    MarkKind,
    has_plain_links_only,
    is_footnote,
    locate_tokens,
    reference_label,
    scan_tokens,
)
from handoff_md.syntax.nodes import Document
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

# In one paragraph; the parser's time for brackets that are left open is not linear, and what it
# keeps of other marks is many times the text.
_MOST_BRACKETS = 1000
_MOST_OPEN = 20
_MOST_CHARACTERS = 100_000


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
        for link in _place(tokens[index].content, found, places[index], shift)
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
    content: str, marks: tuple[InlineMark, ...], place: ContentMap | None, shift: int
) -> Iterator[Link]:
    if place is None:
        return
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
