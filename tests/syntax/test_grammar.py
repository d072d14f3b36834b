from __future__ import annotations

import datetime as dt

import pytest

from handoff_md.syntax.form.moments import read_date
from handoff_md.syntax.grammar import (
    read_entry_heading,
    read_field,
    read_log_links,
    read_log_name,
    read_named_paths,
    read_part_heading,
)
from handoff_md.syntax.session_id import read_session_id


@pytest.mark.parametrize(
    ("heading", "kind", "ids", "date", "title"),
    [
        ("2025-12-18: Title (Session 37)", "dated", ["37"], "2025-12-18", "Title"),
        ("2025-12-18 - Title", "dated", [], "2025-12-18", "Title"),
        ("[2026-03-05] Title", "dated", [], "2026-03-05", "Title"),
        ("(2026/03/05) Title", "dated", [], "2026-03-05", "Title"),
        ("March 16, 2026 — Title", "dated", [], "2026-03-16", "Title"),
        ("5 March 2026", "dated", [], "2026-03-05", ""),
        ("2nd Sept. 2026: Title", "dated", [], "2026-09-02", "Title"),
        ("✅ **2026-01-01**: Title", "dated", [], "2026-01-01", "Title"),
        ("2026-01-01: Session 12 Title", "dated", ["12"], "2026-01-01", "Session 12 Title"),
        ("Session 46 Summary", "session", ["46"], None, "Summary"),
        ("Session S12", "session", ["S12"], None, ""),
        ("Session #7: Title", "session", ["7"], None, "Title"),
        ("Session 57-PR201: Title", "session", ["57-PR201"], None, "Title"),
        ("Session a1b2c3d4", "session", ["a1b2c3d4"], None, ""),
        ("Sessions 12 & 13: Title", "session", ["12", "13"], None, "Title"),
        ("Planning (Session 37)", "session", ["37"], None, "Planning"),
        ("Planning (Sessions 37, 38; late)", "session", ["37", "38"], None, "Planning"),
        ("Session 19 and Session 20: Cache", "session", ["19", "20"], None, "Cache"),
        ("Cache (Session 19, Session #20)", "session", ["19", "20"], None, "Cache"),
        ("Session 19/20: Cache", "session", ["19", "20"], None, "Cache"),
        ("2025-12-18: Cache (Session 19/20)", "dated", ["19", "20"], "2025-12-18", "Cache"),
        ("Session 3/5: Cache", "session", ["3"], None, "/5: Cache"),
        ("Session 11/12: Cache", "session", ["11"], None, "/12: Cache"),
        ("Session 19/20/2025: Cache", "session", ["19"], None, "/20/2025: Cache"),
        ("Session 19/25: Cache", "session", ["19"], None, "/25: Cache"),
        (
            "Parallel Sessions 19, 20 and 57-PR2 (2025-12-18)",
            "parallel",
            ["19", "20", "57-PR2"],
            "2025-12-18",
            "Parallel Sessions 19, 20 and 57-PR2 (2025-12-18)",
        ),
    ],
)
def test_a_heading_of_an_entry_is_understood(
    heading: str, kind: str, ids: list[str], date: str | None, title: str
) -> None:
    found = read_entry_heading(heading)
    assert found is not None
    assert found.kind == kind
    assert [str(session_id) for session_id in found.session_ids] == ids
    assert found.date == (dt.date.fromisoformat(date) if date else None)
    assert found.title == title


@pytest.mark.parametrize(
    "heading",
    [
        "Session History (Last 10)",
        "Recent Sessions",
        "Sessions",
        "Session Protocol",
        "Session Start",
        "2025 Goals",
        "Version 1.2.3",
        "Phase 1: Done 2025-12-18",
        "2025-13-45: No date",
        "2025-12-181",
        "Parallel Sessions",
        "Parallel Sessions in general",
        "session v2 notes",
        "",
        "2025-12-18: " + "x" * 1000,
    ],
)
def test_another_heading_heads_no_entry(heading: str) -> None:
    assert read_entry_heading(heading) is None


@pytest.mark.parametrize("repeated", ["1-2 and ", "1 and Session ", "1, ", "a-b, "])
def test_a_crowded_heading_is_read_without_trying_all_ways(repeated: str) -> None:
    for start in ("Parallel Sessions", "Sessions", "Cache (Sessions"):
        read_entry_heading(f"{start} {repeated * 120}"[:990] + "(2025")


def test_a_part_is_headed_by_its_session() -> None:
    found = read_part_heading("Session 57-PR201: A: title")
    assert found is not None
    assert (str(found.session_id), found.title) == ("57-PR201", "A: title")
    assert read_part_heading("Session 19 Title") is None
    assert read_part_heading("The Session 19: Title") is None


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("07", "7", True),
        ("7-pr1", "7-PR1", True),
        ("A1B2", "a1b2", True),
        ("7", "7-a", False),
        ("7", "77", False),
    ],
)
def test_ids_are_equal_by_what_they_mean(one: str, other: str, equal: bool) -> None:  # noqa: FBT001 - a parameter
    assert (read_session_id(one) == read_session_id(other)) is equal


def test_ids_are_ordered_by_number_then_suffix_and_slugs_come_last() -> None:
    ids = [read_session_id(text) for text in ("abc", "10", "9-b", "9-a", "09", "a1b2")]
    known = [session_id for session_id in ids if session_id]
    ordered = sorted(known, key=lambda found: found.order)
    assert [str(found) for found in ordered] == ["09", "9-a", "9-b", "10", "a1b2", "abc"]


@pytest.mark.parametrize("text", ["", "../x", "a/b", "a b", "-7", "7-", "é", "a..b", "x" * 101])
def test_what_is_no_id_is_none(text: str) -> None:
    assert read_session_id(text) is None


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("on 2025-12-18 it", dt.date(2025, 12, 18)),
        ("Dec 18, 2025", dt.date(2025, 12, 18)),
        ("2025-02-30", None),
        ("none", None),
    ],
)
def test_dates_are_read_where_they_are_possible(text: str, date: dt.date | None) -> None:
    assert read_date(text) == date


def test_fields_are_lines_of_a_bold_key_and_a_value() -> None:
    for line in ("**Key**: value", "**Key:** value", "__Key__: value", "  **Key** : value  "):
        found = read_field(line)
        assert found is not None
        assert (found.key, found.value) == ("Key", "value")
        assert line[found.value_start :].startswith("value")
    for line in ("**Key** value", "Key: value", "    **Key**: value", "- **Key**: value"):
        assert read_field(line) is None


def test_log_names_give_date_and_number_only() -> None:
    found = read_log_name("2025-12-18-session-57-pr201-review.md")
    assert found is not None
    assert (str(found.session_id), found.date) == ("57", dt.date(2025, 12, 18))
    assert read_log_name("2025-12-40-session-1.md") is None
    assert read_log_name("session-1.md") is None


@pytest.mark.parametrize(
    ("line", "ids"),
    [
        ("[Session 57-PR201](./sessions/2025-12-18-session-57-pr201-x.md)", ["57-PR201"]),
        ("[Session 58](./sessions/2025-12-18-session-57-x.md)", ["57"]),
        ("[log](<2025-12-18-session-57.md#part>)", ["57"]),
        ("[log](<./old logs/2025-12-18-session-57.md> 'all of it')", ["57"]),
        ('[Session [57]](./2025-12-18-session-57.md "all of it")', ["57"]),
        ("[Session 57](./2025-12-18-session-57.md (all) )", ["57"]),
        ("[Session 57](./2025-12-18-session-57.md all)", []),
        ("**Session Log**: `sessions/2025-12-18-session-57-x.md`", ["57"]),
        ("See sessions/2025-12-18-session-57-x.md", []),
        ("[a](./2025-12-18-session-57-x.txt)", []),
    ],
)
def test_log_links_are_found_in_a_line(line: str, ids: list[str]) -> None:
    assert [str(link.session_id) for link in read_log_links(line)] == ids


def test_only_a_line_about_the_log_names_one_by_its_path() -> None:
    path = ".agents/sessions/2025-12-18-session-19-cache.md"
    (found,) = read_named_paths(f"**Session Log**: {path}")
    assert found.path == path
    assert read_named_paths(f"The text of {path} is old.") == ()
    assert read_named_paths(f"**Session Log**: [Session 19]({path})") == ()
