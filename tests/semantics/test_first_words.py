from __future__ import annotations

import pytest

from handoff_md.semantics.summaries.own_words import find_first_words


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("The parser reads lists. It is quick.\n", "The parser reads lists"),
        (
            "## Done\n\n1. [x] The *parser*,\n   and the lexer:\n2. More\n",
            "The *parser*, and the lexer",
        ),
        ("**Status**: partial\nHalf of it is done.\n", "Half of it is done"),
        ("```\ncode\n```\n\n| a | b |\n|---|---|\n| c | d |\n\n> - Quoted\n", "Quoted"),
        ("word " * 40, " ".join(["word"] * 14)),
        ("x" * 100, "x" * 72),
        ("-5 degrees\n", "-5 degrees"),
        ("---\n\n<!-- hidden -->\n\n***\n", ""),
        ("", ""),
    ],
)
def test_what_a_summary_says_first_is_a_title(body: str, words: str) -> None:
    assert find_first_words(body) == words
