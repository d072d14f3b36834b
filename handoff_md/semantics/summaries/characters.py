"""Characters that no summary may carry: they would show the document otherwise than it reads."""

from __future__ import annotations

import re
import unicodedata

from handoff_md.text.pattern import lazy_pattern

_CONTROL = lazy_pattern("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HOSTILE = (  # `re` compiles it when a text is not ASCII
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def find_hostile_character(text: str) -> int | None:
    """Give the offset of the first control character, bidi control or undecodable byte, if any.

    Tabs and line endings are none. Marks that only hint at a direction (U+200E, U+200F) are
    ordinary text in right-to-left languages.
    """
    match = _CONTROL.search(text) if text.isascii() else re.search(_HOSTILE, text)
    return match.start() if match else None


def name_character(char: str) -> str:
    """Name a character for a message, without letting it reach the terminal."""
    code = ord(char)
    if 0xD800 <= code <= 0xDFFF:  # noqa: PLR2004 - the surrogates
        return f"the byte 0x{code & 0xFF:02X}, which is not UTF-8"
    return f"the control character U+{code:04X} {unicodedata.name(char, '')}".rstrip()
