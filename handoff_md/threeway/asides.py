"""Finds what stands between sections and belongs to none: a footer, the tags of a fold.

By Markdown's rules such a text is the end of the section above it. But people add sections above a
footer: then it ends one section in one version, and another one in another.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import pairwise

from msgspec.structs import replace

from handoff_md.semantics.document.folds import find_folds
from handoff_md.syntax.nodes import (
    Block,
    BlockKind,
    Children,
    Entry,
    Heading,
    Node,
    Part,
    Section,
    Tree,
    leaves_of,
    sections_of,
    walk_blocks,
)
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

DOCUMENT = -1
_HEADED = (Section, Entry, Part)
_ALIKE = 0.5
_MOST_BLOCKS = 40
_WORD = lazy_pattern(r"\w+")
_DIGITS = lazy_pattern(r"[0-9]+")
_ITEM = lazy_pattern(r"[-+*]\s|[0-9]+[.)]\s")
_RULE = lazy_pattern(r"[-*_](?:[ \t]*[-*_])+")
_UPDATED = lazy_pattern(r"[*_>\s]*last[ -](?:updated|modified|edited|change)\b", re.IGNORECASE)
_FOOTER = lazy_pattern(
    r"(?P<mark>[*_]{1,3})(?![*_\s])[^\n]*(?P=mark)|<!--.*-->|\[[^\]\n]+\]:.*|[—–]\s?[^\n]*",
    re.DOTALL,
)

Asides = Mapping[int, int]
"""Where asides start, and the section (by its start, or `DOCUMENT`) that each stands in."""


class _Stretch(Value):
    """A section's own blocks, without what stands below it or is set apart from it.

    They are those of ``leaves`` that start in its ``span``. ``around`` are the sections that it
    stands in, the innermost last, by where each starts and ends; what follows it is at ``end``.
    """

    key: Hashable
    leaves: Sequence[Node]
    span: Span
    around: tuple[tuple[int, int], ...]
    end: int

    @property
    def blocks(self) -> tuple[Node, ...]:
        """Give the blocks; they are not kept, as hardly any are looked at."""
        start, end = self.span.start, self.span.end
        return tuple(
            leaf for leaf in self.leaves if start <= leaf.span.start < end and _is_solid(leaf)
        )

    @property
    def homes(self) -> tuple[int, ...]:
        """Give the sections that an aside at its end may belong to, the outermost last."""
        homes: list[int] = []
        for start, stop in reversed(self.around):
            homes.append(start)
            if stop > self.end:
                break
        return tuple(homes)


class _Version(Value):
    """A version as a row of stretches, and where each stands by its key."""

    source: Source
    stretches: Sequence[_Stretch]
    places: Mapping[Hashable, int]

    def texts(self, place: int) -> list[str]:
        """Give the texts of a stretch's blocks."""
        return [self.source.slice(block.span).strip() for block in self.stretches[place].blocks]

    def ends_like(self, other: _Version, place: int, there: int) -> bool:
        """Tell whether a stretch ends in the same block as one of another version, or has none."""
        mine, yours = self.stretches[place], other.stretches[there]
        if self.source.slice(mine.span) == other.source.slice(yours.span):
            return True
        texts = self.texts(place)
        return not texts or texts[-1:] == other.texts(there)[-1:]

    def find_end(self, other: _Version, place: int) -> int:
        """Give the stretch behind which the other version has what follows a stretch there."""
        for following in other.stretches[place + 1 :]:
            if following.key in self.places:
                return self.places[following.key] - 1
        return len(self.stretches) - 1


def find_asides(base: Tree, ours: Tree, theirs: Tree) -> tuple[Asides, Asides, Asides]:
    """Say where asides start in three versions.

    The tags of folds are seen in each version by itself. A footer shows in what a side did: it
    stands at the end of one section in the base, and of another one in the side.
    """
    trees = (base, ours, theirs)
    read = [_read_stretches(tree) for tree in trees]
    folds = [_find_fold_tags(tree, found) for tree, found in zip(trees, read, strict=True)]
    versions = [
        _make_version(tree.source, found, tags)
        for tree, found, tags in zip(trees, read, folds, strict=True)
    ]
    before, *sides = versions
    found: list[dict[int, int]] = [dict(tags) for tags in folds]
    for place, index in sorted({at for side in sides for at in _find_moved(before, side)}):
        _set_apart(found[0], before, place, index)
        for side, asides in zip(sides, found[1:], strict=True):
            if (there := _locate(before, side, place, index)) is not None:
                _set_apart(asides, side, *there)
    if _find_footer(before) is None:
        for side, asides in zip(sides, found[1:], strict=True):
            if (new := _find_footer(side)) is not None:
                _set_apart(asides, side, len(side.stretches) - 1, new)
    return found[0], found[1], found[2]


def _set_apart(asides: dict[int, int], version: _Version, place: int, index: int) -> None:
    """Note an aside; rules alone are none: they only separate."""
    stretch = version.stretches[place]
    if not all(map(_RULE.fullmatch, version.texts(place)[index:])):
        asides.setdefault(stretch.blocks[index].span.start, stretch.homes[-1])


def _read_stretches(tree: Tree) -> list[_Stretch]:
    """Give a document's own blocks and each section's, in the order of the text."""
    stretches: list[_Stretch] = []
    seen: Counter[Hashable] = Counter()
    length = len(tree.source.text)
    waiting: list[tuple[Tree | Node, tuple[str, ...], tuple[tuple[int, int], ...]]] = [
        (tree, (), ((DOCUMENT, length + 1),))
    ]
    while waiting:
        node, path, around = waiting.pop()
        below, leaves = sections_of(node), leaves_of(node)
        start, end = around[-1]
        end = below[0].span.start if below else end
        is_split = not isinstance(leaves, Children)  # entries without headings stand among them
        last = leaves[-1].span.end if leaves and is_split else min(end, length)
        span = Span(max(start, 0), last)
        stretches.append(_Stretch((path, seen[path]), leaves, span, around, end))
        seen[path] += 1
        for child in reversed(below):
            span, words = child.span, tree.source.slice(child.heading.text)
            waiting.append((child, (*path, words), (*around, (span.start, span.end))))
    return stretches


def _is_solid(node: Node) -> bool:
    if isinstance(node, (*_HEADED, Heading)):
        return False
    return not (isinstance(node, Block) and node.kind in (BlockKind.BLANK, BlockKind.FRONT_MATTER))


def _find_fold_tags(tree: Tree, stretches: Sequence[_Stretch]) -> dict[int, int]:
    """Give the tags of the folds that hold headings; both stand in one section's list."""
    folds = find_folds(tree.source, walk_blocks(tree))
    if not folds:
        return {}
    holder = {
        block.span.start: number
        for number, stretch in enumerate(stretches)
        for block in stretch.blocks
    }
    tags: dict[int, int] = {}
    for fold in folds:
        first, last = holder[fold.opening.start], holder[fold.closing.start]
        if first != last:
            home = stretches[first].homes[-1]
            homes = stretches[last].homes
            tags[fold.opening.start] = home
            tags[fold.closing.start] = home if home in homes else homes[-1]
    return tags


def _make_version(
    source: Source, stretches: Sequence[_Stretch], tags: Mapping[int, int]
) -> _Version:
    cut = list(_cut(stretches, tags)) if tags else stretches
    return _Version(source, cut, {stretch.key: place for place, stretch in enumerate(cut)})


def _cut(stretches: Sequence[_Stretch], tags: Mapping[int, int]) -> Iterator[_Stretch]:
    """Cut stretches at the tags of folds."""
    for stretch in stretches:
        starts = [block.span.start for block in stretch.blocks if block.span.start in tags]
        ends = [*starts, stretch.span.end]
        yield replace(stretch, span=Span(stretch.span.start, ends[0]))
        for number, (start, end) in enumerate(pairwise(ends)):
            yield replace(stretch, key=(stretch.key, "fold", number), span=Span(start, end))


def _find_moved(base: _Version, side: _Version) -> Iterator[tuple[int, int]]:
    """Give what stands at the end of another stretch in a side: the base's stretch, and block."""
    for place, _, index, _ in _find_moves(base, side):
        yield place, index
    for _, place, _, index in _find_moves(side, base):
        yield place, index


def _find_moves(one: _Version, other: _Version) -> Iterator[tuple[int, int, int, int]]:
    """Give the blocks at a stretch's end that the other version has at the end of a later one.

    Tells the stretch and the later one, and the first of the blocks in each.
    """
    for place, stretch in enumerate(one.stretches):
        here = other.places.get(stretch.key)
        if here is None or one.ends_like(other, place, here):
            continue
        later = other.find_end(one, place)
        if later <= here:
            continue
        texts, there = one.texts(place), other.texts(later)
        kept = set(other.texts(here))
        first = 1 + max((n for n, text in enumerate(texts) if text in kept), default=-1)
        if fit := _fit(texts[first:], there):
            start, found = fit
            if (first + start or found or _is_footer(texts[0])) and not _fit(
                texts[first + start :], other.texts(here)
            ):
                yield place, later, first + start, found


def _locate(base: _Version, side: _Version, place: int, index: int) -> tuple[int, int] | None:
    """Find in a side what the base has at the end of a stretch, from a block on."""
    texts = base.texts(place)
    here = side.places.get(base.stretches[place].key)
    end = side.find_end(base, place)
    there = side.texts(end) if end >= 0 else []
    if here == end and index and texts[index - 1] in there:
        found = 1 + max(n for n, text in enumerate(there) if text == texts[index - 1])
        return (end, found) if found < len(there) else None
    fit = _fit(texts[index:], there)
    return (end, fit[1]) if fit else None


def _fit(texts: Sequence[str], there: Sequence[str]) -> tuple[int, int] | None:
    """Say from where on two rows of blocks tell the same to their ends; None if they don't.

    At least half of either has to be found in the other, in order; rules alone tell nothing.
    """
    one, other = texts[-_MOST_BLOCKS:], there[-_MOST_BLOCKS:]
    most = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for n in range(len(one) - 1, -1, -1):
        for m in range(len(other) - 1, -1, -1):
            longest = max(most[n + 1][m], most[n][m + 1])
            if _are_alike(one[n], other[m]):
                longest = max(longest, most[n + 1][m + 1] + 1)
            most[n][m] = longest
    count = most[0][0]
    if not count:
        return None
    found = max(m for m in range(len(other)) if most[0][m] == count)
    start = max(n for n in range(len(one)) if most[n][found] == count)
    words = [text for text in one[start:] if not _RULE.fullmatch(text)]
    if not any(_are_alike(text, its) for text in words for its in other[found:]):
        return None
    if 2 * count < max(len(one) - start, len(other) - found):
        return None
    return start + len(texts) - len(one), found + len(there) - len(other)


def _are_alike(one: str, other: str) -> bool:
    """Tell whether two blocks are one: but for numbers, some lines, or the words of a footer."""
    if one == other or (_RULE.fullmatch(one) and _RULE.fullmatch(other)):
        return True
    if _ITEM.match(one) is None and _DIGITS.sub("0", one) == _DIGITS.sub("0", other):
        return True
    if _is_footer(one) and _is_footer(other):
        return _share(_WORD.findall(one), _WORD.findall(other)) >= _ALIKE
    return _share(one.split("\n"), other.split("\n")) >= _ALIKE


def _share(one: Sequence[str], other: Sequence[str]) -> float:
    return len(set(one) & set(other)) / max(len(set(one)), len(set(other)), 1)


def _find_footer(version: _Version) -> int | None:
    """Give the block at which a document ends in what can't be but a footer; None if it doesn't."""
    texts = version.texts(len(version.stretches) - 1)
    start = len(texts)
    while start and _is_footer(texts[start - 1]) and not _RULE.fullmatch(texts[start - 1]):
        start -= 1
    if start == len(texts):
        return None
    if start and _RULE.fullmatch(texts[start - 1]):
        return start - 1
    return start if _UPDATED.match(texts[start]) else None


def _is_footer(text: str) -> bool:
    """Tell whether a block looks like a footer's: a rule, emphasis, a comment, a definition."""
    return bool(_RULE.fullmatch(text) or _FOOTER.fullmatch(text) or _UPDATED.match(text))
