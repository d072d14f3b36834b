from __future__ import annotations

import datetime as dt
import time
from random import Random

import pytest
from headed import draw_siblings, draw_style

from handoff_md.errors import ConfigError
from handoff_md.syntax.form.learning import learn, parse_template
from handoff_md.syntax.form.moments import Customs
from handoff_md.syntax.form.template import DEFAULT, Template
from handoff_md.syntax.session_id import SessionId

_NEW = SessionId("108", 108)
_DAY = dt.date(2026, 9, 6)
_TIME = dt.time(9, 5, 7, tzinfo=dt.UTC)

_HOSTILE = (
    *("Session 9", "Session 9: fix", "x (Session 9)", "and Session 8", "& 47 more", "x, 7", "S9"),
    *("#9", "(9)", "NF-9", "Day 3", "Handoff 4 — y", "Session 9, 10", "5", "2026", "12 — z"),
    *("2025-01-01 is due", "fix 2025-01-01", "x (2025-01-01)", "May 4, 2026", "– 2026-12-31 plan"),
    *(
        "10:30 call",
        "at 10:30",
        "(Thu) y",
        "Thu",
        "(cont.)",
        "T10:30",
        "..06",
        "/06",
        "Z",
        "+02:00",
    ),
    *("(x)", "[x] y", "(", "[", "x (", "x [", ")", "a | b", "| x", "x — y", "x: y", "- x", "x —"),
    *("**bold** y", "`code`", "_x_", "*", "**", "*x", "x*", "~~x~~", "<b>x</b>", "{date} {id}"),
    *("C #", "#", "## x", "x #9", "v1.2.0", "1", "…", "й", "x " * 30 + "x"),
)


def _write(template: Template, title: str = "New thing", session_id: SessionId = _NEW) -> str:
    return template.write(date=_DAY, time=_TIME, session_id=session_id, title=title)


@pytest.mark.parametrize(
    ("heads", "key", "written"),
    [
        (
            ["2026-01-15 22:07 - Read the queue", "2026-01-15 22:15 - Write the queue"],
            "{date} {time} - {title}",
            "2026-09-06 09:05 - New thing (Session 108)",
        ),
        (
            ["2026-05-01 (Session 1)", "2026-05-01 (Session 2)"],
            "{date} (Session {id}): {title}",
            "2026-09-06 (Session 108): New thing",
        ),
        (
            ["Read the queue (2026-04-09)", "Write the queue (2026-04-07)"],
            "{title} ({date})",
            "New thing (Session 108) (2026-09-06)",
        ),
        (
            ["Session: Read the queue (2026-04-09)", "Session — Write the queue (2026-04-07)"],
            "Session: {title} ({date})",
            "Session: New thing (Session 108) (2026-09-06)",
        ),
        (
            ["Session AB-09: Read (March 9, 2026)", "Session AB-08: Write (March 7, 2026)"],
            "Session AB-{id}: {title} ({date})",
            "Session AB-108: New thing (September 6, 2026)",
        ),
        (
            ["Mon 30 Oct 2023", "Thu 26 Oct 2023"],
            "{date}: {title}",
            "Sun 6 Sep 2026: New thing (Session 108)",
        ),
        (
            ["[2026-07-09T20:10:00Z] - Story 4", "[2026-07-09T05:45:14Z] - Story 4"],
            "[{date}T{time}] - {title}",
            "[2026-09-06T09:05:07Z] - New thing (Session 108)",
        ),
        (
            ["2026-03-05T10:00+02:00 | agent: codex | Read", "2026-03-05T09:00+02:00 | by me"],
            "{date}T{time} | {title}",
            "2026-09-06T11:05+02:00 | New thing (Session 108)",
        ),
        (
            ["2026-08-21 (82) — Read", "2026-08-20 (81) — Write"],
            "{date} ({id}) — {title}",
            "2026-09-06 (108) — New thing",
        ),
        (
            ["[S12] Read (2026-03-05)", "[S11] Write (2026-03-04)"],
            "[S{id}] {title} ({date})",
            "[S108] New thing (2026-09-06)",
        ),
        (
            ["US-003 - 2026-03-05", "US-002 - 2026-03-04"],
            "US-{id} - {date}: {title}",
            "US-108 - 2026-09-06: New thing",
        ),
        (
            ["Session 4 — 12 de marzo de 2026"],
            "Session {id} — {date}: {title}",
            "Session 108 — 6 de septiembre de 2026: New thing",
        ),
        (
            ["Sitzung 4 (24. September 2026)", "Sitzung 3 (5. November 2026)"],
            "Sitzung {id} ({date}): {title}",
            "Sitzung 108 (6. September 2026): New thing",
        ),
        (
            ["第4回 2026年1月5日", "第3回 2026年1月4日"],
            "第{id}回 {date}: {title}",
            "第108回 2026年9月6日: New thing",
        ),
        (
            ["**2026-07-30** — **Keys made.** All fine.", "**2026-07-31 (cont.)** — Table."],
            "**{date}** — {title}",
            "**2026-09-06** — New thing (Session 108)",
        ),
        (
            ["**2026-03-05: Read**", "**2026-03-04: Write**"],
            "**{date}: {title}**",
            "**2026-09-06: New thing (Session 108)**",
        ),
        (
            ["📅 2026-03-05 — Read"],
            "📅 {date} — {title}",
            "📅 2026-09-06 — New thing (Session 108)",
        ),
        (
            ["Session 46 Summary", "Session 45 Handing over"],
            "Session {id} {title}",
            "Session 108 New thing (2026-09-06)",
        ),
        (
            ["03/04/2026 a", "03/05/2026 b", "04/01/2026 c"],
            "{date} {title}",
            "09/06/2026 New thing (Session 108)",
        ),
        (
            ["Session 047 — 3/14/2026 8:30 pm — x", "Session 046 — 3/4/2026 8:30 am — x"],
            "Session {id} — {date} {time} — {title}",
            "Session 108 — 9/6/2026 9:05 am — New thing",
        ),
        (
            ["Sessions 4–6: Read (2026-03-05)", "Sessions 1, 2 and 3: Write (2026-03-04)"],
            "Session {id}: {title} ({date})",
            "Session 108: New thing (2026-09-06)",
        ),
    ],
)
def test_a_new_entry_is_headed_as_the_others_are(heads: list[str], key: str, written: str) -> None:
    template = learn(heads)
    assert template.key == key
    assert _write(template) == written
    reading = template.read(written)
    assert reading is not None
    assert (reading.date, reading.session_ids, reading.title) == (_DAY, (_NEW,), "New thing")


def test_a_date_without_a_year_is_one_where_most_are_and_the_year_is_told() -> None:
    heads = ["[S12] Read (5 Mar)", "[S11] Write (4 Mar)"]
    template = learn(heads, known=Customs(2026))
    assert _write(template) == "[S108] New thing (6 Sep)"
    later = template.write(date=dt.date(2027, 1, 5), time=None, session_id=_NEW, title="x")
    assert later == "2027-01-05: x (Session 108)"
    assert (
        learn(["2026-03-05: On 4 May", "2026-03-04: On 5 May"], known=Customs(2020)).customs.year
        is None
    )
    assert learn(heads).date is None


def test_the_numbers_of_issues_and_of_days_are_no_ids() -> None:
    for heads in (
        ["2026-03-05: Read (#912)", "2026-03-04: Write (#850)", "2026-03-04: Test (#830)"],
        ["2026-03-05: Read (#12)", "2026-03-04: Write (#11)", "2026-03-03: Test (#10)"],
        ["PAY-912 Read (2026-03-05)", "PAY-85 Write (2026-03-04)", "PAY-3 Test (2026-03-03)"],
        ["2026-03-05 (1): Read", "2026-03-04 (2): Write", "2026-03-04 (1): Test"],
        ["2026-03-05: Read S3", "2026-03-04: Write"],
    ):
        assert learn(heads).ids is None


def test_what_only_some_headings_say_is_not_said_in_a_new_one() -> None:
    heads = ["Day 3 — 2026-03-05: Read", "Day 3 — 2026-03-05: Write", "Day 3 — 2026-03-05: Test"]
    assert "Day 3" not in _write(learn(heads))
    by_two = ["codex — 2026-03-05 — Read", "claude — 2026-03-04 — Write all of the queue"]
    assert "codex" not in _write(learn(by_two))


def test_most_headings_decide_and_of_as_many_the_newest() -> None:
    heads = ["2026-03-05: a", "2026-03-04 — b", "2026-03-03 — c"]
    assert learn(heads).key == "{date} — {title}"
    assert learn(heads[:2]).key == "{date}: {title}"
    assert learn(heads[:2], newest_first=False).key == "{date} — {title}"
    assert learn([]) == learn(["Words"]) == DEFAULT


@pytest.mark.parametrize(
    ("heading", "ids", "title"),
    [
        ("2025-12-18: Session 15 ends", ["15"], "Session 15 ends"),
        ("2025-12-18: Session 15: Title", ["15"], "Title"),
        ("2025-12-18 — Title — Session 15", ["15"], "Title"),
        ("Session 25: Follow up on Session 19 and Session 20", ["25"], None),
        ("Title (Session 25)", ["25"], "Title"),
        ("2025-12-18: What we learned from session 15", [], None),
        ("2025-12-18: Retrospective (Sessions 19-21)", [], None),
        ("2025-12-18: Parallel sessions 19 and 20, and what we learned", [], None),
        ("Parallel Sessions 19-21 (2025-12-18)", ["19", "20", "21"], None),
        ("Parallel Sessions 19, 20 (2025-12-18): What we learned", [], None),
    ],
)
def test_only_the_edges_of_a_heading_claim_a_session(
    heading: str, ids: list[str], title: str | None
) -> None:
    reading = DEFAULT.read(heading)
    assert reading is not None
    assert [str(session_id) for session_id in reading.session_ids] == ids
    assert title in {None, reading.title}
    assert DEFAULT.read("Key learnings from Session 51 (the debate)") is None


@pytest.mark.parametrize(
    ("heading", "date", "ids", "title"),
    [
        ("2025-12-18: Title (Session 19)", "2025-12-18", ["19"], "Title"),
        ("2025-12-18 (Session 19)", "2025-12-18", ["19"], ""),
        ("Session 19: Title", None, ["19"], "Title"),
        ("March 16, 2026 — Title", "2026-03-16", [], "Title"),
        ("2026-03-16 — As in session 4 of them", "2026-03-16", [], "As in session 4 of them"),
        ("NF-106 — Title", None, ["NF-106"], "Title"),
    ],
)
def test_a_heading_that_deviates_says_what_it_would_anywhere(
    heading: str, date: str | None, ids: list[str], title: str
) -> None:
    template = learn(["NF-108 — 2026-03-05 — Read", "NF-107 — 2026-03-04 — Write"])
    reading = template.read(heading)
    assert reading is not None
    assert reading.date == (dt.date.fromisoformat(date) if date else None)
    assert [str(session_id) for session_id in reading.session_ids] == ids
    assert (reading.title, reading.fits) == (title, False)
    assert template.read("Key decisions") is None
    assert template.read("3 things") is None


@pytest.mark.parametrize(
    ("head", "written"),
    [
        ("8 de abril de 2026 — Feijão", "3 de setembro de 2026"),
        ("8 de abril de 2026 — Piña", "3 de septiembre de 2026"),
    ],
)
def test_letters_of_one_language_tell_in_which_of_several_a_month_is_written(
    head: str, written: str
) -> None:
    template = learn([head])
    said = template.write(
        date=dt.date(2026, 9, 3), time=None, session_id=SessionId("7", 7), title="Uva"
    )
    assert said.startswith(written)


def test_an_id_with_the_code_of_all_ids_is_its_number() -> None:
    template = learn(["Session NF-009 (2026-03-05)", "Session NF-008 (2026-03-04)"])
    reading = template.read("Session NF-009 (2026-03-05)")
    assert reading is not None
    assert reading.session_ids == (SessionId("9", 9),)
    for given in (SessionId("10", 10), SessionId("NF-010", None, "nf-010")):
        assert _write(template, session_id=given) == "Session NF-010 (2026-09-06): New thing"
    other = template.read("Session AB-9 (2026-03-05)")
    assert other is not None
    assert other.session_ids == (SessionId("AB-9", None, "ab-9"),)


def test_ids_that_are_no_numbers_keep_their_words() -> None:
    template = learn(["Session 3 — 2026-03-05", "Session 2 — 2026-03-04"])
    for text, number, suffix in (("7b", 7, "b"), ("57-PR201", 57, "pr201"), ("a1b2c3d4", None, "")):
        session_id = SessionId(text, number, suffix or text)
        assert _write(template, session_id=session_id) == f"Session {text} — 2026-09-06: New thing"


def _prove(random: Random, documents: int) -> None:
    """Learn generated documents, and prove that what is written in them is read back."""
    for _ in range(documents):
        style = draw_style(random)
        heads, day, number = draw_siblings(random, style)
        template = learn(heads)
        session_id = SessionId(str(number), number)
        assert all((reading := template.read(head)) and reading.fits for head in heads), heads
        for title in ("New thing", "", *random.sample(_HOSTILE, 3)):
            text = template.write(date=day, time=_TIME, session_id=session_id, title=title)
            reading = template.read(text)
            assert reading is not None
            assert (reading.date, reading.session_ids, reading.title) == (
                day,
                (session_id,),
                " ".join(title.split()),
            ), (heads, text)
            assert not text.endswith("#")
            assert learn([text, *heads]) == template or title != "New thing", (heads, text)
        if style.ids:
            new = template.write(date=day, time=_TIME, session_id=session_id, title="New thing")
            alike = style.head(day, _TIME, number, "New thing")
            assert _shape(new) == _shape(alike), heads
        assert parse_template(template.key, template) == template, template.key


def _shape(text: str) -> str:
    """Give what is left of a heading where a document of few days does not tell all of it."""
    for month in ("May", "June", "July", "August", "September", "October", "November", "December"):
        text = text.replace(month, month[:3])
    for month in ("January", "February", "March", "April"):
        text = text.replace(month, month[:3])
    return "".join(character for character in text if character != "0")


def test_what_is_written_in_any_template_is_read_back() -> None:
    _prove(Random(20261128), 150)  # noqa: S311 - drawn again alike


@pytest.mark.full
def test_what_is_written_in_ten_thousand_templates_is_read_back() -> None:
    _prove(Random(7), 10_000)  # noqa: S311 - drawn again alike


def test_a_long_title_is_read_back_too() -> None:
    title = "word " * 300 + "end"
    text = _write(DEFAULT, title)
    reading = DEFAULT.read(text)
    assert reading is not None
    assert (reading.date, reading.session_ids, reading.title) == (_DAY, (_NEW,), title)


def test_hostile_headings_are_learned_in_no_time() -> None:
    heads = [piece * 250 for piece in ("S1 (", "2026-03-05 – ", "-- #", "**(", "Session 1, ")] * 40
    began = time.process_time()
    template = learn(heads)
    _write(template, "- " * 400)
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("{date} ({id}) — {title}", "2026-09-06 (108) — New thing"),
        ("Session {id} — {date} {time} — {title}", "Session 108 — 2026-09-06 09:05 — New thing"),
        ("[{date}T{time}] S{id}: {title}", "[2026-09-06T09:05] S108: New thing"),
        ("{date}: {title} (Session NF-{id})", "2026-09-06: New thing (Session NF-108)"),
        ("**{date}: {title}** ({id})", "**2026-09-06: New thing** (108)"),
        ("{date} — {title}", "2026-09-06 — New thing (Session 108)"),
        ("Session {id}: {title}", "Session 108: New thing (2026-09-06)"),
        ("Day {id} | {title} | {date}", "Day 108 | New thing | 2026-09-06"),
    ],
)
def test_the_key_is_a_template(key: str, written: str) -> None:
    template = parse_template(key)
    assert template.key == key
    assert _write(template) == written


def test_dates_of_the_key_are_written_as_the_document_has_them() -> None:
    like = learn(["5. März 2026 – Lesen", "24. Oktober 2025 – Schreiben"])
    assert _write(parse_template("Session {id} ({date}): {title}", like)) == (
        "Session 108 (6. September 2026): New thing"
    )


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("{date}: {id}", "has to say `{title}`"),
        ("{title}", "has to say `{title}`, and `{date}` or `{id}`"),
        ("{date} {date} {title}", "has `{date}`, twice"),
        ("{date} {day} {title}", "has `{day}`, which is no placeholder"),
        ("Foo {id} {date} {title}", "would not be read back"),
        ("{title} {time} ({id}) {date}", "would not be read back"),
        ("{title}{date}", "would not be read back"),
        ("{date}\n{title}", "would not be read back"),
    ],
)
def test_a_key_that_is_no_template_is_told_in_a_sentence(key: str, message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_template(key)
    assert message in raised.value.message
    assert key in raised.value.message
    assert raised.value.hint
