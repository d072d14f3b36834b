"""Commits that a log names: hexadecimal ids where the words around them speak of commits."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator

from handoff_md.syntax.nodes import Document, Heading, walk
from handoff_md.text.span import Span

COMMIT_ID = re.compile(r"(?<![\w/@.#-])[0-9a-f]{7,40}(?![\w/@-])")
_FULL = 40
_SPOKEN_OF = re.compile(r"commit|\bsha\b", re.IGNORECASE)


def is_commit_id(word: str) -> bool:
    """Tell whether a word of 7 to 40 hexadecimal digits is rather an id than a number or a word."""
    return len(word) == _FULL or not (word.isdigit() or word.isalpha())


def find_commit_ids(document: Document, verbatim: Collection[int]) -> Iterator[Span]:
    """Find the commits that a document names: in a line, or below a heading, that speaks of them.

    Ids in paths and addresses, and those behind ``@``, belong to other repositories and are left
    out, as are the ``verbatim`` lines (from 0).
    """
    source = document.source
    headings = [node for node in walk(document) if isinstance(node, Heading)]
    starts = [heading.span.start for heading in headings]
    for match in COMMIT_ID.finditer(source.text):
        line = source.line_of(match.start())
        if line in verbatim or not is_commit_id(match.group()):
            continue
        above = bisect_right(starts, match.start()) - 1
        words = source.slice(headings[above].text) if above >= 0 else ""
        if _SPOKEN_OF.search(source.line_text(line)) or _SPOKEN_OF.search(words):
            yield Span(match.start(), match.end())
