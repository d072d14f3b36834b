from __future__ import annotations

import datetime as dt

import pytest

from handoff_md.syntax.front_fields import read_front_matter
from handoff_md.syntax.front_matter import front_matter_end
from handoff_md.syntax.summary import Status, parse_summary
from handoff_md.syntax.title import read_log_title, read_title
from handoff_md.text.source import decode

_NAME = ".agents/temp/handoff-session-19-summary.md"


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("Session 19: Title", "Title"),
        ("Session 19 - Title (2025-12-18)", "Title"),
        ("Session Log: 2025-12-18 - Title", "Title"),
        ("2025-12-18: Title (Session 19)", "Title"),
        ("Session Summary: Session #19 | Title", "Title"),
        ("Session 19 Summary", ""),
        ("Session Log", ""),
        ("Summary of the plan", "Summary of the plan"),
        ("Session storage for 19 users", "Session storage for 19 users"),
        ("  Two   spaces ", "Two spaces"),
    ],
)
def test_a_title_is_what_is_left_of_a_heading(heading: str, title: str) -> None:
    assert read_title(heading).title == title


def test_a_summary_is_read_from_front_matter_and_heading() -> None:
    text = "---\nsession: 019\ndate: 2025-12-18\nagent: x\nstatus: Partial\nlog: a/b.md\n---\n"
    summary = parse_summary(f"{text}# Session 19: Title\n\nBody.\n", name=_NAME)
    assert (str(summary.session_id), summary.title) == ("19", "Title")
    assert (summary.date, summary.status) == (dt.date(2025, 12, 18), Status.PARTIAL)
    assert (summary.agent, summary.log) == ("x", "a/b.md")
    assert summary.body_text.strip() == "Body."
    assert not summary.problems


def test_a_heading_that_says_something_else_than_the_title_stays() -> None:
    summary = parse_summary("---\ntitle: One\n---\n# Other\n\nBody.\n", name=_NAME)
    assert summary.title == "One"
    assert summary.body_text.strip() == "# Other\n\nBody."


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("---\nsession: 20\n---\n# T\n", "is session 19 by its name, but 20 in front matter"),
        ("# Session 20: T\n", "is session 19 by its name, but 20 in the first heading"),
        ("---\nsession: a b\n---\n# T\n", "has a session id in front matter that is none: 'a b'"),
        ("---\ndate: soon\n---\n# T\n", "has a date that is none: 'soon'; write it as YYYY-MM-DD"),
        (
            "---\ndate: 20251218\n---\n# T\n",
            "has a date that is none: '20251218'; write it as YYYY-MM-DD",
        ),
    ],
)
def test_what_is_wrong_with_a_summary_is_named(text: str, problem: str) -> None:
    assert parse_summary(text, name=_NAME).problems == (problem,)


def test_a_summary_without_any_id_is_a_problem() -> None:
    assert parse_summary("# T\n", name="notes.md").problems == (
        "has no session id: name it handoff-session-NN-summary.md",
    )


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("---\nkey: value\n---\n", 3),
        ("---\nkey: value\n...\ntext", 3),
        ("---\nkey:\n  - a\n# comment\n\n---\n", 6),
        ("---\n---\n", 0),
        ("---\n\nkey: value\n---\n", 0),
        ("---\nno front matter\n---\n", 0),
        ("---\nkey: value\n", 0),
        ("text\n---\nkey: value\n---\n", 0),
    ],
)
def test_front_matter_ends_where_yaml_does(text: str, lines: int) -> None:
    assert front_matter_end(decode(text)) == lines


def test_front_matter_values_are_taken_as_they_stand() -> None:
    text = (
        "---\nTitle: a: b # c\nquoted: 'it''s' # c\ndouble: \"a \\\"b\\\"\"\nhash: #x\n"
        "nested:\n  key: no\n---\n"
    )
    found = read_front_matter(decode(text))
    values = {key: field.value for key, field in found.fields.items()}
    assert values == {"title": "a: b", "quoted": "it's", "double": 'a "b"', "hash": ""}
    assert not found.problems


@pytest.mark.parametrize(
    ("log", "title"),
    [
        ("# Session 19: Title\n", "Title"),
        ("# Session 19\n\n- **Objective**: The aim\n", "The aim"),
        ("**Objective:** The aim\n", "The aim"),
        ("text\n", ""),
    ],
)
def test_a_log_says_what_its_session_is_called(log: str, title: str) -> None:
    assert read_log_title(log) == title


def test_a_key_without_its_colon_is_told_with_its_own_line() -> None:
    text = "---\ntitle: T\nstatus:partial\nlog: a\n---\n\nText.\n"
    (problem,) = parse_summary(text, name=_NAME).problems
    assert problem == "has front matter that can't be read, in line 3: write it as `key: value`"


def test_lines_like_fields_are_words_behind_front_matter_and_a_problem_without_it() -> None:
    fields = "status: partial\ndate: 2025-12-18\n\n# Session 19: T\n\nText.\n"
    (problem,) = parse_summary(fields, name=_NAME).problems
    assert problem.startswith("has `status` in line 1, where it does not count")
    assert not parse_summary(f"---\ntitle: T\n---\n{fields}", name=_NAME).problems


@pytest.mark.parametrize("rest", ["===\n", "```\n# Session 20: B\n", f"{'> ' * 60}deep\n", ""])
@pytest.mark.parametrize("front", ["", "---\nsession: 19\n---\n", "\n \t\n"])
@pytest.mark.parametrize("newline", ["\n", "\r", "\r\n"])
def test_a_title_that_stands_first_is_one_whatever_follows(
    front: str, rest: str, newline: str
) -> None:
    text = f"{front}# Session 19: Title #\n{rest}".replace("\n", newline)
    summary = parse_summary(text, name=_NAME)
    assert (summary.title, summary.problems) == ("Title", ())
    assert summary.body_text.strip() == rest.replace("\n", newline).strip()


@pytest.mark.parametrize(
    ("before", "title"),
    [
        ("Words.\n\n", "Title"),
        ("    # Code\n\n", "Title"),
        ("#Words\n\n", "Title"),
        ("## Below\n\n", "Title"),
        ("> # Quoted\n\n", "Title"),
        ("```\n", ""),
        ("<!--\n", ""),
    ],
)
def test_a_title_further_below_is_the_first_heading_of_the_first_level(
    before: str, title: str
) -> None:
    assert parse_summary(f"{before}# Title\n", name=_NAME).title == title


def test_a_heading_gives_the_id_that_neither_name_nor_front_matter_has() -> None:
    summary = parse_summary("---\ntitle: T\n---\n# Session 19: T\n", name="notes.md")
    assert (str(summary.session_id), summary.problems) == ("19", ())


def test_fields_behind_a_comment_are_told_and_prose_behind_one_is_not() -> None:
    comment = "<!-- kept\nby hand -->\n\n"
    fields = parse_summary(f"{comment}session: 19\nstatus: blocked\n\nBody.\n", name=_NAME)
    assert any("line 4" in problem for problem in fields.problems)
    assert not parse_summary(f"{comment}Body.\n", name=_NAME).problems
