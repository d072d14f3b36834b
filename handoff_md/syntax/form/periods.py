"""What headings name that part a log's entries: a year, a quarter, a month or a week."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache

from msgspec.structs import replace

from handoff_md.syntax.form.almanac import month_name, months
from handoff_md.syntax.form.spelling import speak, vote
from handoff_md.syntax.form.words import fill
from handoff_md.value import Value

_WORD_OR_NUMBER = r"[0-9]+|[^\W\d_]+"
_LONGEST = 80
_YEARS = range(1970, 2200)
_LAST_MONTH = 12
_MONTHS_OF_QUARTER = 3
_WIDEST = 2  # digits of a number that is no year


def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


class PeriodUnit(Enum):
    """How long a period is."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"
    WEEK = "week"


_LABELS = {
    PeriodUnit.WEEK: _words_of("w wk week woche kw semaine semana settimana vecka uge 週 周"),
    PeriodUnit.QUARTER: _words_of("q quarter quartal trimestre trimester"),
    PeriodUnit.MONTH: _words_of("month monat mois mes mese maand 月 월"),
}
_FILLERS = _words_of("of de del di von du the year jahr año ano anno année jaar 年 년 第")


class Period(Value):
    """A period as a heading names it: ``June 2026``, ``2026-W23``, ``Q2``.

    ``year`` is None where the heading leaves it open, and ``number`` counts the period in its year,
    from 1; a year's is 1. The others say how it is written: ``pattern`` with ``{Y}`` for the year,
    ``{n}`` for the number, and ``{N}`` for a month's name.
    """

    unit: PeriodUnit
    year: int | None
    number: int
    pattern: str
    languages: tuple[str, ...] = ()
    is_short: bool | None = None
    is_upper: bool | None = None
    is_lower: bool | None = None
    is_padded: bool | None = None

    def in_year(self, year: int | None) -> Period:
        """Give the period in a year, where the heading leaves that open."""
        return self if self.year is not None else replace(self, year=year)

    @property
    def start(self) -> dt.date | None:
        """Give the first day; None where the year is open, or there is no such week."""
        if self.year is None:
            return None
        try:
            if self.unit is PeriodUnit.WEEK:
                return dt.date.fromisocalendar(self.year, self.number, 1)
            months_before = _MONTHS_OF_QUARTER if self.unit is PeriodUnit.QUARTER else 1
            return dt.date(self.year, (self.number - 1) * months_before + 1, 1)
        except ValueError:
            return None

    def holds(self, date: dt.date) -> bool:
        """Tell whether a day lies in the period; false where its year is open."""
        return self.year is not None and (self.year, self.number) == _count(self.unit, date)

    def write(self, date: dt.date) -> str | None:
        """Write the period of a day as this one is; None where that would not be read back."""
        year, number = _count(self.unit, date)
        fields = {
            "{Y}": str(year),
            "{n}": f"{number:0{2 if self.is_padded else 1}}",
            "{N}": self._name(number) if self.languages else "",
        }
        written = self.pattern
        for field, value in fields.items():
            written = written.replace(field, value)
        again = read_period(written)
        is_same = again and (again.unit, again.pattern) == (self.unit, self.pattern)
        return written if again and is_same and again.in_year(year).holds(date) else None

    def _name(self, number: int) -> str:
        name = month_name(self.languages[0], number, is_short=bool(self.is_short))
        if self.is_upper or self.is_lower:
            return name.upper() if self.is_upper else name.lower()
        return f"{name[0].upper()}{name[1:]}"


def _count(unit: PeriodUnit, date: dt.date) -> tuple[int, int]:
    """Give the year of a day's period, and the period's number in it."""
    if unit is PeriodUnit.WEEK:
        year, week, _ = date.isocalendar()
        return year, week
    quarter = (date.month - 1) // _MONTHS_OF_QUARTER + 1
    return date.year, {
        PeriodUnit.YEAR: 1,
        PeriodUnit.QUARTER: quarter,
        PeriodUnit.MONTH: date.month,
    }[unit]


class _Reading:
    """What has been read of a heading, word by word."""

    def __init__(self) -> None:
        self.year: int | None = None
        self.number: int | None = None
        self.word = ""
        self.is_padded: bool | None = None
        self.unit: PeriodUnit | None = None
        self.fields: dict[tuple[int, int], str] = {}

    def take(self, token: re.Match[str]) -> bool:
        """Take a word or a number; false for what no period is named with."""
        said = token.group()
        if said.isdigit():
            return self._take_number(token)
        label = next((unit for unit, words in _LABELS.items() if said.casefold() in words), None)
        if label:
            self.unit, is_first = label, self.unit is None
            return is_first
        if said.casefold() in _FILLERS:
            return True
        is_name = not self.word and said.casefold() in months()
        self.word = said
        self.fields[token.span()] = "{N}"
        return is_name

    def _take_number(self, token: re.Match[str]) -> bool:
        said = token.group()
        if self.year is None and int(said) in _YEARS:
            self.year, self.fields[token.span()] = int(said), "{Y}"
            return True
        is_number = self.number is None and len(said) <= _WIDEST
        self.number, self.fields[token.span()] = int(said), "{n}"
        self.is_padded = said[0] == "0" if len(said) == 1 or said[0] == "0" else None
        return is_number

    def settle(self) -> tuple[PeriodUnit, int] | None:
        """Give what it is, and its number; None where that is not clear."""
        if self.word:
            is_plain = self.number is None and self.unit in (None, PeriodUnit.MONTH)
            return (
                (PeriodUnit.MONTH, months()[self.word.casefold()][0].number) if is_plain else None
            )
        if self.number is None:
            return (PeriodUnit.YEAR, 1) if self.year and self.unit is None else None
        unit = self.unit or (PeriodUnit.MONTH if self.year else None)
        last = {PeriodUnit.WEEK: 53, PeriodUnit.MONTH: _LAST_MONTH, PeriodUnit.QUARTER: 4}
        return (unit, self.number) if unit and 0 < self.number <= last[unit] else None


@lru_cache(maxsize=4096)  # the versions of a document have most of their headings in common
def read_period(text: str) -> Period | None:
    """Read a heading's words that name a period, and nothing else; None for others."""
    if len(text) > _LONGEST:
        return None
    reading = _Reading()
    if not all(map(reading.take, re.finditer(_WORD_OR_NUMBER, text))):
        return None
    settled = reading.settle()
    if settled is None:
        return None
    unit, number = settled
    pattern = fill(text, 0, len(text), reading.fields)
    if not reading.word:
        return Period(unit, reading.year, number, pattern, is_padded=reading.is_padded)
    names = [name for name in months()[reading.word.casefold()] if name.number == number]
    shorts = {name.is_short for name in names}
    return Period(
        unit,
        reading.year,
        number,
        pattern,
        tuple(dict.fromkeys(name.language for name in names)),
        shorts.pop() if len(shorts) == 1 else None,
        is_upper=reading.word.isupper(),
        is_lower=reading.word.islower(),
    )


def agree_on_periods(periods: Sequence[Period]) -> Period | None:
    """Give how periods are written, the nearest to the new one first; None if not all alike."""
    first = periods[0]
    if any((one.unit, one.pattern) != (first.unit, first.pattern) for one in periods):
        return None
    is_dashed = "-{n}" in first.pattern or "W{n}" in first.pattern
    likely = ("fr", "es", "it", "pt", "nl") if first.is_lower else ("en", "de")
    return replace(
        first,
        languages=speak([one.languages for one in periods], likely) if first.languages else (),
        is_short=vote(one.is_short for one in periods),
        is_padded=vote((one.is_padded for one in periods), default=is_dashed),
    )
