from __future__ import annotations

import datetime as dt

import pytest

from handoff_md.errors import ContentError, HandoffError
from handoff_md.semantics.document.header import header_fields
from handoff_md.semantics.document.links import LinkPlaces, rebase, relative, resolve
from handoff_md.semantics.entries.identity import SessionKey, index_sessions, is_same_session
from handoff_md.semantics.entries.order import find_place, is_newest_first
from handoff_md.semantics.entries.section import find_entries_section
from handoff_md.syntax.parse import parse
from handoff_md.syntax.session_id import SessionId

_KNOWN = {"temp/x.md", "docs/a/y.md", "z z.md", "temp/y.md"}
_PLACES = LinkPlaces("temp", "docs/a", _KNOWN.__contains__)


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("x.md", "../../temp/x.md"),
        ("./x.md#part", "../../temp/x.md#part"),
        ("y.md", "../../temp/y.md"),
        ("../docs/a/y.md", "./y.md"),
        ("docs/a/y.md", "./y.md"),
        ("z%20z.md", "../../z%20z.md"),
        ("none.md", "none.md"),
        ("../../../x.md", "../../../x.md"),
    ],
)
def test_relative_links_are_rebased(href: str, expected: str) -> None:
    found = rebase(href, _PLACES)
    assert found is not None
    assert found.href == expected


@pytest.mark.parametrize("href", ["https://a", "mailto:a@b", "//a", "/a", "#a", "?a", ""])
def test_other_links_are_left_alone(href: str) -> None:
    assert rebase(href, _PLACES) is None


def test_paths_are_joined_and_made_relative() -> None:
    assert resolve("a/b", "../c/./d") == "a/c/d"
    assert resolve("a", "../../b") is None
    assert relative("a/b.md", "a") == "./b.md"
    assert relative("b.md", "a/c") == "../../b.md"


def _entries(*dates: str) -> str:
    return "# H\n\n" + "".join(f"## {date} Title\n\n" for date in dates)


@pytest.mark.parametrize(
    ("dates", "newest_first", "place"),
    [
        ([], True, 0),
        (["2025-01-01"], True, 0),
        (["2025-01-02", "2025-01-01"], True, 0),
        (["2025-01-01", "2025-01-02"], False, 2),
        (["2025-01-01", "2025-01-02", "2025-01-01"], True, 0),
        (["2025-01-09", "2025-01-08", "2025-01-01"], True, 2),
        (["2025-01-01", "2025-01-08", "2025-01-09"], False, 1),
        (["2025-01-09", "2025-01-05", "2025-01-01"], True, 1),
        (["2025-01-01", "2025-01-01", "2025-01-05"], False, 3),
    ],
)
def test_a_new_entry_goes_by_the_documents_order(
    dates: list[str],
    newest_first: bool,  # noqa: FBT001 - a parameter
    place: int,
) -> None:
    entries = parse(_entries(*dates)).entries
    assert is_newest_first(entries) is newest_first
    assert find_place(entries, dt.date(2025, 1, 5)) == place


def test_undated_entries_are_ordered_by_number() -> None:
    entries = parse("# H\n\n## Session 1\n\n## Session 2\n").entries
    assert not is_newest_first(entries)


_ID = SessionId("19", 19)
_DAY = dt.date(2025, 12, 18)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (SessionKey(_ID, None, "a"), SessionKey(_ID, _DAY, "a"), True),
        (SessionKey(_ID, _DAY, "a"), SessionKey(_ID, _DAY, "b"), False),
        (SessionKey(_ID, _DAY, "a"), SessionKey(_ID, _DAY, None), True),
        (SessionKey(_ID, _DAY, None), SessionKey(_ID, None, None), False),
        (SessionKey(_ID, None, None), SessionKey(_ID, None, None), False),
        (SessionKey(SessionId("20", 20), _DAY, "a"), SessionKey(_ID, _DAY, "a"), True),
    ],
)
def test_sessions_are_the_same_by_log_else_by_id_and_date(
    one: SessionKey,
    other: SessionKey,
    same: bool,  # noqa: FBT001 - a parameter
) -> None:
    assert is_same_session(one, other) is same
    assert is_same_session(other, one) is same


def test_a_parallel_section_records_ids_without_a_part_too() -> None:
    text = "# H\n\n## Parallel Sessions 19, 20 (2025-12-18)\n\n### Session 19: T\n\n"
    index = index_sessions(parse(text))
    assert index.by_id[_ID][0].part is not None
    found = index.find(SessionKey(SessionId("20", 20), _DAY, None))
    assert found is not None
    assert found.part is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no heading at all"),
        ("# A\n\n## B\n", '"# A"; "## B"'),
        ("# A\n\n## B\n\n### 2025-01-01\n\n## C\n\n### 2025-01-01\n", "several places"),
        ("# Recent Sessions\n\n# Recent Sessions\n", "lines 1, 3"),
    ],
)
def test_no_entries_section_is_an_error_that_says_what_was_found(text: str, message: str) -> None:
    with pytest.raises(ContentError, match=message):
        find_entries_section(parse(text))


def test_a_heading_that_the_user_names_must_be_there_once() -> None:
    document = parse("# A\n\n## B\n\n## C\n\n### B\n")
    assert find_entries_section(document, into="C").heading == "C"
    assert find_entries_section(document, into="### B").level == 4
    with pytest.raises(HandoffError, match="no section is headed 'D'"):
        find_entries_section(document, into="D")
    with pytest.raises(ContentError, match="several sections"):
        find_entries_section(document, into="B")


def test_a_heading_inside_an_entry_is_no_section_for_entries() -> None:
    document = parse("# H\n\n## 2025-12-18: One\n\n### Left open\n\nText.\n")
    with pytest.raises(HandoffError, match="no section is headed 'Left open' outside the entries"):
        find_entries_section(document, into="Left open")


def test_a_summary_that_brings_the_sections_heading_does_not_make_it_ambiguous() -> None:
    document = parse("# H\n\n## Recent Sessions\n\n### 2025-12-18: One\n\n#### Recent Sessions\n")
    assert len(find_entries_section(document).entries) == 1


@pytest.mark.parametrize(
    "heading", ["Recent Sessions", "**Recent Sessions**", "📋 Recent sessions (Last 10)"]
)
def test_the_default_section_may_be_decorated(heading: str) -> None:
    assert find_entries_section(parse(f"# H\n\n## {heading}\n\n## Other\n")).level == 3


def test_a_marker_above_every_heading_stands_for_what_follows_it() -> None:
    text = "<!-- handoff-md:sessions -->\n\n## 2025-12-18: A (Session 19)\n\nText.\n"
    section = find_entries_section(parse(text))
    assert (section.heading, section.level, len(section.entries)) == (None, 2, 1)


def test_the_header_ends_at_a_second_title() -> None:
    text = "**A**: 1\n\n# One\n\n**B**: 2\n\n# Two\n\n**C**: 3\n"
    document = parse(text)
    keys = [document.source.slice(field.key) for field in header_fields(document)]
    assert keys == ["A", "B"]
