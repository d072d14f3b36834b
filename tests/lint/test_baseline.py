from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from report_cases import PATH, make_finding

from handoff_md.errors import FileError
from handoff_md.linter.baseline import (
    Known,
    is_baseline,
    read_baseline,
    record,
    tell_apart,
    write_baseline,
)
from handoff_md.linter.diagnostic import Diagnostic
from handoff_md.text.source import decode

WORDS = st.text(st.characters(), max_size=8)
KNOWN = st.builds(Known, WORDS, st.sampled_from(["HE001", "HL003"]), WORDS, WORDS)
BASELINES = st.dictionaries(KNOWN, st.integers(1, 3), max_size=6)
OLD = "2025-12-18: Cache the look-ups (Session 19)"


def finding(text: str = "gone.md", entry: str = OLD, **changes: str) -> Diagnostic:
    found = make_finding(decode(text), {"code": "HL003", "message": "Gone", "mark": text})
    return replace(found, entry=entry, **changes)


def new_beside(known: list[Diagnostic], *found: Diagnostic, gone: bool = False) -> list[str]:
    told = tell_apart(found, record(known), lambda _known: gone)
    return [diagnostic.text for diagnostic in told.new]


@given(BASELINES)
def test_what_is_written_is_read_again_and_has_a_line_for_each(known: dict[Known, int]) -> None:
    text = write_baseline(known)
    assert read_baseline(text, "b") == known
    assert is_baseline(text)
    assert len(text.split("\n")) == len(known) + 3
    assert json.loads(text)["handoff-md-baseline"] == 1
    assert write_baseline(dict(reversed(known.items()))) == text


@given(BASELINES, BASELINES, st.data())
def test_any_lines_of_two_baselines_are_a_baseline(
    one: dict[Known, int], other: dict[Known, int], data: st.DataObject
) -> None:
    first, *lines, last, end = write_baseline(one).split("\n")
    lines += write_baseline(other).split("\n")[1:-2]
    some = [line for line in data.draw(st.permutations(lines)) if data.draw(st.booleans())]
    read = read_baseline("\n".join([first, *some, last, end]), "b")
    assert len(read) <= len(some)
    assert all(count <= max(one.get(key, 0), other.get(key, 0)) for key, count in read.items())
    conflict = ["<<<<<<< ours", *lines[: len(one)], "||||||| base", "lost", "=======", *lines]
    merged = "\n".join([first, *conflict, ">>>>>>> theirs", last, end])
    assert read_baseline(merged, "b").keys() == one.keys() | other.keys()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "b is no baseline that can be read (line 1)"),
        ("[]", "b is no baseline that can be read"),
        ('{"handoff-md-baseline": 1}', "b is no baseline that can be read"),
        ('{"handoff-md-baseline": 1, "findings": [{"rule": 3}]}', "b is no baseline"),
        ('{"handoff-md-baseline": 1, "findings": [{"path": "a"}]}', "b is no baseline"),
        ('{"handoff-md-baseline": 1, "findings": [\n{"rule": "HE001",\n{}]}', "(line 3)"),
        ('{"handoff-md-baseline": 2, "findings": []}', "of version 2, which this handoff-md"),
    ],
)
def test_a_damaged_baseline_is_refused_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(FileError) as caught:
        read_baseline(text, "b")
    assert said in caught.value.message
    assert caught.value.hint


def test_one_more_of_the_same_is_new() -> None:
    twice = [finding(), finding()]
    assert new_beside(twice, *twice) == []
    assert new_beside(twice, *twice, finding()) == ["gone.md"]


@pytest.mark.parametrize(
    ("entry", "is_known"),
    [
        ("2025-12-18: Cache all 3 look-ups (Session 19)", True),
        ("Session 19: Something else (2025-12-18)", True),
        ("2025-12-19: Cache the look-ups (Session 20)", False),
        ("2025-12-18: Cache the look-ups (Session 20)", False),
    ],
)
def test_an_entry_is_known_under_another_title_and_not_as_another_session(
    entry: str,
    is_known: bool,  # noqa: FBT001 - a parameter
) -> None:
    assert (new_beside([finding()], finding(entry=entry), gone=True) == []) is is_known
    heading = finding(text=entry, entry=entry)
    known = finding(text=OLD, entry=OLD)
    assert (new_beside([known], heading, gone=True) == []) is is_known
    assert new_beside([finding()], finding(entry=entry)) == ["gone.md"]


def test_a_heading_without_numbers_is_known_by_most_of_its_words() -> None:
    known = [finding(entry="Cache the look-ups")]
    assert new_beside(known, finding(entry="Cache all the look-ups"), gone=True) == []
    assert new_beside(known, finding(entry="Add the gate"), gone=True) == ["gone.md"]


def test_a_renamed_file_keeps_what_is_known_and_another_one_does_not() -> None:
    moved = finding(path="docs/HANDOFF.md")
    assert new_beside([finding()], moved, gone=True) == []
    assert new_beside([finding()], moved) == ["gone.md"]


def test_a_secret_is_not_written_down() -> None:
    token = f"ghp_{'a1B2' * 9}"
    text = write_baseline(record([finding(text=token)]))
    assert token not in text
    assert "ghp_****" in text
    assert new_beside([finding(text=token)], finding(text=token)) == []


def test_text_that_a_line_could_hide_in_is_escaped() -> None:
    written = write_baseline({Known(PATH, "HD001", "漢字", "a\u202eb\u2028c"): 1})
    assert len(written.splitlines()) == 3
    assert "\u202e" not in written
    assert "漢字" in write_baseline({Known(PATH, "HD001", "漢字", "a"): 1})
