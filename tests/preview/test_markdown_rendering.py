from __future__ import annotations

import re
from collections import Counter

import pytest
from rendering import as_text
from rich.cells import cell_len

from handoff_md.preview.markdown import render_markdown

HOSTILE = """\
# A \x1b[31mred\x1b[0m &#x202E;title

[click](https://evil.example/\x1b]0;x) ![picture](https://evil.example/p.png "t")

<script>alert(1)</script>

a <b onclick="x">word</b> [bold]markup[/bold] :smile: &#x9b;31m

```sh\x1b
echo "\x1b[2J"
```

| a\x1b | `\x1b[1m` |
|-------|-----------|
| \udc9b | &#x2028; |
"""
_OWN_STYLES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("color", [False, True])
def test_nothing_of_a_hostile_text_reaches_the_terminal(color: bool) -> None:  # noqa: FBT001 - a parameter
    text = _OWN_STYLES.sub("", as_text(render_markdown(HOSTILE), color=color))
    assert all(char.isprintable() or char == "\n" for char in text)
    assert "␛[31mred␛[0m <U+202E>title" in text
    assert 'echo "␛[2J"' in text


def test_no_link_is_made_clickable_and_no_style_comes_from_the_text() -> None:
    shown = as_text(render_markdown(HOSTILE), color=True)
    assert "\x1b]" not in shown
    assert "[bold]markup[/bold] :smile:" in _OWN_STYLES.sub("", shown)


def test_what_a_renderer_would_hide_is_shown_as_it_is_written() -> None:
    text = as_text(render_markdown(HOSTILE), width=120)
    assert "<script>alert(1)</script>" in text
    assert '<b onclick="x">word</b>' in text
    assert "[image: picture] (https://evil.example/p.png)" in text


def test_headings_keep_their_hashes() -> None:
    text = as_text(render_markdown("### Three\n\nSetext\n======\n"))
    assert text.startswith("### Three\n")
    assert "# Setext" in text


def test_field_lines_stay_lines_and_prose_is_wrapped() -> None:
    text = as_text(render_markdown("**One**: 1\n**Two**: 2\n\nprose\ngoes on\n"))
    assert "One: 1\nTwo: 2\n" in text
    assert "prose goes on" in text


def test_wide_characters_are_aligned() -> None:
    table = "| name | ok |\n|---|---|\n| 漢字 | yes |\n| plain | no |\n| 🎉 | both |\n"
    lines = as_text(render_markdown(table)).splitlines()
    columns = {
        cell_len(line[: line.index(word)])
        for line in lines
        for word in ("yes", "no", "both")
        if word in line
    }
    assert len(columns) == 1


def test_a_list_deeper_than_the_renderer_allows_is_not_swallowed() -> None:
    nested = "".join(f"{'  ' * depth}- item {depth}\n" for depth in range(12))
    assert "item 11" in as_text(render_markdown(nested))


@pytest.mark.parametrize("width", [80, 40, 20, 8])
def test_no_letter_of_a_table_is_cut(width: int) -> None:
    table = (
        "| 名前 | 状態 | three |\n|---|---|---|\n"
        f"| {'漢字' * 20} | 🎉 done | {'a_long_name' * 5} |\n"
    )
    shown = as_text(render_markdown(table), width=width)
    assert "…" not in shown
    letters = Counter(char for char in table if char.isalpha())
    assert letters - Counter(shown) == Counter()
