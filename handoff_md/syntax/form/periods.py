"""What headings name that part a log's entries: a year, a quarter, a month or a week."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache

from msgspec.structs import replace

from handoff_md.syntax.form.almanac import month_name, months, weekdays
from handoff_md.syntax.form.moments import Customs, Days, Moment, Notation, find_moments
from handoff_md.syntax.form.spelling import agree, speak, vote, write_moment
from handoff_md.syntax.form.words import fill
from handoff_md.text.pattern import lazy_pattern
from handoff_md.value import Value

_WORD_OR_NUMBER = r"[0-9]+|[^\W\d_]+"
_WORD = lazy_pattern(r"[^\W\d_]+")
_LONGEST = 80
_YEARS = range(1970, 2200)
_LAST_MONTH = 12
_MONTHS_OF_QUARTER = 3
_WIDEST = 2  # digits of a number that is no year
_ASIDE = r"\s*[(\[](?P<words>[^()\[\]]+)[)\]]\s*$"
_YEAR = r"(?<![0-9])20[0-9]{2}(?![0-9])"
_WEEK = dt.timedelta(7)
_DAY = dt.timedelta(1)


def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


class PeriodUnit(Enum):
    """How long a period is."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"
    WEEK = "week"
    SPAN = "span"


_LABELS = {
    PeriodUnit.WEEK: _words_of("w wk week woche kw semaine semana settimana vecka uge 週 周"),
    PeriodUnit.QUARTER: _words_of("q quarter quartal trimestre trimester"),
    PeriodUnit.MONTH: _words_of("month monat mois mes mese maand 月 월"),
}
_FILLERS = _words_of("of de del di von du the year jahr año ano anno année jaar 年 년 第")
_SPANS = _LABELS[PeriodUnit.WEEK] | _words_of("sprint cycle iteration")
_ENDS = _words_of("ending bis")
_BEGINS = _words_of("starting beginning commencing c from vom ab dal del desde am on")


class Period(Value):
    """A period as a heading names it: ``June 2026``, ``2026-W23``, ``Week of June 1, 2026``.

    ``year`` is None where the heading leaves it open, and ``number`` counts the period in its year,
    from 1; a year's is 1. A span has ``days`` instead. The others say how it is written:
    ``pattern`` with ``{Y}`` for the year, ``{n}`` for the number, ``{N}`` for a month's name, and
    ``{S}`` for the first day of a week, in its ``notation``. It is empty where a further period
    can't be written so.
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
    days: Days | None = None
    notation: Notation | None = None

    def in_year(self, year: int | None) -> Period:
        """Give the period in a year, where the heading leaves that open."""
        return self if self.year is not None else replace(self, year=year)

    @property
    def start(self) -> dt.date | None:
        """Give the first day; None where the year is open, or there is no such week."""
        if self.days or self.year is None:
            return self.days[0] if self.days else None
        try:
            if self.unit is PeriodUnit.WEEK:
                return dt.date.fromisocalendar(self.year, self.number, 1)
            months_before = _MONTHS_OF_QUARTER if self.unit is PeriodUnit.QUARTER else 1
            return dt.date(self.year, (self.number - 1) * months_before + 1, 1)
        except ValueError:
            return None

    @property
    def few_days(self) -> Days | None:
        """Give the first and the last day of a month, or of what is shorter; else None."""
        if self.days or self.start is None:
            return self.days
        lengths = {PeriodUnit.MONTH: 31, PeriodUnit.WEEK: 7}
        every = [self.start + _DAY * step for step in range(lengths.get(self.unit, 0))]
        return (self.start, max(filter(self.holds, every))) if every else None

    def holds(self, date: dt.date) -> bool:
        """Tell whether a day lies in the period; false where its year is open."""
        if self.days:
            return self.days[0] <= date <= self.days[1]
        return self.year is not None and (self.year, self.number) == _count(self.unit, date)

    def write(self, date: dt.date) -> str | None:
        """Write the period of a day as this one is; None where that would not be read back."""
        if self.days:
            return self._write_week(date)
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

    def _write_week(self, date: dt.date) -> str | None:
        if self.days is None or self.notation is None:
            return None
        first = date - _DAY * ((date.weekday() - self.days[0].weekday()) % _WEEK.days)
        written = self.pattern.replace("{S}", write_moment(self.notation, first))
        again = read_period(written, self.year)
        is_same = again and (again.unit, again.pattern) == (self.unit, self.pattern)
        return written if again and is_same and again.holds(date) else None

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


@lru_cache(maxsize=65_536)  # the versions of a document have most of their headings in common
def read_period(text: str, year: int | None = None) -> Period | None:
    """Read a heading's words that name a period, and nothing else; None for others.

    Dates may stand behind in brackets, as in ``2026-W48 (23–29 Nov)``. ``year`` is that of dates
    without one, as in ``Week of Nov 23``.
    """
    if len(text) > _LONGEST:
        return None
    if period := _read_named(text) or _read_span(text, year):
        return period
    aside = re.search(_ASIDE, text) if text.rstrip()[-1:] in (")", "]") else None
    if aside is None or not all(map(_is_of_date, re.findall(_WORD_OR_NUMBER, aside["words"]))):
        return None
    period = _read_named(text[: aside.start()])
    return replace(period, pattern="") if period else None


@lru_cache(maxsize=65_536)
def may_name_span(text: str) -> bool:
    """Tell whether a text has a word for a week or a sprint, as what names one with a date has."""
    return not _SPANS.isdisjoint(_WORD.findall(text.casefold()))


def _is_of_date(word: str) -> bool:
    said = word.casefold()
    return said.isdigit() or said in months() or said in weekdays() or said == "to"


def _read_span(text: str, year: int | None) -> Period | None:
    """Read ``Week of June 1, 2026``, or a week or sprint with its first and last day."""
    if not may_name_span(text):
        return None
    said_year = re.search(_YEAR, text)
    moments = find_moments(text, Customs(int(said_year.group()) if said_year else year))
    if len(moments) != 1:
        return None
    (moment,) = moments
    beside = re.findall(_WORD_OR_NUMBER, f"{text[: moment.start]}\0{text[moment.end :]}")
    said = [word.casefold() for word in beside if not word.isdigit()]
    numbers = len(beside) - len(said)
    if numbers > 1 or not said or not set(said) <= _SPANS | _FILLERS | _ENDS | _BEGINS:
        return None
    days = _span_of(moment, said)
    if days is None:
        return None
    is_first = days[0] == moment.date and moment.last is None
    pattern = f"{text[: moment.start]}{{S}}{text[moment.end :]}" if is_first else ""
    notation = moment.notation if is_first else None
    return Period(PeriodUnit.SPAN, days[0].year, 0, pattern, days=days, notation=notation)


def _span_of(moment: Moment, said: Sequence[str]) -> Days | None:
    if moment.date.year not in _YEARS:
        return None
    if moment.last:
        return moment.date, moment.last
    if _LABELS[PeriodUnit.WEEK].isdisjoint(said):
        return None
    if not _ENDS.isdisjoint(said):
        return moment.date - _WEEK + _DAY, moment.date
    return moment.date, moment.date + _WEEK - _DAY


def _read_named(text: str) -> Period | None:
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
    if first.days:
        notations = [one.notation for one in periods if one.notation]
        return replace(first, notation=agree(notations)) if notations else None
    is_dashed = "-{n}" in first.pattern or "W{n}" in first.pattern
    likely = ("fr", "es", "it", "pt", "nl") if first.is_lower else ("en", "de")
    return replace(
        first,
        languages=speak([one.languages for one in periods], likely) if first.languages else (),
        is_short=vote(one.is_short for one in periods),
        is_padded=vote((one.is_padded for one in periods), default=is_dashed),
    )
