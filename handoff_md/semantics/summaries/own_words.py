"""What a summary says in its own words: how far the work came, and what it begins with."""

from __future__ import annotations

import re
from collections.abc import Iterator

from handoff_md.syntax.blocks import parse_blocks
from handoff_md.syntax.nodes import Block, BlockKind, Entry, Field, Part, Text, walk
from handoff_md.syntax.parse import parse
from handoff_md.syntax.summary import Status
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source

UNFINISHED = (Status.PARTIAL, Status.BLOCKED)
"""What is merged, and has to be told: the session has ended, and its work is not complete."""

_KEY = "status"
_LABEL = lazy_pattern(
    r"[\W_]*status[\s*_`]*[:|–—-][\W_]*(?P<value>\w.*)", re.IGNORECASE | re.DOTALL
)
_WORD = lazy_pattern(r"[\W_]*(?P<word>complete|partial|blocked|in[ _-]progress)(?:d|ly)?\b")

_PROSE = (BlockKind.LIST, BlockKind.PARAGRAPH, BlockKind.QUOTE)
_MOST = 72
_MARK = r"(?:>|[-*+]|[0-9]{1,9}[.)]|\[[ xX]\])"
_BEFORE = lazy_pattern(rf"(?:\s*{_MARK}(?=\s))*\s*")
_ITEM = lazy_pattern(rf"\s*(?:{_MARK}\s|$)")
_SENTENCE = lazy_pattern(r"(?<=[.!?])\s")
_BEHIND = ".,:; \t"


def says_status(text: str, status: Status) -> bool:
    """Tell whether a text (LF) says a status itself, outside of code and raw HTML.

    It does so in a line such as ``Status: blocked``, bold, in a list or a heading, or by what
    stands behind a heading, a line or a cell that says ``Status`` alone. What stands below the head
    of a column is about something else.
    """
    if _KEY not in text.casefold():
        return False
    around = before = ""
    headed = False
    for token in parse_blocks(text).tokens:
        if token.type != "inline":
            around = token.type
            continue
        headed = headed and before in (around, "heading_open")
        for line in token.content.split("\n"):
            labelled = _LABEL.match(line)
            if _read(labelled["value"] if labelled else line if headed else "") is status:
                return True
            headed = line.strip(" \t*_`:").casefold() == _KEY
        before = around
    return False


def told_status(source: Source, told: Entry | Part) -> Status | None:
    """Give what the ``**Status**`` field above an entry's deeper headings says, if it does."""
    for child in told.children[1:]:
        if not isinstance(child, Block):
            return None
        for line in child.children:
            if isinstance(line, Field) and source.slice(line.key).casefold() == _KEY:
                return _read(source.slice(line.value))
    return None


def _read(value: str) -> Status | None:
    match = _WORD.match(value.casefold())
    return Status(re.sub(r"[ _]", "-", match["word"])) if match else None


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
