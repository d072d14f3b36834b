"""Writes a tree as readable text, one node a line: for people, and for golden files."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.syntax.nodes import (
    Block,
    BlockKind,
    Document,
    Entry,
    Field,
    Lead,
    Node,
    Part,
    Row,
    Section,
    Table,
    children_of,
    split_row,
)
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_INDENT = "  "
_LONGEST = 60


def dump(document: Document) -> str:
    """Give a document's tree: each node's lines (from 1), its kind, and what it says.

    Blank lines, headings of sections, lines of text that are no fields, and rows that are not keyed
    by session are left out. What can't be printed is escaped, and long texts are cut; the result
    ends with a newline.
    """
    count = document.source.line_count
    first = f"document, {count} {'line' if count == 1 else 'lines'}"
    marks = [", byte order mark"] if document.source.bom else []
    rows = [("", "".join([first, *marks])), *_rows(document, document.source, 1)]
    width = max(len(lines) for lines, _ in rows)
    return "".join(f"{lines:>{width}}  {text}".rstrip() + "\n" for lines, text in rows)


def _rows(parent: Document | Node, source: Source, depth: int) -> Iterator[tuple[str, str]]:
    for node in () if isinstance(parent, Table) and not parent.by_session else children_of(parent):
        text = _describe(node, source)
        if text:
            yield _lines(node.span, source), f"{_INDENT * (depth - 1)}{text}"
        yield from _rows(node, source, depth + 1)


def _lines(span: Span, source: Source) -> str:
    first = source.line_of(span.start) + 1
    last = source.line_of(max(span.start, span.end - 1)) + 1
    return f"{first}" if first == last else f"{first}-{last}"


def _describe(node: Node, source: Source) -> str:
    """Say what a node is; empty for what the tree's reader need not see."""
    text = ""
    match node:
        case Entry():
            text = _describe_entry(node, source)
        case Part():
            text = _join(f"part {node.session_id}", node.title, _dated(node))
        case Section():
            marker = "#" * node.heading.level
            text = f"section {marker} {_quote(source.slice(node.heading.text))}"
        case Field():
            text = f"field {_quote(source.slice(node.key))} = {_quote(source.slice(node.value))}"
        case Table():
            text = "table by session" if node.by_session else "table"
        case Row():
            cells = (_quote(source.slice(cell)) for cell in split_row(source, node.span))
            text = f"row {' | '.join(cells)}"
        case Block() if node.kind is not BlockKind.BLANK:
            text = str(node.kind)
    return text


def _describe_entry(entry: Entry, source: Source) -> str:
    ids = ", ".join(str(session_id) for session_id in entry.session_ids) or "without an id"
    marker = "-" if isinstance(entry.heading, Lead) else "#" * entry.heading.level
    title = entry.title or source.slice(entry.heading.text)
    return _join(f"{entry.kind} entry {marker} {ids}", title, _dated(entry))


def _dated(node: Entry | Part) -> str:
    date = str(node.date) if node.date else "undated"
    return f"{date}, log {_quote(node.log)}" if node.log else date


def _join(what: str, title: str, rest: str) -> str:
    return f"{what}: {_quote(title)}, {rest}" if title else f"{what}, {rest}"


def _quote(text: str) -> str:
    """Give a text in quotes, on one line, with nothing that a terminal would act on."""
    cut = f"{text[:_LONGEST]}…" if len(text) > _LONGEST else text
    return '"' + "".join(char if char.isprintable() else ascii(char)[1:-1] for char in cut) + '"'
