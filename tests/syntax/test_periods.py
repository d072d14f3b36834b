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
    "words",
    [
        *("June 12", "2026-06-12", "Week of June 1, 2026", "12", "Week 54", "Month 13 2026", "Q5"),
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
    ],
)
def test_a_period_is_written_as_the_others_are(
    words: tuple[str, ...], day: tuple[int, int, int], written: str
) -> None:
    periods = [period for said in words if (period := read_period(said))]
    agreed = agree_on_periods(periods)
    assert agreed
    assert agreed.write(dt.date(*day)) == written


def test_periods_that_are_written_in_two_ways_agree_on_none() -> None:
    periods = [period for said in ("June 2026", "2026-05") if (period := read_period(said))]
    assert agree_on_periods(periods) is None
