"""Finds what tells of sessions in a log's section, whether or not entries can be read there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from handoff_md.syntax.form.counts import FEW
from handoff_md.syntax.form.notation import read_head
from handoff_md.syntax.form.outline import Outline
from handoff_md.syntax.form.told import read_told
from handoff_md.syntax.form.words import has_words
from handoff_md.syntax.grammar import is_log_line
from handoff_md.syntax.nodes import Block, BlockKind, Heading, Node

_OPEN_TASK = r"[-+*][ \t]+\[ \]"
_CODE = frozenset({BlockKind.CODE, BlockKind.FENCE})
_TEXT = frozenset({BlockKind.LIST, BlockKind.PARAGRAPH, BlockKind.QUOTE})
_SIGNS = frozenset({"code", "#", "[]", "s"})


def find_telling_lines(outline: Outline, parent: int | None) -> Sequence[int]:
    """Give the lines (from 0) just under a parent that have a date, or begin with an id.

    Comments tell nothing, and a single line of code is an example. Where such lines stand in code,
    HTML or a table, the first one is given as that which all of it begins in.
    """
    start = 0 if parent is None else outline.heads[parent].index + 1
    found: list[int] = []
    for index in range(start, len(outline.flat)):
        node = outline.flat[index]
        if isinstance(node, Heading):
            break
        found += _find_in(outline, node)
    return found


def _find_in(outline: Outline, node: Node) -> Iterator[int]:
    source = outline.source
    if source.text.startswith("<!--", node.span.start):
        return
    first = source.line_of(node.span.start)
    stop = source.line_of(max(node.span.start, node.span.end - 1)) + 1
    telling = [number for number in range(first, stop) if _tells(outline, number)]
    kind = node.kind if isinstance(node, Block) else None
    if telling and (len(telling) >= FEW or kind not in _CODE):
        yield telling[0] if kind in _TEXT else first
        yield from telling[1:]


def _tells(outline: Outline, number: int) -> bool:
    words = outline.source.line_text(number).strip()
    if re.match(_OPEN_TASK, words) or is_log_line(words):
        return False
    told = read_told(words, outline.customs)
    return told.dated or told.of_session or _begins_with_id(words)


def _begins_with_id(words: str) -> bool:
    """Tell whether a line begins with what may be a session's id: ``**S7** …``, ``- #12 …``."""
    ids = read_head(words).ids
    return bool(ids) and ids[0].label in _SIGNS and not has_words(words[: ids[0].start])
