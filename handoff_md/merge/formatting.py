"""Formats a summary's body with mdformat. Its only importer; no document ever comes here."""

from __future__ import annotations

from handoff_md.syntax.blocks import parse_blocks
from handoff_md.text.edit import Edit, make_patch
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_OPTIONS = {"number": True, "compact_tables": True}


def format_body(text: str) -> str:
    """Give a contained body as mdformat writes it, rules as ``---`` as people write them.

    mdformat rewrites freely, so the result has to be contained again.
    """
    import mdformat  # noqa: PLC0415 - costs 80 ms, and few ask for it

    source = Source(mdformat.text(text, options=_OPTIONS, extensions={"gfm"}))
    rules = [
        token.map[0]
        for token in parse_blocks(source.text).tokens
        if token.type == "hr" and token.map
    ]
    edits = [Edit(_rule_span(source, line), "---") for line in rules]
    return make_patch(source, edits).apply().text


def _rule_span(source: Source, line: int) -> Span:
    """Give the span of a rule, which mdformat writes with underscores, behind its containers."""
    start = source.text.index("_", source.line_offset(line))
    return Span(start, source.line_offset(line) + len(source.line_text(line)))
