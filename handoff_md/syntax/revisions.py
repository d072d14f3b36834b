"""Parses many versions of one document: each stretch between two headings once, not every time.

A top-level ATX heading starts afresh, whatever stands before it, unless a block there stays open.
So a version's tokens are those of its stretches, and most of these stand in the last version too.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from handoff_md.syntax.blocks import Blocks, Token, parse_blocks
from handoff_md.syntax.flatten import flatten, front_matter, verbatim_lines
from handoff_md.syntax.front_matter import front_matter_end
from handoff_md.syntax.nodes import Node
from handoff_md.syntax.parse import build_tree, parse
from handoff_md.text.source import Source

_HEADING_OR_FENCE = re.compile(
    r"^(?:#{1,6}(?=[ \t\r\n])| {0,3}(?P<fence>`{3,}|~{3,})(?P<info>[^\r\n]*))", re.MULTILINE
)
_PROBE = "# probe\n"
_PROBE_TOKENS = 3
_JOINED = 8
_KEPT = 4096


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Whole lines that can be parsed by themselves, the lines ``first`` to ``end`` (excluded).

    Lines count from 0. ``tokens`` are all that the parser gives for them; their maps count from
    ``first``.
    """

    first: int
    end: int
    tokens: Sequence[Token]


class RevisionParser:
    """Gives the trees of versions, and remembers the stretches that it has parsed lately."""

    def __init__(self) -> None:
        self._parse_stretch = lru_cache(_KEPT)(_parse_stretch)
        self._parse_rest = lru_cache(_JOINED)(parse_blocks)

    def parse(self, source: Source) -> tuple[Node, ...]:
        """Give the children of the document that `handoff_md.syntax.parse.parse` would give."""
        stretches: list[_Stretch] = []
        cuts = tuple(_find_cuts(source, source.line_offset(front_matter_end(source))))
        index = 0
        while index < len(cuts) - 1:
            found = self._parse_from(source, cuts, index)
            if found is None:
                return parse(source).children
            stretch, index = found
            stretches.append(stretch)
        return _build(source, stretches)

    def _parse_from(
        self, source: Source, cuts: Sequence[int], index: int
    ) -> tuple[_Stretch, int] | None:
        """Parse from a cut to the next at which a block surely starts; None if it nests too deep.

        A heading in a comment or a strange fence is no cut; few stretches are joined to find out.
        """
        first = bisect_left(source.line_starts, cuts[index])
        for behind in range(index + 1, min(index + 1 + _JOINED, len(cuts) - 1)):
            end = bisect_left(source.line_starts, cuts[behind])
            tokens = self._parse_stretch(source.text[cuts[index] : cuts[behind]], end - first)
            if tokens is not None:
                return _Stretch(first, end, tokens), behind
        blocks: Blocks = self._parse_rest(source.text[cuts[index] :])
        if blocks.too_deep is not None:
            return None
        return _Stretch(first, source.line_count, blocks.tokens), len(cuts) - 1


def _build(source: Source, stretches: Sequence[_Stretch]) -> tuple[Node, ...]:
    """Build the tree of stretches that tile a text from where its front matter ends."""
    flat = list(front_matter(source, stretches[0].first)) if stretches else []
    verbatim: set[int] = set()
    for stretch in stretches:
        flat += flatten(source, stretch.tokens, stretch.first, stretch.end)
        verbatim |= verbatim_lines(stretch.tokens, stretch.first)
    return build_tree(source, flat, frozenset(verbatim))


def _parse_stretch(text: str, height: int) -> tuple[Token, ...] | None:
    """Parse some lines (``height`` of them); None unless a heading behind them starts a block."""
    tokens = parse_blocks(text + _PROBE).tokens
    behind = tokens[-_PROBE_TOKENS:]
    if [token.type for token in behind] != ["heading_open", "inline", "heading_close"]:
        return None
    if behind[0].level or behind[0].map != [height, height + 1]:
        return None
    return tokens[:-_PROBE_TOKENS]


def _find_cuts(source: Source, start: int) -> Iterator[int]:
    """Give the offsets where a block may start: the body, its headings outside fences, the end."""
    text = source.text
    yield start
    fence = ""
    for match in _HEADING_OR_FENCE.finditer(text, start):
        mark = match["fence"]
        if mark is None:
            if not fence and match.start() > start:
                yield match.start()
        elif not fence:
            fence = "" if "`" in mark and "`" in match["info"] else mark
        elif mark.startswith(fence) and not match["info"].strip():
            fence = ""
    yield len(text)
