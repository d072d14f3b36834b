"""Chapters of a briefing, and the budget that they are put into, the last items left out first."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from math import ceil
from typing import Final

from handoff_md.semantics.summaries.hidden_text import drop_invisible
from handoff_md.text.visible import plain
from handoff_md.value import Value

PREFIX: Final = "> "
"""What begins each line whose words are not the tool's own, and no other line."""
_STEP = 500
_MARGIN = 50  # ages that are told may take more characters by then


class Topic(StrEnum):
    """What a chapter is about, in the order in which they are told."""

    SESSION = "session"
    RUN = "run"
    AT_WORK = "at-work"
    HANDED_IN = "handed-in"
    BLOCKED = "blocked"
    OPEN = "open"
    DECISIONS = "decisions"
    ENTRIES = "entries"
    SINCE = "since"


_FIRST = (Topic.SESSION, Topic.RUN)
"""What is told before the last lines have their room."""


class Passage(Value):
    """Lines that are told together.

    ``tier`` is how soon it is left out: items of tier 1 before all of tier 0. ``line`` is that of
    the document (from 1) that it was read from, None where it is from elsewhere.
    """

    lines: tuple[str, ...]
    tier: int = 0
    line: int | None = None

    @property
    def size(self) -> int:
        """Give how many characters its lines take, with their line endings."""
        return sum(map(len, self.lines)) + len(self.lines)


class Chapter(Value):
    """Items about one topic, below a line of the tool's own (empty: none)."""

    topic: Topic
    heading: str
    items: tuple[Passage, ...]


def clean(words: str) -> str:
    """Give words as one line without what steers a terminal, or can't be seen."""
    return plain(drop_invisible(words)).rstrip()


def in_quotes(name: str) -> str:
    """Give a name that somebody else has chosen as it stands in a line of the tool's own."""
    cleaned = clean(name).replace('"', "'")
    return f'"{cleaned}"'


def name_path(path: str) -> str:
    """Give a path as it stands in a line of the tool's own: in quotes if it is several words."""
    cleaned = clean(path)
    return cleaned if re.fullmatch(r"[\w./+@-]+", cleaned) else in_quotes(cleaned)


def quote(words: str) -> str:
    """Give words that are not the tool's own as one line, which can be taken for nothing else."""
    return PREFIX + clean(words)


class Packed(Value):
    """A briefing.

    Attributes:
        text: what is told; each line ends with LF. Empty where not even the first line has room.
        told: the chapters with those of their items that are told.
        left_out: how many items of each topic are not.
    """

    text: str
    told: tuple[Chapter, ...]
    left_out: dict[Topic, int]


def pack(
    frame: str,
    chapters: Sequence[Chapter],
    closing: Sequence[str],
    *,
    chars: int,
    command: Callable[[int], str],
) -> Packed:
    """Tell as much as a budget allows, in the order of the chapters.

    Who is told, and the run, come before all else that there is to say. Then the last lines have
    their room, and then items: by tier, in their order, up to the first that has no room. A larger
    budget never tells less.

    Args:
        frame: the first line.
        chapters: what there is to tell; one without items is passed over.
        closing: the last lines; of them the last have to go first.
        chars: the most characters that the text may have.
        command: gives the command that tells all, for the characters that it takes.
    """
    filled = [chapter for chapter in chapters if chapter.items]
    whole = len(_lines([frame, *closing])) + sum(_size(chapter) for chapter in filled)
    if whole <= chars:
        return Packed(_write(frame, filled, closing), tuple(filled), {})
    if len(frame) >= chars:
        return Packed("", (), _count(filled))
    again = command(ceil((whole + _MARGIN) / _STEP) * _STEP)
    first = [chapter for chapter in filled if chapter.topic in _FIRST]
    others = [chapter for chapter in filled if chapter.topic not in _FIRST]
    told, left_out = _choose(first, chars - len(frame) - 1)
    head = _write(frame, told, ())
    missing = left_out | _count(others)
    ending = [*_tell_left_out(missing, again), *closing]
    room = chars - len(head) - len(_lines(ending))
    if left_out or room < 0:
        return Packed(head + _fit(ending, chars - len(head)), tuple(told), missing)
    more, missing = _choose(others, room)
    ending = [*_tell_left_out(missing, again), *closing]
    return Packed(_write(frame, [*told, *more], ending), (*told, *more), missing)


def _count(chapters: Sequence[Chapter]) -> dict[Topic, int]:
    return {chapter.topic: len(chapter.items) for chapter in chapters}


def _choose(chapters: Sequence[Chapter], room: int) -> tuple[list[Chapter], dict[Topic, int]]:
    ranked = sorted(
        (item.tier, number, place, item)
        for number, chapter in enumerate(chapters)
        for place, item in enumerate(chapter.items)
    )
    chosen: dict[int, list[tuple[int, Passage]]] = {}
    for _, number, place, item in ranked:
        cost = item.size + (0 if number in chosen else _heading_size(chapters[number]))
        if cost > room:
            break
        room -= cost
        chosen.setdefault(number, []).append((place, item))
    told: list[Chapter] = []
    left_out: dict[Topic, int] = {}
    for number, chapter in enumerate(chapters):
        kept = sorted(chosen.get(number, ()), key=lambda one: one[0])
        if kept:
            items = tuple(item for _, item in kept)
            told.append(Chapter(chapter.topic, chapter.heading, items))
        if len(kept) < len(chapter.items):
            left_out[chapter.topic] = len(chapter.items) - len(kept)
    return told, left_out


def _tell_left_out(left_out: dict[Topic, int], again: str) -> tuple[str, ...]:
    """Say what is left out; nothing is where only the last lines have no room."""
    if not left_out:
        return ()
    counted = ", ".join(f"{topic.value} {count}" for topic, count in left_out.items())
    return (f"Left out for want of room: {counted}. All that is told: {again}",)


def _size(chapter: Chapter) -> int:
    return _heading_size(chapter) + sum(item.size for item in chapter.items)


def _heading_size(chapter: Chapter) -> int:
    return len(chapter.heading) + 1 if chapter.heading else 0


def _write(frame: str, chapters: Sequence[Chapter], closing: Sequence[str]) -> str:
    lines = [frame]
    for chapter in chapters:
        lines += [chapter.heading] if chapter.heading else []
        lines += [line for item in chapter.items for line in item.lines]
    return _lines([*lines, *closing])


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _fit(lines: Sequence[str], chars: int) -> str:
    """Give the first lines, as many as have room."""
    count = len(lines)
    while len(_lines(lines[:count])) > chars:
        count -= 1
    return _lines(lines[:count])
