"""Text on a terminal: what would steer it is shown, left out, or refused; and how wide it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import category, combining, east_asian_width
from unicodedata import name as name_of

from handoff_md.text.pattern import lazy_pattern

# Most text has none of them: `re` compiles the patterns when one is looked for.
_STEERING = (
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_STEERING_IN_LINES = _STEERING.replace("\x00-\x1f", "\x00-\x08\x0b-\x1f")
# Whole sequences that steer a terminal (ECMA-48): colours, moves, titles and other strings.
_SEQUENCE = (
    "\x1b(?:[\\[][0-?]*[ -/]*[@-~]|[\\]PX^_][^\x07\x1b\r\n]*(?:\x07|\x1b\\\\)?|[ -/]*[0-~])"
    "|\x9b[0-?]*[ -/]*[@-~]"
)
_CONTROL = lazy_pattern("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HOSTILE = lazy_pattern(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_BLANKS = "[\t\n\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029]"
_C0_END, _DELETE, _C1_END = 0x20, 0x7F, 0xA0
_PICTURES = 0x2400
_MOST_QUOTED = 160
_PICTURE_OF_DELETE = "\u2421"
_ESCAPED_BYTES = range(0xDC80, 0xDD00)

_WORD = lazy_pattern(r"(?:[^\s`]|`[^`\n]*`|`)+")
_JOINER, _EMOJI_STYLE = "\u200d", "\ufe0f"
_NO_WIDTH = frozenset({"Mn", "Me", "Cf"})
_MEDIAL_JAMO = range(0x1160, 0x1200)
_SKIN_TONES = range(0x1F3FB, 0x1F400)


def visible(text: str) -> str:
    r"""Give a text as one line that moves, colours and hides nothing when a terminal shows it.

    C0 controls (line breaks and tabs among them) become their pictures (``␛``), C1 controls
    ``\x9b``, bidi controls, invisible characters and line separators ``<U+202E>``, bytes that
    are not UTF-8 (PEP 383) ``<0x9B>``. Joiners that scripts and emoji need stay.
    """
    return text if _is_plain(text) else re.sub(_STEERING, _show, text)


def visible_lines(text: str) -> str:
    """Do as `visible` does, but keep tabs and line breaks; CR LF and CR alone break lines too."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return lines if _is_plain(lines.replace("\n", "")) else re.sub(_STEERING_IN_LINES, _show, lines)


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def plain(text: str) -> str:
    """Give a text as one line without what steers a terminal or can't be seen.

    Terminal sequences go whole, controls and direction marks alone; what breaks or fills a line
    becomes a blank, and a byte that is not UTF-8 (PEP 383) U+FFFD.
    """
    if _is_plain(text):
        return text
    text = re.sub(_BLANKS, " ", re.sub(_SEQUENCE, "", text))
    return re.sub(_STEERING, "", re.sub("[\ud800-\udfff]", "\ufffd", text))


def shorten(text: str) -> str:
    """Give a text that a message quotes, cut where it is longer than anybody would read."""
    return text if len(text) <= _MOST_QUOTED else f"{text[:_MOST_QUOTED]}…"


def _show(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < _C0_END:
        return chr(_PICTURES + code)
    if code == _DELETE:
        return _PICTURE_OF_DELETE
    if code < _C1_END:
        return f"\\x{code:02x}"
    if code in _ESCAPED_BYTES:
        return f"<0x{code & 0xFF:02X}>"
    return f"<U+{code:04X}>"


def find_hostile_character(text: str) -> int | None:
    """Find what no summary may carry, for it would show the document otherwise than it reads.

    Gives the offset of the first control character, bidi control or undecodable byte, if any.

    Tabs and line endings are none. Marks that only hint at a direction (U+200E, U+200F) are
    ordinary text in right-to-left languages.
    """
    match = _CONTROL.search(text) if text.isascii() else _HOSTILE.search(text)
    return match.start() if match else None


def name_character(char: str) -> str:
    """Name a character for a message, without letting it reach the terminal."""
    code = ord(char)
    if 0xD800 <= code <= 0xDFFF:  # noqa: PLR2004 - the surrogates
        return f"the byte 0x{code & 0xFF:02X}, which is not UTF-8"
    return f"the control character U+{code:04X} {name_of(char, '')}".rstrip()


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
