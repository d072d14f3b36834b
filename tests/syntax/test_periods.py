from __future__ import annotations

import datetime as dt

import pytest

from handoff_md.syntax.form.periods import PeriodUnit, agree_on_periods, read_period


@pytest.mark.parametrize(
    ("words", "unit", "year", "number"),
    [
        ("2026", PeriodUnit.YEAR, 2026, 1),
        ("June 2026", PeriodUnit.MONTH, 2026, 6),
        ("June", PeriodUnit.MONTH, None, 6),
        ("**Juni (2026)**", PeriodUnit.MONTH, 2026, 6),
        ("6月", PeriodUnit.MONTH, None, 6),
        ("2026.06", PeriodUnit.MONTH, 2026, 6),
        ("Week 23 of 2026", PeriodUnit.WEEK, 2026, 23),
        ("KW 23", PeriodUnit.WEEK, None, 23),
        ("2. Quartal 2026", PeriodUnit.QUARTER, 2026, 2),
    ],
)
def test_a_heading_names_a_period(
    words: str, unit: PeriodUnit, year: int | None, number: int
) -> None:
    period = read_period(words)
    assert period
    assert (period.unit, period.year, period.number) == (unit, year, number)


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("Week of June 1, 2026", "2026-06-01", "2026-06-07"),
        ("Week ending 2026-06-07", "2026-06-01", "2026-06-07"),
        ("Week 23 (Jun 1–5, 2026)", "2026-06-01", "2026-06-05"),
        ("Sprint 4: 2026-06-01 – 2026-06-12", "2026-06-01", "2026-06-12"),
        ("2026-W23 (1–7 June)", "2026-06-01", "2026-06-07"),
        ("Juni 2026", "2026-06-01", "2026-06-30"),
        ("Week of Jun 1", "2026-06-01", "2026-06-07"),
    ],
)
def test_a_short_period_has_a_first_and_a_last_day(words: str, first: str, last: str) -> None:
    period = read_period(words, 2026)
    assert period
    assert period.few_days == (dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    assert period.holds(dt.date.fromisoformat(last))
    assert not period.holds(dt.date(2026, 5, 31))


@pytest.mark.parametrize(
    "words",
    [
        *("Week of December 31, 9999", "Week ending January 1, 0001"),
        *("June 12", "2026-06-12", "Week of June 1", "12", "Week 54", "Month 13 2026", "Q5"),
        *("Sprint 4", "Sprint of June 1, 2026", "Week of June 1, 2026: bread", "June (draft)"),
        *(
            "June 1–5, 2026",
            "Weeks 23 and 24 from June 1, 2026",
            "Week 23, sprint 4, June 1–5, 2026",
        ),
        *("v2026", "Plans for 2026", "May the plan hold", "June July 2026", "", "x" * 200),
    ],
)
def test_other_words_name_no_period(words: str) -> None:
    assert read_period(words) is None


@pytest.mark.parametrize(
    ("words", "day", "written"),
    [
        (("Mai 2026", "Juni 2026"), (2026, 12, 3), "Dezember 2026"),
        (("May", "Apr"), (2026, 9, 3), "Sep"),
        (("2026-12", "2026-11"), (2027, 1, 3), "2027-01"),
        (("W23", "W9"), (2026, 3, 3), "W10"),
        (("2026-W52",), (2027, 1, 1), "2026-W53"),
        (("mai 2026",), (2026, 8, 3), "août 2026"),
        (("Week of June 8, 2026", "Week of May 25, 2026"), (2026, 6, 17), "Week of June 15, 2026"),
        (("Week starting 2026-06-07",), (2026, 6, 16), "Week starting 2026-06-14"),
        (("Semaine du 8 juin 2026",), (2026, 7, 2), "Semaine du 29 juin 2026"),
    ],
)
def test_a_period_is_written_as_the_others_are(
    words: tuple[str, ...], day: tuple[int, int, int], written: str
) -> None:
    periods = [period for said in words if (period := read_period(said))]
    agreed = agree_on_periods(periods)
    assert agreed
    assert agreed.write(dt.date(*day)) == written


@pytest.mark.parametrize("words", ["2026-W23 (1–7 Jun)", "Sprint 4 (Jun 1–12, 2026)", "Q2 (2026)"])
def test_what_no_other_period_can_be_written_like_is_not_guessed(words: str) -> None:
    period = read_period(words)
    assert period
    agreed = agree_on_periods([period])
    written = agreed.write(dt.date(2026, 9, 1)) if agreed else None
    assert written == ("Q3 (2026)" if words == "Q2 (2026)" else None)


def test_periods_that_are_written_in_two_ways_agree_on_none() -> None:
    periods = [period for said in ("June 2026", "2026-05") if (period := read_period(said))]
    assert agree_on_periods(periods) is None
