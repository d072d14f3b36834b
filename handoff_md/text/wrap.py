"""Breaks lines between words; what stands in backticks is to be pasted, and stays whole."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import combining, east_asian_width

from handoff_md.text.pattern import lazy_pattern

_WORD = lazy_pattern(r"(?:[^\s`]|`[^`\n]*`|`)+")


def break_words(text: str, width: int) -> list[str]:
    """Break a text into lines of at most ``width`` terminal cells.

    A word that is longer has a line of its own, whole. Lines that the text has stay, and so does
    what they are indented by.
    """
    return [broken for line in text.split("\n") for broken in _break_line(line, width)]


def _break_line(line: str, width: int) -> Iterator[str]:
    if _cells(line) <= width:
        yield line
        return
    indent = line[: len(line) - len(line.lstrip())]
    held = ""
    for word in _WORD.findall(line):
        longer = f"{held} {word}" if held else indent + word
        if held and _cells(longer) > width:
            yield held
            held = indent + word
        else:
            held = longer
    yield held


def _cells(text: str) -> int:
    """Count the cells that a text takes: two for a wide character. Source: UAX #11."""
    if text.isascii():
        return len(text)
    return sum((not combining(char)) * (1 + (east_asian_width(char) in "WF")) for char in text)
