"""How dates are written as those of a document are."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from handoff_md.syntax.form.almanac import month_name, weekday_name
from handoff_md.syntax.form.moments import Notation

ISO = Notation("{Y}-{M}-{D}", is_padded=True)
_LETTERS = (("pt", "ãõ"), ("es", "ñ¿¡"), ("de", "äöüß"), ("fr", "èêëœù"), ("da", "øæ"), ("sv", "å"))
_NOON = 12
_TEENS = (11, 12, 13)
_ORDINALS = {1: "st", 2: "nd", 3: "rd"}


def agree(notations: Sequence[Notation], words: str = "") -> Notation:
    """Give the notation that most of these have, the first of those that as many have.

    What some leave open is what the others tell; what all leave open is what is usual. Which of
    several languages it is tell letters that one of these has, in the ``words`` around.
    """
    most = Counter((one.date, one.clock, one.before, one.after) for one in notations)
    chosen = max(most, key=most.__getitem__)
    first = next(one for one in notations if (one.date, one.clock, one.before, one.after) == chosen)
    alike = [one for one in notations if (one.date, one.clock) == chosen[:2]]
    is_weekday_short = vote(one.is_weekday_short for one in alike)
    is_lower = vote(one.is_lower for one in alike)
    return replace(
        first,
        is_padded=vote((one.is_padded for one in alike), default=_pads(first.date)),
        is_hour_padded=vote(
            (one.is_hour_padded for one in alike), default="{p}" not in first.clock.lower()
        ),
        languages=speak(
            [one.languages for one in alike],
            (*_languages_of(words), *_likely(first.date, is_lower=is_lower)),
        ),
        is_short=vote((one.is_short for one in alike), default=bool(is_weekday_short)),
        is_upper=vote(one.is_upper for one in alike),
        is_lower=is_lower,
        weekday_languages=speak([one.weekday_languages for one in alike], ()),
        is_weekday_short=is_weekday_short,
    )


def vote(told: Iterable[bool | None], *, default: bool = False) -> bool:
    """Give what most of those say that say anything; the default where as many say otherwise."""
    votes = Counter(one for one in told if one is not None)
    return votes[True] > votes[False] if votes[True] != votes[False] else default


def _pads(pattern: str) -> bool:
    """Tell whether days are padded where all that there are have two digits by themselves."""
    return ("{M}" in pattern or "{D}-" in pattern) and "月" not in pattern


def _languages_of(words: str) -> tuple[str, ...]:
    """Give the languages that have letters of their own in words."""
    return tuple(name for name, letters in _LETTERS if any(one in letters for one in words.lower()))


def _likely(pattern: str, *, is_lower: bool) -> tuple[str, ...]:
    """Give the languages that a date is likely in for what stands around the month's name."""
    if "{D}. " in pattern:
        return ("de",)
    return ("fr", "es", "it", "pt", "nl") if is_lower else ("en", "de")


def speak(languages: Sequence[tuple[str, ...]], likely: Sequence[str]) -> tuple[str, ...]:
    """Give the language that most names may be of; of as many, a likely one, or the earlier."""
    votes = Counter(language for some in languages for language in some)
    most = [language for language in votes if votes[language] == max(votes.values())]
    most.sort(key=lambda language: likely.index(language) if language in likely else len(likely))
    return tuple(most[:1])


def turn(notation: Notation, date: dt.date, time: dt.time | None) -> tuple[dt.date, dt.time | None]:
    """Give a day and its aware time in the zone of a notation, where it has times in one."""
    if time is None or time.tzinfo is None or not (notation.clock and notation.zone):
        return date, time
    moment = dt.datetime.combine(date, time).astimezone(notation.zone)
    return moment.date(), moment.timetz()


def write_moment(notation: Notation, date: dt.date, time: dt.time | None = None) -> str:
    """Write a day, and a time where the notation has one, in the notation's zone."""
    written = _write_date(notation, date)
    if time is not None:
        written += _write_clock(notation, time)
    return f"{notation.before}{written}{notation.after}"


def _write_date(notation: Notation, date: dt.date) -> str:
    width = 2 if notation.is_padded else 1
    pattern = notation.date
    name = weekday = ""
    if notation.languages:
        name = _write_month(notation, date.month)
        if name == month_name(notation.languages[0], date.month, is_short=False):
            pattern = pattern.replace("{N}.", "{N}")
    if notation.weekday_languages:
        weekday = weekday_name(
            notation.weekday_languages[0],
            date.weekday(),
            is_short=bool(notation.is_weekday_short),
        )
    fields = {
        "{Y}": f"{date.year:04}",
        "{M}": f"{date.month:0{width}}",
        "{D}": f"{date.day:0{width}}",
        "{O}": f"{date.day}{_ordinal(date.day)}",
        "{N}": name,
        "{W}": weekday,
    }
    return _put(pattern, fields)


def _write_month(notation: Notation, month: int) -> str:
    name = month_name(notation.languages[0], month, is_short=bool(notation.is_short))
    if notation.is_upper:
        return name.upper()
    return name.lower() if notation.is_lower else name


def _ordinal(day: int) -> str:
    return "th" if day in _TEENS else _ORDINALS.get(day % 10, "th")


def _write_clock(notation: Notation, time: dt.time) -> str:
    is_halved = "{p}" in notation.clock.lower()
    hour = (time.hour - 1) % _NOON + 1 if is_halved else time.hour
    half = "p" if time.hour >= _NOON else "a"
    fields = {
        "{h}": f"{hour:02}" if notation.is_hour_padded else str(hour),
        "{m}": f"{time.minute:02}",
        "{s}": f"{time.second:02}",
        "{p}": half,
        "{P}": half.upper(),
    }
    return _put(notation.clock, fields)


def _put(pattern: str, fields: dict[str, str]) -> str:
    for field, value in fields.items():
        pattern = pattern.replace(field, value)
    return pattern
