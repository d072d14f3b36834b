"""Parsing only around a change gives the very tokens that parsing everything gives."""

from __future__ import annotations

from operator import attrgetter
from random import Random

import pytest
from hostile import body, document

from handoff_md.syntax.blocks import Token, parse_blocks
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.parse import parse
from handoff_md.syntax.reparse import LineChange, Window, reparse
from handoff_md.text.source import Source

LOOK = attrgetter("type", "level", "markup", "info", "content", "hidden", "meta", "attrs")


def spliced(before: Document, windows: tuple[Window, ...]) -> list[tuple[object, object]]:
    """Put the windows' tokens in the place of the document's, moved to where they stand now."""
    tokens = before.blocks.tokens
    result: list[tuple[object, object]] = []
    done, moved = 0, 0
    for window in windows:
        start = next(
            (i for i in range(done, len(tokens)) if window.old_tokens[:1] == (tokens[i],)),
            len(tokens),
        )
        result += [described(token, moved) for token in tokens[done:start]]
        result += [described(token, window.lines.first) for token in window.tokens]
        done = start + len(window.old_tokens)
        moved = window.lines.end - window.lines.old_end
    return result + [described(token, moved) for token in tokens[done:]]


def described(token: Token, moved: int) -> tuple[object, object]:
    return LOOK(token), token.map[0] + moved if token.map else None


def random_change(random: Random, text: str) -> tuple[str, LineChange]:
    """Replace some whole lines of a text by others."""
    source = Source(text)
    first = random.randint(0, source.line_count)
    end = min(first + random.choice([0, 0, 0, 1, 3]), source.line_count)
    new = random.choice(["", "### New\n\nText.\n\n", body(random).rstrip("\r\n") + "\n", "```\n"])
    span = source.lines_span(first, end)
    changed = text[: span.start] + new + text[span.end :]
    return changed, LineChange(first, end, first, first + Source(new).line_count)


def check(seed: int) -> bool:
    """Compare one random change; give whether less than the whole text was parsed."""
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    old = document(random)
    text = old.decode("utf-8", "surrogateescape")
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff").rstrip("\n") + "\n"
    before = parse(text)
    if before.first_line or before.blocks.too_deep is not None:
        return False
    changed, change = random_change(random, before.source.text)
    new = Source(changed)
    if parse(changed).first_line:
        return False
    windows = reparse(before, new, [change])
    whole = parse_blocks(changed)
    if whole.too_deep is not None:
        return False
    expected = [described(token, 0) for token in whole.tokens]
    assert spliced(before, windows) == expected, f"seed {seed}"
    return windows[0].lines.old_end - windows[0].lines.old_first < before.source.line_count


def test_a_window_gives_what_the_whole_gives() -> None:
    saved = sum(check(seed) for seed in range(400))
    assert saved > 40, "most windows were the whole text: nothing was compared"


@pytest.mark.full
def test_ten_thousand_windows_give_what_the_whole_gives() -> None:
    saved = sum(check(seed) for seed in range(400, 10_400))
    assert saved > 1000
