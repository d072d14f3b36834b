from __future__ import annotations

import sys
import unicodedata

import pytest

from handoff_md.text.visible import visible, visible_lines

JOINERS = "\u200c\u200d"  # scripts and emoji need them


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        (
            "\x1b]8;;https://evil.example\x07click\x1b]8;;\x07",
            "␛]8;;https://evil.example␇click␛]8;;␇",
        ),
        ("a\rb", "a␍b"),
        ("a\nb\tc", "a␊b␉c"),
        ("\x00\x7f", "␀␡"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202eevil\u202c", "<U+202E>evil<U+202C>"),
        ("one\u2028two\u2029three", "one<U+2028>two<U+2029>three"),
        ("\udc9b31m", "<0x9B>31m"),
        ("\ud800", "<U+D800>"),
        ("zero\u200bwidth\ufeff", "zero<U+200B>width<U+FEFF>"),
        ("\U000e0041", "<U+E0041>"),
        ("👩\u200d💻 漢字 ñ", "👩\u200d💻 漢字 ñ"),
        ("[bold]not markup[/bold] :smile:", "[bold]not markup[/bold] :smile:"),
    ],
)
def test_what_steers_a_terminal_is_shown(hostile: str, shown: str) -> None:
    assert visible(hostile) == shown


def test_lines_and_tabs_stay_where_lines_are_wanted() -> None:
    assert visible_lines("a\r\nb\rc\n\td\x1b[2J\x85") == "a\nb\nc\n\td␛[2J\\x85"


def test_no_character_that_steers_or_hides_comes_through() -> None:
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        bidi = unicodedata.bidirectional(char)
        steers = unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} or bidi in {
            "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
        }  # fmt: skip
        if steers:
            assert visible(char).isprintable(), hex(code)
            assert char in "\t\n\r" or visible_lines(char).isprintable(), hex(code)


def test_making_visible_twice_changes_nothing() -> None:
    everything = "".join(map(chr, range(0x3000)))
    assert visible(visible(everything)) == visible(everything)


def test_joiners_are_the_only_invisible_characters_that_stay() -> None:
    hidden = [chr(code) for code in range(0x2000, 0x2070)]
    kept = [c for c in hidden if unicodedata.category(c) == "Cf" and visible(c) == c]
    assert kept == list(JOINERS)
