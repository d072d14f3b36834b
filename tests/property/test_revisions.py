"""A version parsed in stretches, many of them remembered, has the very tree of a whole parse."""

from __future__ import annotations

from random import Random

import pytest
from hostile import body, document

from handoff_md.syntax import revisions
from handoff_md.syntax.blocks import Blocks, parse_blocks
from handoff_md.syntax.parse import parse
from handoff_md.syntax.revisions import RevisionParser
from handoff_md.text.source import Source, decode

ODD = [
    "",
    "\n",
    "# A",
    "---\na: b\n---\n",
    "---\na: b\n---\n# A\n",
    "```\n# in code\n```\n# A\n## B\n",
    "<!--\n# in a comment\n-->\n# A\n\ntext\n# B\n",
    "- item\n# A\n- item\n## B\n  # C\n",
    "> quote\n# A\nlazy\n",
    "``` `\n# A\n# B\n",
    "~~~\n# A\n```\n# B\n~~~\n# C\n",
    "# A\n```\n# B\n",
    "# A\n<div>\n# B\n\n# C\n",
    "Title\n===\n# A\n[a]: b\n# B\n",
    "a\r# A\r# B\r",
    "# A\r\n\r\n# B\r\n",
    "# A\n" + ">" * 50 + " deep\n# B\n",
    "#\n# \n####### seven\n#hash\n",
    "\ufeff# A\n# B\n",
]


def edited(random: Random, source: Source) -> Source:
    """Replace some whole lines of a text by others."""
    first = random.randint(0, source.line_count)
    end = min(first + random.choice([0, 0, 0, 1, 3]), source.line_count)
    new = random.choice(["", "### New\n\nText.\n\n", body(random), "```\n", "<!--\n", "-->\n"])
    span = source.lines_span(first, end)
    return Source(source.text[: span.start] + new + source.text[span.end :], bom=source.bom)


def check_history(seed: int, length: int) -> None:
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    parser = RevisionParser()
    source = decode(document(random))
    for number in range(length):
        assert parser.parse(source) == parse(source).children, (seed, number)
        source = edited(random, source)


@pytest.mark.parametrize("text", ODD)
def test_an_odd_text_has_the_tree_of_a_whole_parse(text: str) -> None:
    source = decode(text)
    assert RevisionParser().parse(source) == parse(source).children


@pytest.mark.parametrize("start", range(0, 60, 20))
def test_every_version_of_a_history_has_the_tree_of_a_whole_parse(start: int) -> None:
    for seed in range(start, start + 20):
        check_history(seed, 8)


def test_a_further_version_costs_no_more_than_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    def parse_and_count(text: str) -> Blocks:
        parsed.append(text)
        return parse_blocks(text)

    monkeypatch.setattr(revisions, "parse_blocks", parse_and_count)
    entries = "".join(
        f"### 2025-12-18: Work (Session {n})\n\n# x\n\n- Text.\n\n" for n in range(99)
    )
    parser = RevisionParser()
    parser.parse(Source(f"# Handoff\n\n{entries}"))
    parsed.clear()
    parser.parse(Source(f"# Handoff\n\n### New\n\nText.\n\n{entries}"))
    assert 0 < sum(map(len, parsed)) < 100


@pytest.mark.full
def test_ten_thousand_versions_have_the_trees_of_a_whole_parse() -> None:
    for seed in range(1000, 2000):
        check_history(seed, 10)
