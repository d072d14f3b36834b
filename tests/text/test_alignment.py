"""Aligning gives a common subsequence, and patches of lines give the new text back."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from handoff_md.text.alignment import align, common_ends, narrow, patch_lines
from handoff_md.text.edit import Edit, make_patch
from handoff_md.text.source import Source
from handoff_md.text.span import Span

elements = st.lists(st.sampled_from("abcdef"), max_size=30)
texts = st.lists(st.sampled_from(["a\n", "b\n", "\n", "c\r\n", "d"]), max_size=20).map("".join)


@given(elements, elements)
def test_pairs_are_equal_and_rise_on_both_sides(one: list[str], other: list[str]) -> None:
    pairs = align(one, other)
    assert all(one[here] == other[there] for here, there in pairs)
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(pairs))


@given(elements)
def test_a_sequence_is_aligned_with_itself_whole(one: list[str]) -> None:
    assert align(one, one) == tuple((index, index) for index in range(len(one)))


def test_what_is_once_on_both_sides_holds_what_repeats_together() -> None:
    old = ["", "first", "", "second", ""]
    new = ["", "new", "", "first", "", "second", ""]
    assert {(1, 3), (3, 5)} <= set(align(old, new))


def test_long_runs_of_the_same_are_left_unpaired_and_cost_little() -> None:
    one, other = ["x", *["a", "b"] * 20_000, "y"], ["z", *["b", "a"] * 20_000, "w"]
    assert align(one, other) == ()


@given(texts, texts)
def test_a_patch_of_lines_gives_the_new_text(old: str, new: str) -> None:
    assert patch_lines(Source(old), Source(new)).apply().text == new


@given(texts, texts, texts, texts)
def test_a_narrowed_patch_makes_the_same_text(head: str, old: str, new: str, tail: str) -> None:
    source = Source(head + old + tail)
    patch = make_patch(source, [Edit(Span(len(head), len(head + old)), new)])
    assert narrow(patch).apply() == patch.apply()


def test_a_patch_that_moves_lines_is_narrowed_to_what_is_moved() -> None:
    source = Source("# A\n\none\n\ntwo\n\nthree\n")
    whole = Edit(Span(5, len(source.text)), "two\n\none\n\nthree\n")
    edits = narrow(make_patch(source, [whole])).edits
    assert not any("three" in source.slice(edit.span) + edit.text for edit in edits)
    assert len(edits) == 2


def test_common_ends_never_overlap() -> None:
    assert common_ends("abcd", "abxd") == (2, 1)
    assert common_ends("aa", "aaa") == (2, 0)
    assert common_ends([], ["x"]) == (0, 0)
