from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from handoff_md.text.visible import break_words


def test_words_are_broken_and_commands_are_not() -> None:
    text = "Leave it out (`git restore --staged -- docs/HANDOFF.md`), then commit the rest."
    assert break_words(text, 30) == [
        "Leave it out",
        "(`git restore --staged -- docs/HANDOFF.md`),",
        "then commit the rest.",
    ]


def test_a_wide_character_takes_two_cells() -> None:
    assert break_words("漢字 漢字 ab", 9) == ["漢字 漢字", "ab"]


def test_lines_and_what_indents_them_stay() -> None:
    assert break_words("one\n  two three four", 9) == ["one", "  two", "  three", "  four"]


@given(st.text(alphabet="ab` \n", max_size=60), st.integers(1, 20))
def test_no_word_is_lost(text: str, width: int) -> None:
    assert "\n".join(break_words(text, width)).split() == text.split()


def test_a_combining_character_takes_no_cell() -> None:
    assert break_words("e\u0301e\u0301e\u0301 ab cd", 6) == ["e\u0301e\u0301e\u0301 ab", "cd"]
