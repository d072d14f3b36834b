"""Chapters of a briefing, and their items: what is told whole or not at all."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from handoff_md.semantics.summaries.hidden_text import drop_invisible
from handoff_md.text.visible import plain
from handoff_md.value import Value

PREFIX: Final = "> "
"""What begins each line whose words are not the tool's own, and no other line."""


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
