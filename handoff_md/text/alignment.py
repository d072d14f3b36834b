"""Which elements of two sequences correspond, in order; of two texts' lines, as a patch."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterator, Sequence

from handoff_md.text.edit import Edit, Patch, make_patch
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_SMALL = 40_000


def align(one: Sequence[Hashable], other: Sequence[Hashable]) -> tuple[tuple[int, int], ...]:
    """Give pairs of indexes of equal elements, both rising: a common subsequence.

    Equal heads and tails are paired, then what occurs once on both sides in its longest rising
    run (patience diff), and so on between those. What repeats is searched for the longest common
    subsequence where that is small, and left unpaired where it is not: time is near linear.
    """
    pairs: list[tuple[int, int]] = []
    pending = [(0, len(one), 0, len(other))]
    while pending:
        start, end, first, last = pending.pop()
        while start < end and first < last and one[start] == other[first]:
            pairs.append((start, first))
            start, first = start + 1, first + 1
        while start < end and first < last and one[end - 1] == other[last - 1]:
            end, last = end - 1, last - 1
            pairs.append((end, last))
        if start == end or first == last:
            continue
        anchors = _unique_anchors(one, other, (start, end, first, last))
        if anchors:
            for place, found in anchors:
                pending.append((start, place, first, found))
                pairs.append((place, found))
                start, first = place + 1, found + 1
            pending.append((start, end, first, last))
        elif (end - start) * (last - first) <= _SMALL:
            pairs += _longest_common(one, other, (start, end, first, last))
    return tuple(sorted(pairs))


def common_ends(one: Sequence[object], other: Sequence[object]) -> tuple[int, int]:
    """Count the elements with which both sequences begin, and those behind with which both end."""
    head = _common(one, other)
    return head, _common(one[head:][::-1], other[head:][::-1])


def _common(one: Sequence[object], other: Sequence[object]) -> int:
    count = 0
    for mine, yours in zip(one, other, strict=False):
        if mine != yours:
            break
        count += 1
    return count


def _unique_anchors(
    one: Sequence[Hashable], other: Sequence[Hashable], window: tuple[int, int, int, int]
) -> list[tuple[int, int]]:
    """Pair what occurs once on both sides; of crossing pairs the longest rising run stays."""
    start, end, first, last = window
    places = _unique_places(one, start, end)
    found = _unique_places(other, first, last)
    pairs = [(place, found[element]) for element, place in places.items() if element in found]
    return _rising(pairs)


def _unique_places(elements: Sequence[Hashable], start: int, end: int) -> dict[Hashable, int]:
    places: dict[Hashable, int] = {}
    repeated: set[Hashable] = set()
    for index in range(start, end):
        element = elements[index]
        if element in places:
            repeated.add(element)
        else:
            places[element] = index
    for element in repeated:
        del places[element]
    return places


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Give the longest subsequence of ``pairs`` (sorted by the first) whose second rises."""
    tops: list[int] = []
    ends: list[int] = []
    previous: list[int] = []
    for index, (_, value) in enumerate(pairs):
        pile = bisect_left(tops, value)
        previous.append(ends[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(value)
            ends.append(index)
        else:
            tops[pile], ends[pile] = value, index
    run: list[tuple[int, int]] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        run.append(pairs[index])
        index = previous[index]
    return run[::-1]


def _longest_common(
    one: Sequence[Hashable], other: Sequence[Hashable], window: tuple[int, int, int, int]
) -> list[tuple[int, int]]:
    start, end, first, last = window
    width = last - first
    rows = [[0] * (width + 1)]
    for place in range(end - 1, start - 1, -1):
        below = rows[-1]
        row = [0] * (width + 1)
        for column in range(width - 1, -1, -1):
            if one[place] == other[first + column]:
                row[column] = below[column + 1] + 1
            else:
                row[column] = max(below[column], row[column + 1])
        rows.append(row)
    rows.reverse()
    pairs: list[tuple[int, int]] = []
    place = column = 0
    while place < end - start and column < width:
        if one[start + place] == other[first + column]:
            pairs.append((start + place, first + column))
            place, column = place + 1, column + 1
        elif rows[place + 1][column] >= rows[place][column + 1]:
            place += 1
        else:
            column += 1
    return pairs


def patch_lines(old: Source, new: Source) -> Patch:
    """Give the patch that makes the new text of the old one; unchanged lines are not touched."""
    lines = [
        [source.slice(source.lines_span(n, n + 1)) for n in range(source.line_count)]
        for source in (old, new)
    ]
    edits: list[Edit] = []
    start = first = 0
    for here, there in (*align(lines[0], lines[1]), (old.line_count, new.line_count)):
        if (start, first) != (here, there):
            text = new.slice(new.lines_span(first, there))
            edits.append(Edit(old.lines_span(start, here), text))
        start, first = here + 1, there + 1
    return make_patch(old, edits)


def narrow(patch: Patch) -> Patch:
    """Give the patch with each edit of several lines reduced to the lines that it changes."""
    return make_patch(
        patch.source, (part for edit in patch.edits for part in _narrow(patch.source, edit))
    )


def _narrow(source: Source, edit: Edit) -> Iterator[Edit]:
    start = edit.span.start
    for part in patch_lines(Source(source.slice(edit.span)), Source(edit.text)).edits:
        yield Edit(Span(start + part.span.start, start + part.span.end), part.text)
