"""Words that a document's markup has for itself, and that nobody sees where it is rendered.

Among them are a fence's info string, the tags of raw HTML with their attributes, titles of links,
what stands for an image, labels of references and footnotes, and cells that a table has no column
for. What is left is what a reader sees, in the form of Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from handoff_md.syntax.blocks import Token
from handoff_md.syntax.inline import (
    ContentMap,
    InlineMark,
    MarkKind,
    is_footnote,
    locate_tokens,
    scan_content,
)
from handoff_md.syntax.nodes import Document, Table, split_row, walk
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

# Brackets that may hold more than a link's words and where it leads.
_SUSPECT = r"!\[|\]\[|\[\^|\[\s*\]\(|<|\][^\s\]]*\s+[\"'(]"
_LABEL = r"\[\^(?P<label>[^\[\]\r\n]*)\]"
_NUMBER = "[0-9]{1,4}"
_HEAD_ROWS = 2
_MOST_OPEN = 20


class Unshown(Value):
    """Where such words stand; ``is_html`` tells that they are raw HTML, a comment or a tag."""

    span: Span
    is_html: bool = False


def find_unshown(document: Document) -> Iterator[Unshown]:
    """Give such words, blocks of HTML and link definitions aside; in no order."""
    tokens = document.blocks.tokens
    suspects: set[int] = set()
    for index, token in enumerate(tokens):
        if token.type == "fence" and token.info.strip() and token.map:
            yield Unshown(_info_string(document.source, token, document.first_line + token.map[0]))
        elif token.type == "definition" and token.map and is_footnote(token.meta.get("id", "")):
            yield from _footnote_label(document.source, document.first_line + token.map[0])
        elif token.type == "inline" and re.search(_SUSPECT, token.content):
            suspects.add(index)
    if suspects:
        yield from _find_inline(document, suspects)
    for node in walk(document):
        if isinstance(node, Table):
            yield from _find_cells(document.source, node)


def _info_string(source: Source, fence: Token, line: int) -> Span:
    span = source.lines_span(line, line + 1)
    start = source.text.index(fence.markup, span.start, span.end) + len(fence.markup)
    return Span(start, span.end)


def _footnote_label(source: Source, line: int) -> Iterator[Unshown]:
    span = source.lines_span(line, line + 1)
    found = re.compile(_LABEL).search(source.text, span.start, span.end)
    if found and not re.fullmatch(_NUMBER, found["label"]):
        yield Unshown(Span(*found.span("label")))


def _find_inline(document: Document, suspects: set[int]) -> Iterator[Unshown]:
    tokens, references = document.blocks.tokens, document.blocks.references
    body = document.source.line_offset(document.first_line)
    places = locate_tokens(Source(document.source.text[body:]), tokens, wanted=suspects)
    for index, place in places.items():
        content = tokens[index].content
        if _is_tangled(content):
            yield Unshown(_in_source(place, Span(0, len(content)), body))
            continue
        for mark in scan_content(content, references):
            for span in _find_in_mark(content, mark):
                if span.start < span.end:
                    is_html = mark.kind is MarkKind.HTML
                    yield Unshown(_in_source(place, span, body), is_html)


def _is_tangled(content: str) -> bool:
    """Tell whether so many brackets are open at a time that nobody can tell what they are of.

    The parser would take far longer for them than for anything that somebody has written.
    """
    if content.count("](") - content.count(")") > _MOST_OPEN:
        return True
    depth = 0
    for bracket in re.findall(r"[\[\]]", content):
        depth = depth + 1 if bracket == "[" else max(depth - 1, 0)
        if depth > _MOST_OPEN:
            return True
    return False


def _in_source(place: ContentMap, span: Span, body: int) -> Span:
    """Give where a span of a content, which is not empty, stands in the source."""
    return Span(body + place.to_source(span.start), body + place.to_source(span.end - 1) + 1)


def _find_in_mark(content: str, mark: InlineMark) -> Iterator[Span]:
    start, end = mark.span.start, mark.span.end
    if mark.kind is MarkKind.HTML:
        yield mark.span
    elif mark.kind is MarkKind.FOOTNOTE:
        found = re.compile(_LABEL).match(content, start)
        if found and not re.fullmatch(_NUMBER, found["label"]):
            yield Span(*found.span("label"))
    elif mark.kind is MarkKind.LINK and not content[start + 1 : mark.label_end].strip():
        yield mark.span
    elif mark.kind in (MarkKind.LINK, MarkKind.IMAGE):
        if mark.kind is MarkKind.IMAGE:
            yield Span(start + len("!["), mark.label_end)
        if mark.destination:
            yield Span(mark.destination.end, end - len(")"))
        else:
            yield Span(mark.label_end + len("]"), end)


def _find_cells(source: Source, table: Table) -> Iterator[Unshown]:
    """Give the cells of a table that stand behind its last column: they are not rendered."""
    columns = len(split_row(source, table.children[0].span)) if table.children else 0
    for row in table.children[_HEAD_ROWS:]:
        cells = split_row(source, row.span)
        if len(cells) > columns:
            yield Unshown(Span(cells[columns].start, cells[-1].end))
