"""Finds the footer of a log: what stands below its last entry, and is the document's own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from handoff_md.syntax.nodes import Block, BlockKind, Document, Entry, Node, Part, children_of
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source

_KINDS = frozenset({BlockKind.PARAGRAPH, BlockKind.HTML})
_LONGEST = 300
_MARKED = lazy_pattern(
    r"(?P<mark>[*_]{1,3})(?![*_\s]).*(?P=mark)|<!--.*-->|<(?P<tag>sub|small|em|i)>.*</(?P=tag)>",
    re.DOTALL,
)
_LOG = r"(?:log|logs|file|document|journal|history|handoff|page|entries|sessions)"
_PLACE = r".{0,30}\b(?:above|below|here|top|bottom|first|last|archived?|oben|unten|über|darüber)"
_OF_DOCUMENT = lazy_pattern(  # "Next session: …" and "End of day" are the last entry's own
    rf"\b(?:this (?:line|{_LOG})|diese[rs]? (?:Zeile|Datei)|cette ligne|esta línea"
    rf"|(?:new|next|more|older|neuen?|weitere|ältere)\s(?:entr(?:y|ies)|sessions?|Einträge){_PLACE}"
    rf"|add\b.{{0,30}}\b(?:entr(?:y|ies)|sessions?|ones?)\b{_PLACE}"
    r"|last (?:updated|modified|edited|changed|generated)|(?:maintained|kept) by"
    rf"|end of (?:the )?(?:\w+ )?{_LOG}|{_LOG}[: -]end|Ende de[sr] (?:Logs|Datei|Protokolls)"
    rf"|do not (?:edit|delete|remove|write)\b.{{0,30}}\b(?:above|below|by hand|manually|{_LOG}))\b",
    re.IGNORECASE | re.DOTALL,
)


def find_footer(source: Source, siblings: Sequence[Node]) -> int | None:
    """Give the offset of the footer that the last of some entries ends with; None without.

    It is in emphasis or a comment, speaks of the document or of its entries, and a rule above it
    belongs to it. What another entry ends with, too, is each entry's own.
    """
    footer = _find_in(source, siblings[-1]) if siblings else None
    if footer is None or any(_find_in(source, node) is not None for node in siblings[:-1]):
        return None
    return footer


def end_before_footer(document: Document, node: Entry | Part) -> int:
    """Give where an entry, or a part of one, ends: before the document's footer."""
    footer = find_footer(document.source, document.entries)
    return footer if footer and node.span.start < footer < node.span.end else node.span.end


def _find_in(source: Source, node: Node) -> int | None:
    blocks: Sequence[Node] = ()
    last = node
    while solid := [child for child in children_of(last) if not _is_blank(child)]:
        blocks, last = solid, solid[-1]
    words: list[str] = []
    start = len(blocks)
    while start and (said := _read_remark(source, blocks[start - 1])):
        words.append(said)
        start -= 1
    if not any(map(_OF_DOCUMENT.search, words)):
        return None
    above = blocks[start - 1] if start else None
    is_ruled = isinstance(above, Block) and above.kind is BlockKind.RULE
    return blocks[start - 1 if is_ruled else start].span.start


def _read_remark(source: Source, node: Node) -> str:
    """Give a short text that is in marks as a whole, or a definition; empty for anything else."""
    kind = node.kind if isinstance(node, Block) else None
    words = source.slice(node.span).strip()
    is_marked = kind in _KINDS and len(words) <= _LONGEST and _MARKED.fullmatch(words)
    return words.strip("*_") if is_marked or kind is BlockKind.DEFINITION else ""


def _is_blank(node: Node) -> bool:
    return isinstance(node, Block) and node.kind is BlockKind.BLANK
