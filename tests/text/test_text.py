from __future__ import annotations

import pytest

from handoff_md.errors import did_you_mean
from handoff_md.syntax.nodes import split_row
from handoff_md.text.edit import Edit, compose, make_patch
from handoff_md.text.source import Source, decode
from handoff_md.text.span import Span


def test_lines_end_as_in_commonmark_only() -> None:
    source = Source("a\r\nb\rc\nd\u2028e\x0bf")
    assert [source.line_text(number) for number in range(source.line_count)] == [
        "a",
        "b",
        "c",
        "d\u2028e\x0bf",
    ]
    assert source.line_of(0) == 0
    assert str(source.position(5)) == "3:1"


@pytest.mark.parametrize(
    ("text", "newline"), [("", "\n"), ("a\r\nb\n", "\n"), ("a\r\nb\r\nc\n", "\r\n"), ("a\r", "\r")]
)
def test_the_newline_is_what_most_lines_have(text: str, newline: str) -> None:
    assert Source(text).newline == newline


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbfa", b"\xff\xfe\x00", b"\xed\xa0\x80"])
def test_bytes_come_back(data: bytes) -> None:
    assert decode(data).to_bytes() == data


def test_edits_that_overlap_or_lie_outside_are_refused() -> None:
    source = Source("abc")
    for edits in (
        [Edit(Span(0, 2), ""), Edit(Span(1, 3), "")],
        [Edit(Span(1, 1), "x"), Edit(Span(1, 1), "y")],
        [Edit(Span(2, 4), "")],
    ):
        with pytest.raises(ValueError, match="edit"):
            make_patch(source, edits)
    with pytest.raises(ValueError, match="span"):
        Span(2, 1)


def test_only_a_word_that_is_close_is_suggested() -> None:
    assert did_you_mean("Statsu", ["status", "session"]) == "Did you mean status?"
    assert did_you_mean("zebra", ["status", "session"]) == ""
    assert did_you_mean("zebra", []) == ""


def test_a_place_moves_behind_what_is_inserted_there_and_to_the_start_of_what_replaces_it() -> None:
    inserted = make_patch(Source("abc"), [Edit(Span(1, 1), "xx")])
    assert [inserted.shift(offset) for offset in range(4)] == [0, 3, 4, 5]
    replaced = make_patch(Source("abcd"), [Edit(Span(1, 3), "z")])
    assert [replaced.shift(offset) for offset in range(5)] == [0, 1, 1, 2, 3]


def test_patches_that_undo_each_other_compose_to_none() -> None:
    first = make_patch(Source("abc"), [Edit(Span(1, 1), "xx")])
    second = make_patch(first.apply(), [Edit(Span(1, 3), "")])
    assert compose(first, second).edits == ()


def test_an_empty_row_has_no_cells() -> None:
    rows = map(Source, ("", " ", "|"))
    assert [split_row(row, Span(0, len(row.text))) for row in rows] == [(), (), ()]


@pytest.mark.parametrize("text", ["", "a", "a\n", "\n\na\n\n", "a\r\nb\rc\n", "a\n" * 9 + "b"])
def test_a_line_has_its_number_before_and_after_all_lines_are_known(text: str) -> None:
    known = Source(text)
    starts = [known.line_offset(line) for line in range(known.line_count)]
    for offset in range(len(text) + 1):
        line = max(sum(start <= offset for start in starts) - 1, 0)
        assert Source(text).line_of(offset) == known.line_of(offset) == line


def test_the_line_around_a_character_ends_before_any_line_ending() -> None:
    source = Source("a\nbc\r\nd\re")
    whole = Span(0, len(source.text))
    lines = [source.slice(source.line_around(place, whole)) for place in (0, 2, 3, 6, 8)]
    assert lines == ["a", "bc", "bc", "d", "e"]
    assert source.slice(source.line_around(6, Span(6, 8))) == "d"
