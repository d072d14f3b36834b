"""A version that shares sections with those before is parsed into the very tree it has alone."""

from __future__ import annotations

from random import Random

import pytest
from hostile import body, document

from handoff_md.semantics.entries.items import read_items
from handoff_md.semantics.entries.version_items import ItemReader
from handoff_md.syntax import versions
from handoff_md.syntax.blocks import Blocks, parse_blocks
from handoff_md.syntax.form.form import NO_HINTS, FormHints
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


_ODD = [
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


def check_version(parser: VersionParser, source: Source, told: object = None) -> None:
    """Compare a version, parsed behind others, with what it is alone."""
    expected, found = parse(source), parser.parse(source)
    if expected.blocks.too_deep is not None:
        assert found is None, told
        return
    assert found is not None, told
    assert found.children == expected.children, told
    body_text = source.text[source.line_offset(expected.first_line) :]
    assert found.references == parse_blocks(body_text).references, told


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
    for number in range(4):
        check_version(parser, Source(text), (seed, number))
        text = changed(random, text)


@pytest.mark.parametrize("text", _ODD)
def test_an_odd_text_has_the_tree_of_a_whole_parse(text: str) -> None:
    check_version(VersionParser(), decode(text))


def test_a_further_version_costs_no_more_than_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    def parse_and_count(text: str) -> Blocks:
        parsed.append(text)
        return parse_blocks(text)

    monkeypatch.setattr(versions, "parse_blocks", parse_and_count)
    entries = "".join(
        f"### 2025-12-18: Work (Session {n})\n\n# x\n\n- Text.\n\n" for n in range(99)
    )
    parser = VersionParser()
    parser.parse(Source(f"# Handoff\n\n{entries}"))
    parsed.clear()
    parser.parse(Source(f"# Handoff\n\n### New\n\nText.\n\n{entries}"))
    assert 0 < sum(map(len, parsed)) < 200


@pytest.mark.parametrize("first", range(0, 400, 100))
def test_a_version_has_the_tree_that_it_has_alone(first: int) -> None:
    for seed in range(first, first + 100):
        check(seed)


@pytest.mark.full
def test_many_versions_have_the_trees_that_they_have_alone() -> None:
    for seed in range(10_000, 40_000):
        check(seed)


def check_items(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    text = decode(document(random)).text
    hints = random.choice([NO_HINTS, FormHints("progress.txt"), FormHints(heading="Notes")])
    reader = ItemReader(hints)
    for number in range(4):
        source = Source(text)
        expected, found = parse(source, hints=hints), reader.read(source)
        if expected.blocks.too_deep is not None:
            assert found is None, (seed, number)
        else:
            assert found == tuple(read_items(source, expected.children)), (seed, number)
        text = changed(random, text)


@pytest.mark.parametrize("first", range(0, 400, 100))
def test_a_version_tells_of_the_sessions_that_it_tells_of_alone(first: int) -> None:
    for seed in range(first, first + 100):
        check_items(seed)
