"""How wide a text is in a terminal, and where it breaks; what stands in backticks stays whole."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import category, combining, east_asian_width

from handoff_md.text.pattern import lazy_pattern

_WORD = lazy_pattern(r"(?:[^\s`]|`[^`\n]*`|`)+")
_JOINER, _EMOJI_STYLE = "\u200d", "\ufe0f"
_NO_WIDTH = frozenset({"Mn", "Me", "Cf"})
_MEDIAL_JAMO = range(0x1160, 0x1200)
_SKIN_TONES = range(0x1F3FB, 0x1F400)


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


def count_columns(text: str) -> int:
    """Count the columns of a text without control characters, which have no width to count.

    Wide characters take two (UAX #11), combining ones none; what a zero width joiner joins is one
    emoji, and the emoji style makes a narrow character wide.
    """
    if text.isascii():
        return len(text)
    columns = last = 0
    joined = False
    for character in text:
        if character == _EMOJI_STYLE:
            last, columns = 2, columns + (last == 1)
        elif joined or (ord(character) in _SKIN_TONES and last == 2):  # noqa: PLR2004 - wide
            joined = False
        elif character == _JOINER:
            joined = True
        elif width := _width(character):
            last, columns = width, columns + width
    return columns


def _width(character: str) -> int:
    if category(character) in _NO_WIDTH or ord(character) in _MEDIAL_JAMO:
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
