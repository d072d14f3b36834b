"""Where entries without headings may begin, and what tells of sessions where none can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec.structs import replace

from handoff_md.syntax.form.counts import FEW
from handoff_md.syntax.form.moments import find_moments
from handoff_md.syntax.form.notation import read_head
from handoff_md.syntax.form.outline import Outline
from handoff_md.syntax.form.told import read_told
from handoff_md.syntax.form.words import has_words
from handoff_md.syntax.grammar import is_log_line
from handoff_md.syntax.nodes import Block, BlockKind, Heading, Node
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_ITEM = r"(?P<marker>[ ]{0,3}(?:[-+*]|[0-9]{1,9}[.)]))(?:(?P<gap>[ \t]+)(?=\S)|[ \t]*$)"
_CHECKBOX = r"\[(?P<tick>[ xX])\](?:[ \t]+|$)"
_OPEN_TASK = r"[-+*][ \t]+\[ \]"
_CODE = frozenset({BlockKind.CODE, BlockKind.FENCE})
_TEXT = frozenset({BlockKind.LIST, BlockKind.PARAGRAPH, BlockKind.QUOTE})
_SIGNS = frozenset({"code", "#", "[]", "s"})
_WIDEST_GAP = 4
_LONGEST_DATE = 40


class Line(Value):
    """A line that an entry may begin with, and its words without marker, tick and line break.

    ``is_task`` tells that it begins with a checkbox, ``is_done`` that this one is ticked.
    """

    number: int
    start: int
    words: Span
    is_task: bool = False
    is_done: bool = False


def item_lines(source: Source, block: Block) -> Iterator[Line]:
    """Give the first line of each item of a list: less indented than what the one before holds."""
    width = 0
    for number in _lines(source, block):
        text = source.line_text(number)
        indent = len(text) - len(text.lstrip(" "))
        match = re.match(_ITEM, text) if indent < max(width, 1) or not width else None
        if match is None:
            continue
        gap = match["gap"] or " "
        width = len(match["marker"]) + (len(gap) if len(gap) <= _WIDEST_GAP else 1)
        start = source.line_offset(number)
        words = _trimmed(source, start + _behind_marker(match, text), start + len(text))
        box = re.compile(_CHECKBOX).match(source.text, words.start, words.end)
        is_done = box is not None and box["tick"] != " "
        if box and is_done:
            words = Span(box.end(), max(box.end(), words.end))
        yield Line(number, start, words, box is not None, is_done)


def _behind_marker(match: re.Match[str], text: str) -> int:
    """Give where an item's words begin; ``5. März 2026`` is a date, and its day no marker."""
    marker = match.start("marker")
    if text[match.end("marker") - 1] == "." and match.end() < len(text):
        moments = find_moments(text[marker : marker + _LONGEST_DATE].lstrip())
        if moments and moments[0].start == 0:
            return marker
    return match.end()


def paragraph_lines(source: Source, block: Block) -> Iterator[Line]:
    """Give every line of a paragraph."""
    for number in _lines(source, block):
        start = source.line_offset(number)
        yield Line(number, start, _trimmed(source, start, start + len(source.line_text(number))))


def first_lines(source: Source, block: Block) -> Sequence[Line]:
    """Give the first line of each item of a list, and of any other block its first."""
    if block.kind is BlockKind.LIST:
        return tuple(replace(line, is_task=False) for line in item_lines(source, block))
    return tuple(islice(paragraph_lines(source, block), 1))


def candidate_lines(source: Source, block: Block) -> Sequence[Line]:
    """Give the lines at which an entry may begin in a list or a paragraph; none in other blocks."""
    if block.kind is BlockKind.LIST:
        return tuple(item_lines(source, block))
    if block.kind is BlockKind.PARAGRAPH:
        return tuple(paragraph_lines(source, block))
    return ()


def _lines(source: Source, block: Block) -> range:
    first = source.line_of(block.span.start)
    return range(first, source.line_of(max(block.span.start, block.span.end - 1)) + 1)


def _trimmed(source: Source, start: int, end: int) -> Span:
    text = source.text[start:end]
    left = len(text) - len(text.lstrip())
    return Span(start + left, max(start + left, start + len(text.rstrip())))


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
