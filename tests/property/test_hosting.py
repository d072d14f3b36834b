"""What parsers read in two ways is contained on the hosting sites, too, or refused by its line."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from layouts import document, summary
from oracle import attack
from sites import judge_tree, read_by_third

from handoff_md.merge.request import MergeOptions
from handoff_md.merge.result import Outcome, SummaryMerge
from handoff_md.merge.summaries import merge_summaries
from handoff_md.semantics.summaries.hosting import find_leak, find_title_leak
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.parse import parse
from handoff_md.syntax.summary import parse_summary

_SEED = 20251219
_SHARDS = 25
_IN_ALL = 50_000


def _attack(seed: int, *, third: Counter[bool] | None = None) -> str:
    rng = Random(seed)  # noqa: S311 - no secret
    numbers = range(19, 19 + rng.randint(1, 2))
    content = document(rng)
    summaries = [(f"handoff-session-{one}-summary.md", summary(rng, one)) for one in numbers]

    def also(parsed: Document, merge: SummaryMerge) -> None:
        judge_tree(parsed, merge)
        if third is not None:
            third[read_by_third(parsed, merge)] += 1

    try:
        return attack(content, summaries, "22", also=also)
    except Exception as error:
        error.add_note(f"seed {seed}")
        raise


def test_a_text_of_odd_layout_is_contained_in_the_tree_of_a_browser() -> None:
    results = Counter(_attack(seed).partition(":")[0] for seed in range(15))
    assert results["merged"] > 10


@pytest.mark.full
@pytest.mark.parametrize("shard", range(_SHARDS))
def test_fifty_thousand_texts_of_odd_layout_are_contained_or_refused(shard: int) -> None:
    count = _IN_ALL // _SHARDS
    first = _SEED + shard * count
    third: Counter[bool] = Counter()
    for seed in range(first, first + count):
        _attack(seed, third=third)
    # marko takes a fence below `[label]:` for the address that a definition of the label asks for.
    assert third[False] <= third[True] / 500


@pytest.mark.parametrize(
    "text",
    [
        "Noted [^1].\n",
        "[^1]: A note.\n",
        "[t]: https://example.org\n",
        "> [t\n> u]: https://example.org\n",
        "```\ncode\n",
        "<!-- hidden\n",
        "Words, <s>open.\n",
        "Words.\n===\n",
        "<h4>Words</h4>\n",
        "https://example.org/\\<details>\n",
        "- \n  \n  ```\n\nWords.\n```\n",
    ],
)
def test_what_reaches_out_on_the_hosting_sites_is_found(text: str) -> None:
    assert find_leak(text, 4)


@pytest.mark.parametrize(
    "text",
    [
        "\\[t\\]: https://example.org, \\[^1].\n",
        "```html\n<div>\n[t]: u\n```\n",
        "<details>\n\n##### Words\n\n</details>\n",
        "| a |\n|---|\n| <br> |\n",
        "- [ ] <kbd>Esc</kbd> `[^1]`\n",
    ],
)
def test_what_stays_in_its_place_on_the_hosting_sites_is_left_alone(text: str) -> None:
    assert find_leak(text, 4) is None


def test_a_title_that_leaves_its_heading_on_the_hosting_sites_is_found() -> None:
    assert find_title_leak("On <h2>two</h2>")
    assert find_title_leak("On www.example.org/\\<b>")
    assert find_title_leak("On [two](t.md) and <b>three</b>") is None


def _merge(content: str, *texts: str, partial: bool = False) -> SummaryMerge:
    summaries = [
        parse_summary(
            f"---\ndate: 2025-12-18\n---\n# Work of {number}\n\n{text}",
            name=f".agents/temp/handoff-session-{number}-summary.md",
        )
        for number, text in enumerate(texts, 19)
    ]
    options = MergeOptions(partial=partial)
    return merge_summaries(parse(content), summaries, orchestrator="22", options=options)


_DOCUMENT = "# Handoff\n\n## Recent Sessions\n\n## Notes\n\n[t]\n\n[t]: https://example.org\n"
# The brackets stand in code to markdown-it, and in the paragraph to cmark-gfm.
_CAPTURED = """\
\t<template a=x/>
 ](u) | <button><textarea>[ ] `` </style></textarea></button>
\t\\ | <details>[t]</details> | \t
  |-|-|
 a | b ``
<!x y>
\t> -\t</hr a=`b`>
"""


def test_a_summary_that_a_definition_reaches_on_the_sites_alone_is_refused_by_its_line() -> None:
    found = _merge(_DOCUMENT, "One.\n", _CAPTURED, "Three.\n", partial=True)
    assert [one.outcome for one in found.sessions] == [
        Outcome.MERGED,
        Outcome.INVALID,
        Outcome.MERGED,
    ]
    assert found.sessions[1].problems[0].endswith("by line 2 of its text")


def test_a_summary_that_the_sites_alone_read_otherwise_is_named_and_the_others_merge() -> None:
    found = _merge(_DOCUMENT, "One.\n", "- \n  \n  ```\n\nWords.\n", "Three.\n")
    assert [one.outcome for one in found.sessions] == [Outcome.MERGED] * 3
    notes = [any("white space" in note for note in one.notes) for one in found.sessions]
    assert notes == [False, True, False]
    again = _merge(found.content.decode(), "One.\n", "- \n  \n  ```\n\nWords.\n", "Three.\n")
    assert {one.outcome for one in again.sessions} == {Outcome.ALREADY_MERGED}
