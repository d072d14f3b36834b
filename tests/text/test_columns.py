from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from handoff_md.text.visible import count_columns

SPACING = {"Mc"}  # terminals differ on marks that take room of their own
FAMILY, FLAG, KEYCAP = "👩\u200d👩\u200d👧", "🇩🇪", "1\ufe0f\u20e3"


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("", 0),
        ("plain", 5),
        ("cafe\u0301", 4),
        ("漢字", 4),
        ("한글", 4),
        ("✅", 2),
        ("⚠", 1),
        ("⚠\ufe0f", 2),
        ("👍🏽", 2),
        ("🏽", 2),
        (FAMILY, 2),
        (FLAG, 2),
        (KEYCAP, 2),
        ("a\u200bb", 2),
    ],
)
def test_columns_are_those_of_a_terminal(text: str, columns: int) -> None:
    assert count_columns(text) == columns
    assert wcswidth(text) == columns


@given(st.text(st.sampled_from("ab漢é\u0301👍⚠\u200d✅|한"), max_size=12))
def test_a_text_has_at_most_the_columns_of_its_characters(text: str) -> None:
    assert count_columns(text) <= sum(map(count_columns, text))


def test_most_characters_are_as_wide_as_the_reference_says() -> None:
    checked = [
        chr(code)
        for code in range(0x20, sys.maxunicode + 1)
        if unicodedata.category(chr(code)) not in {"Cc", "Cs", "Cn", "Co", *SPACING}
    ]
    differ = [text for text in checked if count_columns(text) != wcswidth(text)]
    assert len(checked) > 140_000
    assert len(differ) < 500
