"""A version that shares sections with those before is parsed into the very tree it has alone."""

from __future__ import annotations

from random import Random

import pytest
from hostile import body, document

from handoff_md.syntax.blocks import parse_blocks
from handoff_md.syntax.parse import parse
from handoff_md.syntax.versions import VersionParser
from handoff_md.text.source import Source, decode

_PIECES = (
    "",
    "### New\n\nText.\n\n",
    "```\n",
    "<!--\n",
    "# Top\n",
    "[a]: /b\n",
    "- a\n\n\n",
    "---\n",
)


def changed(random: Random, text: str) -> str:
    """Replace, add or move some whole lines of a text."""
    source = Source(text)
    first = random.randint(0, source.line_count)
    end = min(first + random.choice([0, 0, 1, 3, 9]), source.line_count)
    new = random.choice([*_PIECES, body(random).rstrip("\r\n") + "\n"])
    span = source.lines_span(first, end)
    rest = text[: span.start] + text[span.end :]
    taken = text[span.start : span.end] if random.random() < 0.3 else ""
    place = Source(rest).line_offset(random.randint(0, Source(rest).line_count)) if taken else 0
    moved = rest[:place] + taken + rest[place:] if taken else rest
    return moved[: span.start] + new + moved[span.start :]


def check(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    text = decode(document(random)).text
    parser = VersionParser()
    for _ in range(4):
        source = Source(text)
        expected = parse(source)
        found = parser.parse(source)
        if expected.blocks.too_deep is not None:
            assert found is None
        else:
            assert found is not None, seed
            assert found.children == expected.children, seed
            body_text = text[source.line_offset(expected.first_line) :]
            assert found.references == parse_blocks(body_text).references, seed
        text = changed(random, text)


@pytest.mark.parametrize("first", range(0, 400, 100))
def test_a_version_has_the_tree_that_it_has_alone(first: int) -> None:
    for seed in range(first, first + 100):
        check(seed)


@pytest.mark.full
def test_many_versions_have_the_trees_that_they_have_alone() -> None:
    for seed in range(10_000, 40_000):
        check(seed)
