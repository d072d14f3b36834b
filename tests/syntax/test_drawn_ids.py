"""Ids that were drawn behind their day: 261128-k3f9."""

from __future__ import annotations

import datetime as dt
from itertools import cycle

import pytest

from handoff_md.ledger.ids import KnownSessions, draw_id
from handoff_md.semantics.logs.own_log import index_logs
from handoff_md.syntax.grammar import read_log_links, read_log_name
from handoff_md.syntax.parse import parse
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.syntax.title import read_title

DAY = dt.date(2026, 11, 28)


def read(text: str) -> SessionId:
    session_id = read_session_id(text)
    assert session_id is not None
    return session_id


def test_an_id_is_its_day_and_letters_and_digits_that_begin_with_a_letter() -> None:
    drawn = draw_id(DAY, lambda letters: letters[-1])
    assert str(drawn) == "261128-z99999"
    assert drawn == read("261128-z99999")
    assert drawn.is_drawn


def test_what_is_drawn_is_never_a_word() -> None:
    letters = cycle("wordssk3f9aa")
    drawn = draw_id(DAY, lambda _: next(letters))
    assert str(drawn) == "261128-k3f9aa"


@pytest.mark.parametrize(
    ("text", "is_drawn"),
    [
        ("261128-k3f9", True),
        ("261128-K3F9a2", True),
        ("261128-kfab", True),
        ("261128-3kf9", False),
        ("261128-k3f", False),
        ("261128-k3f9a2x", False),
        ("261328-k3f9", False),
        ("261132-k3f9", False),
        ("261128", False),
        ("57-PR201", False),
        ("a1b2c3d4", False),
    ],
)
def test_an_id_is_known_to_be_drawn_by_its_form(text: str, *, is_drawn: bool) -> None:
    assert read(text).is_drawn is is_drawn


def test_a_drawn_id_does_not_count_for_the_next_number() -> None:
    ids = frozenset(map(read, ("07", "261128-k3f9", "261128-a1b2c3")))
    assert KnownSessions(ids, ()).next_number == 8


def test_the_name_of_a_log_gives_the_whole_id() -> None:
    name = read_log_name("2026-11-28-session-261128-k3f9-write-it.md")
    assert name is not None
    assert (name.session_id, name.slug) == (read("261128-k3f9"), "write-it")
    bare = read_log_name("2026-11-29-session-261128-k3f9.md")
    assert bare is not None
    assert (bare.session_id, bare.slug) == (read("261128-K3F9"), "")


@pytest.mark.parametrize(
    ("name", "session_id", "slug"),
    [
        ("2025-12-18-session-57-pr201-review.md", "57", "pr201-review"),
        ("2025-12-18-session-100101-title.md", "100101", "title"),
        ("2026-11-28-session-261128-k3f.md", "261128", "k3f"),
        ("2026-11-28-session-261128-longer7-word.md", "261128", "longer7-word"),
        ("2026-11-28-session-261128-kfab-word.md", "261128-kfab", "word"),
    ],
)
def test_other_names_of_logs_are_read_as_before(name: str, session_id: str, slug: str) -> None:
    found = read_log_name(name)
    assert found is not None
    assert (found.session_id, found.slug) == (read(session_id), slug)


def test_two_logs_of_one_day_are_two_sessions() -> None:
    logs = index_logs(
        [f".agents/sessions/2026-11-28-session-261128-{one}.md" for one in ("k3f9", "m2x8-a")]
    )
    assert [log.slug for log in logs.find(read("261128-m2x8"), DAY)] == ["a"]
    assert logs.find(read("261128"), DAY) == ()


@pytest.mark.parametrize(
    "heading",
    [
        "### 2026-11-28: Write it (Session 261128-k3f9)",
        "### Session 261128-k3f9: Write it (2026-11-28)",
        "### 2026-11-28: Session 261128-k3f9 — Write it",
    ],
)
def test_an_entry_is_known_by_the_whole_id(heading: str) -> None:
    other = "### 2026-11-27: Read it (Session 261127-b4c5)"
    document = parse(f"# H\n\n## Recent Sessions\n\n{heading}\n\nText.\n\n{other}\n\nText.\n")
    assert [entry.session_ids for entry in document.entries] == [
        (read("261128-k3f9"),),
        (read("261127-b4c5"),),
    ]


def test_a_parallel_section_names_whole_ids() -> None:
    text = "### Parallel Sessions 261128-k3f9, 261128-a1b2, 19 (2026-11-28)\n\nText.\n"
    document = parse(f"# H\n\n## Recent Sessions\n\n{text}")
    assert list(map(str, document.entries[0].session_ids)) == ["261128-k3f9", "261128-a1b2", "19"]


def test_titles_and_links_name_whole_ids() -> None:
    assert read_title("Session 261128-k3f9: Write it").session_id == read("261128-k3f9")
    line = "**Session Log**: [Session 261128-k3f9](./sessions/2026-11-28-session-261128-k3f9-a.md)"
    assert [link.session_id for link in read_log_links(line)] == [read("261128-k3f9")]


def test_drawn_ids_of_one_day_have_no_rank_among_them_and_stand_behind_numbers() -> None:
    first, second = read("261128-z9aa"), read("261128-a1bb")
    assert first.rank == second.rank
    assert read("300000").rank < first.rank < read("261129-a1bb").rank
    assert first.order != second.order
