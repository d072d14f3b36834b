"""What ``<details>`` folds away in a document: older entries, mostly. Knows top-level tags only."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from handoff_md.syntax.nodes import Block, BlockKind, Node
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_TAG = lazy_pattern(r"<!--.*?-->|<(?P<close>/)?details\b[^>]*>", re.IGNORECASE | re.DOTALL)


class Fold(Value):
    """A pair of tags: the raw HTML block that opens it, and the one that closes it."""

    opening: Span
    closing: Span

    def holds(self, offset: int) -> bool:
        """Tell whether a place is folded away: behind the start, and before the end."""
        return self.opening.start < offset < self.closing.end


def find_folds(source: Source, nodes: Iterable[Node]) -> tuple[Fold, ...]:
    """Give what stands between blocks that open and close ``<details>``, inner ones first.

    ``nodes`` are a document's, in the order of the text. A block that closes what it opens is no
    fold; a tag without its other half opens or closes nothing.
    """
    return tuple(_pair(source, nodes)) if "<details" in source.text.casefold() else ()


def find_folded(folds: Iterable[Fold], places: Sequence[int]) -> frozenset[int]:
    """Give those of some places, in order, that any of the folds holds."""
    folded: set[int] = set()
    reached = 0
    for fold in sorted(folds, key=lambda fold: fold.opening.start):
        first = bisect_right(places, max(fold.opening.start, reached))
        folded.update(places[first : bisect_left(places, fold.closing.end)])
        reached = max(reached, fold.closing.end - 1)
    return frozenset(folded)


def _pair(source: Source, nodes: Iterable[Node]) -> Iterator[Fold]:
    opened: list[Span] = []
    for node in nodes:
        if not (isinstance(node, Block) and node.kind is BlockKind.HTML):
            continue
        for tag in _TAG.finditer(source.text, node.span.start, node.span.end):
            if tag["close"] is None:
                opened += [node.span] if not tag.group().startswith("<!--") else []
            elif opened and (opening := opened.pop()) != node.span:
                yield Fold(opening, node.span)
