from __future__ import annotations

import datetime as dt
import time
from itertools import pairwise

import pytest

from handoff_md.syntax.form.learning import learn
from handoff_md.syntax.form.moments import Customs, find_moments, read_date
from handoff_md.syntax.form.notation import read_head
from handoff_md.syntax.session_id import SessionId


@pytest.mark.parametrize(
    ("heading", "date", "words"),
    [
        ("2026-03-05 — Title", "2026-03-05", "2026-03-05"),
        ("📅 2026/3/5: Title", "2026-03-05", "2026/3/5"),
        ("2026.03.05 Title", "2026-03-05", "2026.03.05"),
        ("2026‑03‑05 Title", "2026-03-05", "2026‑03‑05"),  # noqa: RUF001 - typed by some
        ("5.1.2026 Titel", "2026-01-05", "5.1.2026"),
        ("25/12/2026 Title", "2026-12-25", "25/12/2026"),
        ("12/25/2026 Title", "2026-12-25", "12/25/2026"),
        ("第4回 2026年1月5日", "2026-01-05", "2026年1月5日"),
        ("세션 3 — 2026년 1월 5일", "2026-01-05", "2026년 1월 5일"),
        ("March 5, 2026 — Title", "2026-03-05", "March 5, 2026"),
        ("Sept. 2nd, 2026", "2026-09-02", "Sept. 2nd, 2026"),
        ("5th of March 2026", "2026-03-05", "5th of March 2026"),
        ("05-Mar-2026 Title", "2026-03-05", "05-Mar-2026"),
        ("Sitzung 4 (5. März 2026)", "2026-03-05", "(5. März 2026)"),
        ("1er mars 2026", "2026-03-01", "1er mars 2026"),
        ("Sesión 4 — 12 de marzo de 2026", "2026-03-12", "12 de marzo de 2026"),
        ("5 gennaio 2026", "2026-01-05", "5 gennaio 2026"),
        ("5 de março de 2026", "2026-03-05", "5 de março de 2026"),
        ("5 mrt 2026", "2026-03-05", "5 mrt 2026"),
        ("5 marca 2026", "2026-03-05", "5 marca 2026"),
        ("5 марта 2026", "2026-03-05", "5 марта 2026"),
        ("Mon 30 Oct 2023", "2023-10-30", "Mon 30 Oct 2023"),
        ("Donnerstag, 5. März 2026: Titel", "2026-03-05", "Donnerstag, 5. März 2026"),
        ("Session 12 — 2026-03-05 (Thu)", "2026-03-05", "2026-03-05 (Thu)"),
        ("2026-03-05 Thu: Title", "2026-03-05", "2026-03-05 Thu"),
        ("2026年1月5日（月） Title", "2026-01-05", "2026年1月5日（月）"),  # noqa: RUF001 - typed there
        ("[2026-03-05] Title", "2026-03-05", "[2026-03-05]"),
        ("[**2026-03-05**] Title", "2026-03-05", "[**2026-03-05**]"),
        ("[2026-03-05](./log.md) Title", "2026-03-05", "[2026-03-05](./log.md)"),
        ("Title (2026-03-05)", "2026-03-05", "(2026-03-05)"),
        ("**2026-08-01 (cont.)** — Title", "2026-08-01", "**2026-08-01 (cont.)**"),
        ("Session 5 - 12 March 2026: Title", "2026-03-12", "12 March 2026"),
        ("#4 – 5 March 2026", "2026-03-05", "5 March 2026"),
        ("2024-02-29", "2024-02-29", "2024-02-29"),
    ],
)
def test_a_date_is_read_as_people_write_it(heading: str, date: str, words: str) -> None:
    (moment,) = read_head(heading).moments
    assert moment.date == dt.date.fromisoformat(date)
    assert moment.last is None
    assert heading[moment.start : moment.end] == words


@pytest.mark.parametrize(
    ("heading", "first", "last"),
    [
        ("May 4–6, 2026 — Ledger", "2026-05-04", "2026-05-06"),
        ("May 4 - 6, 2026", "2026-05-04", "2026-05-06"),
        ("4–6 May 2026", "2026-05-04", "2026-05-06"),
        ("4.–6. Mai 2026", "2026-05-04", "2026-05-06"),
        ("4.–6.5.2026", "2026-05-04", "2026-05-06"),
        ("Mon 4 May 2026 – Wed 6 May 2026", "2026-05-04", "2026-05-06"),
        ("2026-05-04 – 2026-05-06", "2026-05-04", "2026-05-06"),
        ("2026-05-04 to 2026-05-06: Title", "2026-05-04", "2026-05-06"),
        ("2026-05-04..06: Title", "2026-05-04", "2026-05-06"),
        ("2026-05-04/05-06", "2026-05-04", "2026-05-06"),
        ("Apr 30 – May 2, 2026", "2026-04-30", "2026-05-02"),
        ("31 Jan – 2 Feb 2026", "2026-01-31", "2026-02-02"),
        ("30 Dec – 2 Jan 2026", "2025-12-30", "2026-01-02"),
        ("(2026-05-04 22:00 – 2026-05-06 01:30) Title", "2026-05-04", "2026-05-06"),
    ],
)
def test_a_range_of_days_has_a_first_and_a_last(heading: str, first: str, last: str) -> None:
    (moment,) = read_head(heading).moments
    assert (str(moment.date), str(moment.last)) == (first, last)


@pytest.mark.parametrize(
    ("heading", "clock", "words"),
    [
        ("2026-03-05 22:07 - Title", "22:07:00", "2026-03-05 22:07"),
        ("2026-03-05 - 22:07 - Title", "22:07:00", "2026-03-05 - 22:07"),
        ("2026-03-05 (22:07) — Title", "22:07:00", "2026-03-05 (22:07)"),
        ("[2026-03-05 Thu 22:07] Title", "22:07:00", "[2026-03-05 Thu 22:07]"),
        ("[2026-03-05T20:10:00Z] - Title", "20:10:00+00:00", "[2026-03-05T20:10:00Z]"),
        ("2026-03-05T20:10:00.25Z", "20:10:00+00:00", "2026-03-05T20:10:00.25Z"),
        ("2026-03-05T02:00-05:00 Title", "02:00:00-05:00", "2026-03-05T02:00-05:00"),
        ("2026-03-05 14:05 UTC Title", "14:05:00+00:00", "2026-03-05 14:05 UTC"),
        ("2026-03-05 14:05 CET Title", "14:05:00+01:00", "2026-03-05 14:05 CET"),
        ("2026-03-05 14:05 CST Title", "14:05:00", "2026-03-05 14:05 CST"),
        ("2026-03-05 14:05 API", "14:05:00", "2026-03-05 14:05"),
        ("5. März 2026, 14:05 Uhr", "14:05:00", "5. März 2026, 14:05 Uhr"),
        ("March 5, 2026 at 8:30 PM", "20:30:00", "March 5, 2026 at 8:30 PM"),
        ("March 5, 2026, 12 am", "00:00:00", "March 5, 2026, 12 am"),
        ("2026-03-05 10:00–11:30: Title", "10:00:00", "2026-03-05 10:00–11:30"),
        ("2026-03-05 10:00-11:30 Title", "10:00:00", "2026-03-05 10:00-11:30"),
    ],
)
def test_a_time_belongs_to_its_date(heading: str, clock: str, words: str) -> None:
    (moment,) = read_head(heading).moments
    assert str(moment.time) == clock
    assert heading[moment.start : moment.end] == words


@pytest.mark.parametrize(
    "heading",
    [
        "2026-13-40: Title",
        "2026-02-29: Title",
        "0000-01-01",
        "2025-12-181",
        "99999-01-01",
        "v2026.03.05",
        "03/04/2026 Title",
        "5 March",
        "March 2026",
        "Week 12",
        "Fixed 12 2026 things",
        "2026-03",
        "120260305",
        "20261305",
    ],
)
def test_what_is_no_day_or_several_is_no_date(heading: str) -> None:
    assert read_head(heading).moments == ()
    assert read_date(heading) is None


@pytest.mark.parametrize(
    "heading",
    [
        "2026-03-05 - 3 things",
        "2026-03-05 (afternoon) Title",
        "2026-03-05 24:00",
        "2026-03-05 So we did",
        "2026-03-05: 10:30 call",
        "2026-03-05 – ongoing",
    ],
)
def test_what_follows_a_date_is_no_time_by_itself(heading: str) -> None:
    (moment,) = read_head(heading).moments
    assert (moment.time, moment.last, heading[: moment.end]) == (None, None, "2026-03-05")


def test_some_dates_are_read_where_the_document_tells_what_they_mean() -> None:
    for is_day_first, date in ((True, dt.date(2026, 4, 3)), (False, dt.date(2026, 3, 4))):
        (moment,) = read_head("03/04/2026 x", Customs(is_day_first=is_day_first)).moments
        assert moment.date == date
    (moment,) = read_head("[S12] Title (5 Mar)", Customs(year=2026)).moments
    assert moment.date == dt.date(2026, 3, 5)
    (moment,) = read_head("29 Feb: Title", Customs(year=2024)).moments
    assert moment.date == dt.date(2024, 2, 29)
    assert read_head("29 Feb: Title", Customs(year=2026)).moments == ()


@pytest.mark.parametrize(
    ("heading", "ids", "label"),
    [
        ("Session 7: Title", ["7"], "session"),
        ("Session #7", ["7"], "session"),
        ("Session7: Title", ["7"], "session"),
        ("Session-7: Title", ["7"], "session"),
        ("SESSION 047 - 2026-01-05", ["047"], "session"),
        ("Session ID: 7", ["7"], "session"),
        ("Session No. 7: Title", ["7"], "session"),
        ("Session 7. Title", ["7"], "session"),
        ("Session 7b: Title", ["7b"], "session"),
        ("Session 57-PR201: Title", ["57-PR201"], "session"),
        ("Session NF-107", ["NF-107"], "session"),
        ("Session S12", ["S12"], "session"),
        ("Session a1b2c3d4", ["a1b2c3d4"], "session"),
        ("Sitzung 4 (5. März 2026)", ["4"], "session"),
        ("Séance n° 4 — 5 mars 2026", ["4"], "session"),
        ("セッション4（2026年1月5日）", ["4"], "session"),  # noqa: RUF001 - typed there
        ("Sessions 12, 13, and 14: Title", ["12", "13", "14"], "session"),
        ("Sessions 19-21, 25", ["19", "20", "21", "25"], "range"),
        ("Parallel Sessions 19-21, 7b", ["19", "20", "21", "7b"], "parallel"),
        ("Session 12–13: Title", ["12", "13"], "session"),
        ("Session 19/20: Title", ["19", "20"], "session"),
        ("Session 3/5: Title", ["3"], "session"),
        ("Session 19 - 20 fixes", ["19"], "session"),
        ("Session 5, 3 bugs fixed", ["5"], "session"),
        ("Session 7, Session 8 & Session 9 done", ["7", "8", "9"], "session"),
        ("Handoff 7: Title", ["7"], "handoff"),
        ("HANDOFF-12 — Title", ["12"], "handoff"),
        ("Day 4 — Title", ["4"], "day"),
        ("Iteration 3", ["3"], "iteration"),
        ("2026-08-21 (82) — Title", ["82"], "("),
        ("[82] Title", ["82"], "["),
        ("#12 — Title", ["12"], "#"),
        ("AB-107: Title", ["AB-107"], "code"),
        ("[S12] Title", ["12"], "s"),
        ("12 — 2026-03-05 — Title", ["12"], "plain"),
        ("第4回 2026年1月5日", ["4"], "第"),
    ],
)
def test_an_id_is_read_in_each_notation(heading: str, ids: list[str], label: str) -> None:
    (mention,) = read_head(heading).ids
    assert [str(session_id) for session_id in mention.session_ids] == ids
    assert mention.label == label
    assert mention.is_session is (label == "session")


@pytest.mark.parametrize(
    "heading",
    [
        "Session Protocol",
        "Session twelve",
        "Session: 2026-02-15 18:02",
        "Session v2 notes",
        "Week 12",
        "Phase 3: Title",
        "Sprint 4",
        "Step 2 of 5",
        "2 things",
        "v1.2.0",
        "1.2.0",
    ],
)
def test_other_numbers_are_no_ids(heading: str) -> None:
    assert read_head(heading).ids == ()


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("2025-12-18: Title (Session 37)", "Title"),
        ("Session: Title (2026-04-09)", "Title"),
        ("Session — May 4–6, 2026 — Title", "Title"),
        ("HANDOFF — 2026-03-05 — from claude to codex", "from claude to codex"),
        ("2026-03-05T10:00+02:00 | agent: codex | Title", "agent: codex | Title"),
        ("March 16, 2026 — Title (Session 2, continued)", "Title"),
        ("2026-03-16 — Title (Sessions 4+, ~30 commits)", "Title"),
        ("**2026-03-05: Title**", "Title"),
        ("✅ **2026-01-01**: **Title.** More", "**Title.** More"),
        ("2026-03-05 (Session 3, codex): Title", "Title"),
        ("2026-03-05 .gitignore", ".gitignore"),
        ("Session 12 (2026-03-05, evening)", "evening"),
        ("Fix #12 (2026-03-05)", "Fix #12"),
        ("Session 12", ""),
        ("Key decisions", "Key decisions"),
        ("", ""),
    ],
)
def test_the_title_is_what_is_left(heading: str, title: str) -> None:
    assert read_head(heading).title == title


def test_a_release_has_a_version_and_no_id() -> None:
    for heading in ("v1.2.0 - 2026-03-05", "[1.2.0] - 2026-03-05", "1.2.0-rc.1 (2026-03-05)"):
        head = read_head(heading)
        assert (len(head.versions), head.ids) == (1, ())
    assert read_head("2026-03-05: Title").versions == ()


def test_only_the_first_thousand_characters_are_looked_at() -> None:
    head = read_head(f"2026-03-05: {'x ' * 600}(Session 9)")
    assert (len(head.moments), head.ids) == (1, ())
    assert head.title.endswith("(Session 9)")


@pytest.mark.parametrize(
    "piece",
    [
        *("1-2 and ", "1 and Session ", "1, ", "2026-13-40 ", "2026-01-01 – ", "May 4–6 "),
        *("4–6 May ", "Session ", "S1 ", "Mon ", "2026-01-01 10:", "1.1.", "2026/01/01/"),
        *("Sessions 1-", "1234 ", " ", "-", "(", "**", "[", "#", "a", "5 de ", "\0", "第"),
    ],
)
def test_a_crowded_heading_takes_no_longer_than_it_is(piece: str) -> None:
    for start in ("", "Sessions ", "2026-05-04 ", "Title (Sessions "):
        hostile = (start + piece * 1000)[:1000]
        # Where there is much other work one look may be slow, but not each of three.
        assert any(_read_in_seconds(hostile) < 0.1 for _ in range(3))


def _read_in_seconds(heading: str) -> float:
    began = time.process_time()
    for customs in (Customs(), Customs(year=2026)):
        assert read_head(heading, customs).title is not None
    return time.process_time() - began


def test_the_places_of_what_is_read_are_in_order_and_apart() -> None:
    heading = "Session 3, 2026-03-05 – 2026-03-07 (S4), 5 March 2026 #12 Session 9"
    head = read_head(heading)
    places = [(moment.start, moment.end) for moment in head.moments]
    places = sorted(places + [(mention.start, mention.end) for mention in head.ids])
    assert all(end <= start for (_, end), (start, _) in pairwise(places))
    assert find_moments(heading) == head.moments


@pytest.mark.parametrize(
    ("heading", "title", "ids"),
    [
        ("[2026-03-05: Export](s/9.md)", "Export", []),
        ("[Session 9](s/9.md): Export (2026-03-05)", "Export", ["9"]),
        ("[Session 9: Export](s/9.md) (2026-03-05)", "Export", ["9"]),
        ("[#9](https://example.org/9) Export — 2026-03-05", "Export", ["9"]),
        ('<a name="s9"></a>Session 9: Export (2026-03-05)', "Export", ["9"]),
        ("Session 9: [Export](s/9.md) (2026-03-05)", "[Export](s/9.md)", ["9"]),
        ("[Export](s/9.md) of 2026-03-05", "[Export](s/9.md) of", []),
    ],
)
def test_a_link_that_leads_with_the_date_or_id_is_read_as_it_is_seen(
    heading: str, title: str, ids: list[str]
) -> None:
    learned = learn([heading, heading.replace("9", "8").replace("03-05", "03-04")])
    reading = learned.read(heading)
    assert reading is not None
    assert (reading.title, [str(known) for known in reading.session_ids]) == (title, ids)
    new = SessionId("10", 10)
    written = learned.write(
        date=dt.date(2026, 3, 6), time=None, session_id=new, title="Mend the roof"
    )
    assert "](" not in written
