"""How many columns a terminal gives to a text."""

from __future__ import annotations

from unicodedata import category, east_asian_width

_JOINER, _EMOJI_STYLE = "\u200d", "\ufe0f"
_NO_WIDTH = frozenset({"Mn", "Me", "Cf"})
_MEDIAL_JAMO = range(0x1160, 0x1200)
_SKIN_TONES = range(0x1F3FB, 0x1F400)


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
