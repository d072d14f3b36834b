"""The laws of the three-way merge, on documents of any shape."""

from __future__ import annotations

from itertools import permutations
from random import Random

import pytest
from hostile import document
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff_md.threeway.conflict import Policy
from handoff_md.threeway.document import merge_three_way
from handoff_md.threeway.marked import has_markers, read_marked
from handoff_md.threeway.result import ThreeWayMerge

LINES = (
    "# Handoff",
    "## Recent Sessions",
    "### 2025-12-17: Before (Session 18)",
    "### 2025-12-18: After (Session 19)",
    "#### Details",
    "## Notes",
    "",
    "",
    "",
    "---",
    "**Last Updated**: 2025-12-17",
    "**Last Updated**: 2025-12-18",
    "**Status**: Done (Session 18)",
    "**Status**: Open (Session 19)",
    "| Session | Outcome |",
    "|---|---|",
    "| Session 18 | Done |",
    "| **Session 19** | **Open** |",
    "- A first item",
    "- A second item",
    "  with a second line",
    "1. A numbered item",
    "```",
    "Some words of a paragraph.",
    "Other words of a paragraph.",
    "> Quoted",
    "<!-- a comment",
    "-->",
    "[label]: https://example.org/one",
    "[label]: https://example.org/two",
)
documents = st.lists(st.sampled_from(LINES), max_size=24)
edits = st.lists(
    st.tuples(st.integers(0, 24), st.integers(0, 3), st.lists(st.sampled_from(LINES), max_size=4)),
    max_size=3,
)
policies: st.SearchStrategy[Policy] = st.sampled_from(["strict", "newest"])


def edited(lines: list[str], changes: list[tuple[int, int, list[str]]]) -> bytes:
    """Give a text with runs of lines replaced."""
    result = list(lines)
    for place, count, new in changes:
        result[place : place + count] = new
    return encoded(result)


def encoded(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


@settings(deadline=None)
@given(documents, edits)
def test_what_one_side_changed_is_the_result(
    lines: list[str], changes: list[tuple[int, int, list[str]]]
) -> None:
    base, side = encoded(lines), edited(lines, changes)
    for ours, theirs in ((side, base), (base, side), (side, side)):
        merged = merge_three_way(base, ours, theirs)
        assert merged.clean
        assert merged.content == side


Edits = list[tuple[int, int, list[str]]]


@settings(max_examples=120, deadline=None)
@given(documents, edits, edits, policies)
def test_swapping_the_sides_gives_the_same_verdict_and_bytes(
    lines: list[str], one: Edits, other: Edits, policy: Policy
) -> None:
    check_both_ways(encoded(lines), edited(lines, one), edited(lines, other), policy)


@pytest.mark.full
@settings(max_examples=20_000, deadline=None)
@given(documents, edits, edits, policies)
def test_very_many_documents_keep_the_laws(
    lines: list[str], one: Edits, other: Edits, policy: Policy
) -> None:
    check_both_ways(encoded(lines), edited(lines, one), edited(lines, other), policy)


def check_both_ways(base: bytes, ours: bytes, theirs: bytes, policy: Policy) -> None:
    """Merge with the sides in both orders, and look for anything lost."""
    merged = merge_three_way(base, ours, theirs, policy=policy)
    swapped = merge_three_way(base, theirs, ours, policy=policy)
    assert merged.clean == swapped.clean
    if merged.clean:
        assert merged.content == swapped.content
        assert not has_markers(merged.content.decode())
    else:
        assert has_markers(merged.content.decode())
        assert [found.place for found in merged.conflicts] == [
            found.place for found in swapped.conflicts
        ]
    assert_nothing_is_lost(base, ours, theirs, merged, policy)


def assert_nothing_is_lost(
    base: bytes, ours: bytes, theirs: bytes, merged: ThreeWayMerge, policy: Policy
) -> None:
    """Check that each line that a side alone has added is there."""
    before, mine, yours, found = (
        set(text.decode().split("\n")) for text in (base, ours, theirs, merged.content)
    )
    added = (mine - before - yours) | (yours - before - mine)
    lost = {line for line in added - found if not line.startswith("**Last Updated**")}
    if policy == "newest":
        lost = {line for line in lost if not line.startswith("**")}
    # A row that both sides edited is made of both: its cells are there, if not the line. A rule at
    # a section's end separates it from the next, and goes where none follows.
    assert all(line.startswith("|") or line == "---" for line in lost), lost


@settings(deadline=None)
@given(st.binary(max_size=80), st.binary(max_size=80), st.binary(max_size=80))
def test_any_bytes_are_merged_or_in_conflict(base: bytes, ours: bytes, theirs: bytes) -> None:
    merged = merge_three_way(base, ours, theirs)
    if not merged.clean:
        assert b"<<<<<<<" in merged.content


@settings(max_examples=50, deadline=None)
@given(documents, edits, edits)
def test_the_versions_come_back_from_the_markers(
    lines: list[str],
    one: list[tuple[int, int, list[str]]],
    other: list[tuple[int, int, list[str]]],
) -> None:
    base, ours, theirs = encoded(lines), edited(lines, one), edited(lines, other)
    merged = merge_three_way(base, ours, theirs, conflict_style="diff3")
    if merged.clean:
        return
    marked = read_marked(merged.content.decode())
    assert len(marked.hunks) == len(merged.conflicts)
    for hunk, conflict in zip(marked.hunks, merged.conflicts, strict=True):
        assert hunk.ours == conflict.head + conflict.ours + conflict.tail
        assert hunk.base == conflict.base
        assert hunk.theirs == conflict.head + conflict.theirs + conflict.tail


def entry(number: int, day: int, shape: str) -> str:
    heading = {
        "dated": f"### 2025-12-{day:02}: Work of {number} (Session {number})",
        "numbered": f"### Session {number}: Work of {number} (2025-12-{day:02})",
        "plain": f"### Work of {number}",
    }[shape]
    return f"{heading}\n\n- Did {number}.\n\n"


@pytest.mark.parametrize("shape", ["dated", "numbered", "plain"])
@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_branches_that_only_add_entries_give_one_text_in_every_order(
    shape: str,
    newest_first: bool,  # noqa: FBT001 - a parameter of the test
    seed: int,
) -> None:
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    old = [entry(number, number, shape) for number in (1, 2, 3)]
    head, tail = "# Handoff\n\n## Recent Sessions\n\n", "## Notes\n\nText.\n"

    def written(entries: list[str]) -> bytes:
        ordered = entries[::-1] if newest_first else entries
        return (head + "".join(ordered) + tail).encode()

    base = written(old)
    sides = [
        written([*old, entry(number, random.randint(4, 9), shape)])
        for number in random.sample(range(10, 99), 4)
    ]
    results = set()
    for order in permutations(sides):
        text = base
        for side in order:
            merged = merge_three_way(base, text, side)
            assert merged.clean
            text = merged.content
        results.add(text)
    assert len(results) == 1
    assert results.pop().count(b"### ") == len(old) + len(sides)


def work(*days: int) -> str:
    """Give entries in this order, each with the same sub-heading."""
    return "".join(
        f"### 2026-03-{day:02}: Beds (Session {day})\n\n#### Done\n\n- Dug bed {day}.\n\n"
        for day in days
    )


FOOTER = "---\n\n*Last updated: 2026-03-01*\n"
FOLD = "<details>\n<summary>Older</summary>\n\n"


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        (work(1), FOOTER),
        ("", work(1) + FOOTER),
        ("", FOOTER),
        ("", work(3) + FOLD + work(2, 1) + "</details>\n\n## Notes\n\nDry.\n"),
        (FOLD + work(1, 2) + "</details>\n\n", ""),
    ],
    ids=["above a footer", "on top", "before all others", "before a fold", "behind a fold"],
)
def test_branches_with_orders_of_their_own_come_to_one_text(before: str, behind: str) -> None:
    head = "# Greenhouse\n\n## Recent Sessions\n\n"
    added = ((15, 13), (14,), (19, 17, 18))
    base = f"{head}{before}{behind}".encode()
    sides = [f"{head}{before}{work(*days)}{behind}".encode() for days in added]
    results = set()
    for order in permutations(sides):
        text = base
        for side in order:
            merged = merge_three_way(base, text, side)
            assert merged.clean, merged.notes
            text = merged.content
        results.add(text)
    (found,) = (text.decode() for text in results)
    assert found.startswith(head + before)
    assert found.endswith(behind)
    for days in added:
        places = [found.index(f"(Session {day})") for day in days]
        assert places == sorted(places)


@pytest.mark.parametrize("seed", range(30))
def test_hostile_documents_keep_the_laws(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    base, ours, theirs = (document(random) for _ in range(3))
    merged, swapped = merge_three_way(base, ours, theirs), merge_three_way(base, theirs, ours)
    assert merged.clean == swapped.clean
    assert not merged.clean or merged.content == swapped.content
