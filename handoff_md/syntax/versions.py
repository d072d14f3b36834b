"""Parses several versions of one document: a section that they share is parsed once.

Block parsing looks no further ahead than the block at hand, so the lines from one top-level ATX
heading to the next parse alike wherever a block may start and such a heading, or the text's end,
follows; what is new is parsed with the heading behind it, to make sure.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec.structs import replace

from handoff_md.syntax.blocks import Reference, Token, normalize_label, parse_blocks
from handoff_md.syntax.flatten import flatten, front_matter, verbatim_lines
from handoff_md.syntax.form.form import NO_HINTS, Form, FormHints
from handoff_md.syntax.form.outline import Head
from handoff_md.syntax.front_matter import front_matter_end
from handoff_md.syntax.nodes import Heading, Node, Tree
from handoff_md.syntax.stretches import Cut, Leaves, Stretch, nest
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import NEWLINE, Source

_HEADING_LINE = lazy_pattern(r"^#{1,6}(?:[ \t\r\n]|\Z)", re.MULTILINE)
_LOOKAHEAD = 3
_MOST_AT_ONCE = 500_000


class VersionParser:
    """Parses texts one after the other, and knows the stretches of those before.

    ``hints`` are what is known of the form of all beside their text.
    """

    def __init__(self, hints: FormHints = NO_HINTS) -> None:
        self._hints = hints
        self._last = Cut("", (), ())
        # by first line, then by length: many sections have one heading, and few have one length
        self._known: dict[str, dict[int, dict[str, list[Stretch]]]] = {}

    def parse(self, source: Source, like: Form | None = None) -> Tree | None:
        """Parse a text into the very tree that `parse` gives; None if it nests too deep.

        ``like`` is the form of another version, which this one is read by.
        """
        leaves = self.find_leaves(source)
        return None if leaves is None else self.nest(leaves, like)

    def nest(self, leaves: Leaves, like: Form | None = None) -> Tree:
        """Make the tree of a text's leaves, read by the form ``like`` where one is given."""
        return nest(leaves, replace(self._hints, like=like) if like else self._hints)

    def find_leaves(self, source: Source) -> Leaves | None:
        """Parse a text into its leaves; None if it nests too deep."""
        body_line = front_matter_end(source)
        cut = self._cut(source, body_line)
        return Leaves(source, front_matter(source, body_line), cut) if cut else None

    def _cut(self, source: Source, body_line: int) -> Cut | None:
        """Cut a text into stretches, from the line where its body starts; None if it is too deep.

        What it has in common with the version before, at its start and at its end, is not looked
        at again.
        """
        text, last = source.text, self._last
        start = source.line_offset(body_line) if body_line else 0
        before = _count_common(last, text, start)
        stretches, starts = list(last.stretches[:before]), list(last.starts[:before])
        place = starts[-1] + len(stretches[-1].text) if stretches else start
        moved = len(text) - len(last.text)
        alike = len(text) - _common_length(last.text, text, from_end=True)
        while place < len(text):
            index = last.find(place - moved) if place >= alike else None
            at_start = place == start
            if index is not None and last.stretches[index].stands_at(
                text, place, at_start=at_start
            ):
                stretches += last.stretches[index:]
                starts += [old + moved for old in last.starts[index:]]
                break
            found = self._find_or_parse(source, place, at_start=at_start)
            if found is None:
                return None
            for stretch in found:
                stretches.append(stretch)
                starts.append(place)
                place += len(stretch.text)
        self._last = Cut(text, tuple(stretches), tuple(starts))
        return self._last

    def _find_or_parse(
        self, source: Source, place: int, *, at_start: bool
    ) -> Sequence[Stretch] | None:
        found = self._find(source.text, place, at_start=at_start)
        return [found] if found else self._parse_new(source, place, at_start=at_start)

    def _find(self, text: str, place: int, *, at_start: bool) -> Stretch | None:
        for length, known in self._known.get(_first_line(text, place), {}).items():
            for one in reversed(known.get(text[place : place + length], ())):
                if one.stands_at(text, place, at_start=at_start):
                    return one
        return None

    def _parse_new(self, source: Source, place: int, *, at_start: bool) -> list[Stretch] | None:
        """Parse from a place on, up to the next known stretch, and remember what is found.

        Of much that is new a part is parsed at a time: the parser's tokens take a hundred times the
        text's memory.
        """
        text, is_first = source.text, not self._last.starts
        for match in _HEADING_LINE.finditer(text, place + 1):
            stop = match.start()
            is_known = not is_first and self._find(text, stop, at_start=False)
            if is_known or stop - place >= _MOST_AT_ONCE:
                found = self._parse_between(source, place, stop, at_start=at_start)
                if found is not None:
                    return found
                break
        return self._parse_between(source, place, len(text), at_start=at_start)

    def _parse_between(
        self, source: Source, place: int, stop: int, *, at_start: bool
    ) -> list[Stretch] | None:
        """Parse up to ``stop``; None if no block starts there, or if it nests too deep."""
        is_last = stop == len(source.text)
        window = Source(source.text[place : _look_ahead(source.text, stop)])
        blocks = parse_blocks(window.text)
        if blocks.too_deep is not None:
            return None
        end = window.line_count if is_last else window.line_of(stop - place)
        if not is_last and not _starts_heading(blocks.tokens, end):
            return None
        found = list(_cut(window, blocks.tokens, end, leads=at_start, ends=is_last))
        for stretch in found:
            lengths = self._known.setdefault(_first_line(stretch.text, 0), {})
            lengths.setdefault(len(stretch.text), {}).setdefault(stretch.text, []).append(stretch)
        return found


def _count_common(last: Cut, text: str, start: int) -> int:
    """Count the stretches that a text, whose body starts at ``start``, has before any change."""
    if not last.starts or last.starts[0] != start:
        return 0
    same = _common_length(last.text, text)
    count = bisect_right(last.starts, same)
    while count and not (
        last.starts[count - 1] + len(last.stretches[count - 1].text) <= same
        and last.stretches[count - 1].stands_at(text, last.starts[count - 1], at_start=count == 1)
    ):
        count -= 1
    return count


def _common_length(one: str, other: str, *, from_end: bool = False) -> int:
    """Count the characters that two texts start with alike, or end with."""
    same, most = 0, min(len(one), len(other))
    while same < most:
        middle = (same + most + 1) // 2
        if from_end:
            alike = (
                one[len(one) - middle : len(one) - same]
                == (other[len(other) - middle : len(other) - same])
            )
        else:
            alike = one[same:middle] == other[same:middle]
        same, most = (middle, most) if alike else (same, middle - 1)
    return same


def _first_line(text: str, place: int) -> str:
    end = text.find("\n", place)
    return text[place : end if end >= 0 else len(text)]


def _starts_heading(tokens: Sequence[Token], line: int) -> bool:
    return any(
        token.type == "heading_open" and not token.level and token.map and token.map[0] == line
        for token in tokens
    )


def _look_ahead(text: str, place: int) -> int:
    """Give the offset so many lines behind a place that a block there is known to begin."""
    ends = [match.end() for match in islice(NEWLINE.finditer(text, place), _LOOKAHEAD)]
    return ends[-1] if len(ends) == _LOOKAHEAD else len(text)


def _cut(
    window: Source, tokens: Sequence[Token], end: int, *, leads: bool, ends: bool
) -> Iterator[Stretch]:
    """Cut what was parsed of a window's lines before ``end`` at its top-level ATX headings."""
    flat = flatten(window, tokens, 0, end)
    verbatim = sorted(line for line in verbatim_lines(tokens, 0) if line < end)
    defined = [token for token in tokens if token.type == "definition" and token.map]
    places = [token.map[0] for token in defined if token.map]
    lines = [
        window.line_of(node.span.start)
        for node in flat
        if isinstance(node, Heading) and window.slice(node.span).lstrip()[:1] == "#"
    ]
    starts = sorted({0, *lines})
    groups = _grouped(flat, [window.line_offset(line) for line in starts])
    for number, line in enumerate(starts):
        stop = starts[number + 1] if number + 1 < len(starts) else end
        span = window.lines_span(line, stop)
        code = verbatim[_within(verbatim, line, stop)]
        yield Stretch(
            text=window.slice(span),
            nodes=groups[number],
            heads=tuple(_heads(window, groups[number], span.start)),
            start=span.start,
            verbatim=frozenset(window.line_offset(found) - span.start for found in code),
            references=tuple(map(_read_definition, defined[_within(places, line, stop)])),
            leads=leads and not line,
            ends=ends and stop == end,
        )


def _within(places: Sequence[int], start: int, stop: int) -> slice:
    """Give where the places from ``start`` up to ``stop`` stand in a sorted sequence."""
    return slice(bisect_left(places, start), bisect_left(places, stop))


def _grouped(nodes: Sequence[Node], starts: Sequence[int]) -> list[tuple[Node, ...]]:
    groups: list[list[Node]] = [[] for _ in starts]
    number = 0
    for node in nodes:
        while number + 1 < len(starts) and node.span.start >= starts[number + 1]:
            number += 1
        groups[number].append(node)
    return [tuple(group) for group in groups]


def _heads(source: Source, nodes: Sequence[Node], start: int) -> Iterator[Head]:
    return (
        Head(index, node.level, source.slice(node.text), node.span.start - start)
        for index, node in enumerate(nodes)
        if isinstance(node, Heading)
    )


def _read_definition(token: Token) -> tuple[str, Reference]:
    meta = token.meta
    return normalize_label(meta["label"]), Reference(meta["url"], meta["title"])
