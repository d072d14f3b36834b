"""What a summary says first: the title of work that nobody has named."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.syntax.nodes import Block, BlockKind, Text, walk
from handoff_md.syntax.parse import parse
from handoff_md.text.pattern import lazy_pattern

_PROSE = (BlockKind.LIST, BlockKind.PARAGRAPH, BlockKind.QUOTE)
_MOST = 72
_MARK = r"(?:>|[-*+]|[0-9]{1,9}[.)]|\[[ xX]\])"
_BEFORE = lazy_pattern(rf"(?:\s*{_MARK}(?=\s))*\s*")
_ITEM = lazy_pattern(rf"\s*(?:{_MARK}\s|$)")
_SENTENCE = lazy_pattern(r"(?<=[.!?])\s")
_BEHIND = ".,:; \t"


def find_first_words(body: str) -> str:
    """Give the first sentence of prose, or as much of it as a title can be: at most 72 characters.

    Headings, fields, code and tables are passed over, and so is the marker of a list. Empty where
    the summary has no prose.
    """
    document = parse(body)
    for node in walk(document):
        is_prose = isinstance(node, Block) and node.kind in _PROSE and not node.children
        if is_prose or isinstance(node, Text):
            words = " ".join(_first_piece(document.source.slice(node.span)))
            if any(map(str.isalnum, words)):
                return _cut(_SENTENCE.split(words, maxsplit=1)[0])
    return ""


def _first_piece(text: str) -> Iterator[str]:
    """Give the words of the first item of a list, or of the first paragraph."""
    first, *others = text.strip().splitlines()
    yield from _BEFORE.sub("", first, count=1).split()
    for line in others:
        if _ITEM.match(line):
            return
        yield from line.split()


def _cut(words: str) -> str:
    if len(words) > _MOST:
        words = words[: _MOST + 1].rpartition(" ")[0] or words[:_MOST]
    return words.rstrip(_BEHIND)
