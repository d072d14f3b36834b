"""Commits that a log names: hexadecimal ids where the words around them speak of commits."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator

from handoff_md.syntax.nodes import Document, Heading, walk
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.span import Span

COMMIT_ID = lazy_pattern(r"[0-9a-f]{7,40}(?![\w/@-])")
_NO_COMMIT_BEFORE = lazy_pattern(r"[\w/@#-]|\w\.")
_FULL = 40
_SPOKEN_OF = lazy_pattern(r"commit|\bsha\b", re.IGNORECASE)


def is_commit_id(word: str) -> bool:
    """Tell whether a word of 7 to 40 hexadecimal digits is rather an id than a number or a word."""
    return len(word) == _FULL or not (word.isdigit() or word.isalpha())


def _may_start(text: str, place: int) -> bool:
    """Look behind by hand: as a part of the pattern it would be tried at every character."""
    before = text[max(place - 2, 0) : place]
    return not (_NO_COMMIT_BEFORE.match(before[-1:]) or _NO_COMMIT_BEFORE.fullmatch(before))


def find_commit_ids(document: Document, verbatim: Collection[int]) -> Iterator[Span]:
    """Find the commits that a document names: in a line, or below a heading, that speaks of them.

    Ids in paths and addresses, and those behind ``@``, belong to other repositories and are left
    out, as are the ``verbatim`` lines (from 0).
    """
    source = document.source
    found = [
        match
        for match in COMMIT_ID.finditer(source.text)
        if is_commit_id(match.group()) and _may_start(source.text, match.start())
    ]
    if not found:
        return
    headings = [node for node in walk(document) if isinstance(node, Heading)]
    starts = [heading.span.start for heading in headings]
    for match in found:
        line = source.line_of(match.start())
        above = bisect_right(starts, match.start()) - 1
        words = source.slice(headings[above].text) if above >= 0 else ""
        spoken_of = _SPOKEN_OF.search(source.line_text(line)) or _SPOKEN_OF.search(words)
        if spoken_of and line not in verbatim:
            yield Span(match.start(), match.end())
