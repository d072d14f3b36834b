"""Dates, times and ranges of days as people write them, and how each was written."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import suppress

from msgspec.structs import replace

from handoff_md.syntax.form.almanac import Name, months, weekdays, zone_of
from handoff_md.syntax.form.words import NUMBER, enclose, fill, link_end, word_before
from handoff_md.text.pattern import lazy_pattern
from handoff_md.value import Value

_WORD = r"[^\W\d_]{3,12}+"
_ORDINAL = r"(?:st|nd|rd|th|er|º|ª|\.)?"
_OF = r"(?:\s+(?:de|del|di|of))?"
_YEAR_WORD = r"(?:\s?г\.?(?!\w))?"  # noqa: RUF001 - Russian
_DASH = r"(?:\s?[–-]\s?|—)"
_ISO = lazy_pattern(
    r"(?P<iy>[0-9]{4})(?P<is>[-/.‑])(?P<im>[0-9]{1,2})(?P=is)(?P<id>[0-9]{1,2})"  # noqa: RUF001 - typed by some
    r"(?P<ir>(?:\.{2,3}|[–—/])(?:(?P<im2>[0-9]{1,2})-)?(?P<id2>[0-9]{2})(?![0-9./-]|:[0-9]))?"
    r"(?![0-9])"
)
_OTHER_NUMERIC = (
    r"(?P<cy>20[0-9]{2})(?P<cm>[0-9]{2})(?P<cd>[0-9]{2})",
    r"(?P<hy>[0-9]{4})\s?[年년]\s?(?P<hm>[0-9]{1,2})\s?[月월]\s?(?P<hd>[0-9]{1,2})\s?[日일]",
    rf"(?P<fy>[0-9]{{4}})[\s/-](?P<fm>{_WORD})[\s/-](?P<fd>[0-9]{{1,2}})",
    r"(?:(?P<nr>[0-9]{1,2})\.\s?[–-]\s?)?(?P<na>[0-9]{1,2})(?P<ns>[-/‑]|\.\s?)(?P<nb>[0-9]{1,2})(?P=ns)(?P<ny>[0-9]{4})"  # noqa: RUF001 - typed by some
    + _YEAR_WORD,
)
_DAY_FIRST = (
    rf"(?P<day>[0-9]{{1,2}})(?P<ordinal>{_ORDINAL})"
    rf"(?P<range>(?:{_OF}\s(?P<other>{_WORD})\.?)?{_DASH}(?P<second>[0-9]{{1,2}}){_ORDINAL})?"
    rf"{_OF}[\s/-]\s*(?P<month>{_WORD})\.?"
)
_YEAR_BEHIND_MONTH = rf",?{_OF}[\s/-]\s*(?P<year>[0-9]{{4}}){_YEAR_WORD}"
_MONTH_FIRST = (
    rf"(?P<month>{_WORD})\.?[\s-]\s*(?P<day>[0-9]{{1,2}})(?P<ordinal>{_ORDINAL})"
    rf"(?P<range>{_DASH}(?:(?P<other>{_WORD})\.?\s+)?(?P<second>[0-9]{{1,2}}){_ORDINAL})?"
)
_YEAR_BEHIND_DAY = r",?[\s-]\s*(?P<year>[0-9]{4})"


def _from_number(optional: str) -> re.Pattern[str]:
    day_first = rf"{_DAY_FIRST}(?:{_YEAR_BEHIND_MONTH}){optional}"
    return lazy_pattern(rf"(?i)(?:{'|'.join((*_OTHER_NUMERIC, day_first))})(?![0-9])")


def _from_month(optional: str) -> re.Pattern[str]:
    return lazy_pattern(rf"(?i){_MONTH_FIRST}(?:{_YEAR_BEHIND_DAY}){optional}(?![0-9])")


# What matches a date from its first number on, and one from its month's name on: with a year, and
# where the year may be left out.
_DATED = (_from_number(""), _from_month(""))
_MAYBE_DATED = (_from_number("?+"), _from_month("?+"))
_SIGNS_IN_DATES = "-/.‑–—"  # noqa: RUF001 - typed by some
_COMPACT_LENGTH = len("20260305")
_HAS_YEAR = lazy_pattern(r"[0-9]{4}")
_LAST_MONTH = 12
_ISO_LENGTH = len("2026-03-05")

_CLOCK = lazy_pattern(
    r"(?i)(?:\s*+(?:[T@|,–—-]\s*+)?(?P<opening>[(\[])?|\s+(?:at|um|à|alle|kl\.?)\s+)"
    r"(?P<h>[0-9]{1,2})(?:(?:[:h]|(?<=T[0-9]{2}))(?P<m>[0-9]{2})(?::(?P<s>[0-9]{2}(?:[.,][0-9]{1,9})?))?)?"
    r"(?:\s?(?P<p>[ap])\.?m\b\.?)?(?![0-9]|:[0-9])"
)
_UNTIL = lazy_pattern(
    r"(?i)\s?(?P<sign>[–—-])\s?(?P<h>[0-9]{1,2}):(?P<m>[0-9]{2})(?:\s?[ap]\.?m\b\.?)?"
    r"(?![^\W_]|:[0-9])"
)
_ZONE = lazy_pattern(
    r"(?:\s?(?P<opening>\()|\s)?"
    r"(?P<zone>(?:UTC|GMT)?[+−-][0-9]{1,2}(?::?[0-9]{2})?|[A-Z]{1,4}|Uhr|h)"  # noqa: RUF001 - typed by some
    r"(?![^\W_]|:[0-9])(?(opening)\))"
)
_SAID_BUT_UNKNOWN = ("CST", "IST", "AST", "Uhr", "h")
_NOON = 12
_CLOSED = {"(": ")", "[": "]"}
_MIDNIGHT = (24, 0)

_WEEKDAY = r"[^\W\d_]{2,13}(?:-feira)?|[月火水木金土日]"
_WEEKDAY_BEFORE = lazy_pattern(rf"(?<![^\W_])(?P<name>{_WEEKDAY})[.,]{{0,2}}\s*$")
_OPENING, _CLOSING = r"[(\[（]", r"[)\]）]"  # noqa: RUF001 - what stands in headings
_WEEKDAY_BEHIND = lazy_pattern(
    rf"\s?{_OPENING}(?P<inside>{_WEEKDAY})\.?{_CLOSING}|,?\s(?P<bare>[^\W\d_]{{3,13}})(?![^\W_])"
)
_WIDEST_WEEKDAY = 18
_WEEK = 7
_DAY_ALONE = lazy_pattern(
    rf"(?i)[^\w(\[]*(?:(?P<weekday>{_WEEKDAY})[.,]{{0,2}}\s+)?(?P<day>[0-9]{{1,2}})"
    r"(?P<ordinal>(?:st|nd|rd|th|er|º|ª|\.)?(?!\w)|[日일])(?![./:-]?[0-9]|%)"
)
_WEEKDAY_ALONE = lazy_pattern(rf"[^\w(\[]*(?P<weekday>{_WEEKDAY})\.?(?=\s*(?:[:|(–—-]|$))")

_BETWEEN = lazy_pattern(r"(?i)\s*(?:[–—/→~～-]|->|\.{2,3}|to|through|until|till|bis|au|al|tot)\s*")  # noqa: RUF001 - typed by some
_WIDEST_BETWEEN = 12
_PREPOSITIONS = ("on", "from", "am", "vom", "le", "du", "el", "del", "dal", "op", "van")
_CONTINUED = lazy_pattern(r"(?i)\s?\((?:cont(?:inued|\.|['’]?d)?|fortgesetzt|suite)\)")


class Notation(Value):
    """How a moment is written: patterns with ``{Y}``, ``{M}``, ``{N}`` (a name), ``{D}`` and so on.

    What one moment does not tell is None: whether ``12`` is padded, or ``May`` an abbreviation.
    ``before`` and ``after`` are what encloses it; ``zone`` is that of the times.
    """

    date: str
    clock: str = ""
    before: str = ""
    after: str = ""
    is_padded: bool | None = None
    is_hour_padded: bool | None = None
    languages: tuple[str, ...] = ()
    is_short: bool | None = None
    is_upper: bool | None = None
    is_lower: bool | None = None
    weekday_languages: tuple[str, ...] = ()
    is_weekday_short: bool | None = None
    zone: dt.tzinfo | None = None


class Moment(Value):
    """A day, or a range of days, and the time where one is written.

    ``time`` is aware where its zone is known; ``last`` is the end of a range. The offsets count
    characters, and take in the brackets, emphasis and weekday that go with the date.
    """

    date: dt.date
    time: dt.time | None
    last: dt.date | None
    start: int
    end: int
    notation: Notation


Days = tuple[dt.date, dt.date]
"""The first and the last of some days: those of a month, or of a week."""


class Customs(Value):
    """What a document has to tell before some dates mean anything.

    ``year`` is that of ``5 March``, and ``is_day_first`` tells what ``03/04/2026`` is. ``days`` are
    those of which ``5`` or ``Tue 5`` is one where a text begins so, and ``Tue`` in a week. Where it
    is None, these are no dates.
    """

    year: int | None = None
    is_day_first: bool | None = None
    days: Days | None = None

    def around(self, date: dt.date) -> Customs:
        """Give the same where a day stands alone: it is of the month or week of ``date``."""
        if self.days is None:
            return self
        first, last = self.days
        if (last - first).days < _WEEK:
            first = date - dt.timedelta((date.weekday() - first.weekday()) % _WEEK)
            return replace(self, days=(first, first + dt.timedelta(_WEEK - 1)))
        return replace(self, days=days_of_month(date))


UNTOLD = Customs()


def days_of_month(date: dt.date) -> Days:
    """Give the first and the last day of a day's month."""
    from calendar import monthrange  # noqa: PLC0415 - it loads what languages call days, too

    return date.replace(day=1), date.replace(day=monthrange(date.year, date.month)[1])


def find_moments(text: str, customs: Customs = UNTOLD) -> tuple[Moment, ...]:
    """Find the dates in a text, with their times; the impossible and the ambiguous are none."""
    is_told = customs.year is not None or customs.days is not None
    if not is_told and _HAS_YEAR.search(text) is None:
        return ()
    found: list[Moment] = []
    for day in _find_days(text, customs):
        moment = _add_clock(text, _add_weekday(text, day))
        if found and moment.start < found[-1].end:
            continue
        if found and _is_range(text, found[-1], moment):
            found[-1] = _join(found[-1], moment)
        else:
            found.append(moment)
    return tuple(_enclose(text, moment) for moment in found)


def read_date(text: str) -> dt.date | None:
    """Read the first date in ``text``; None where there is none, or an impossible one."""
    if len(text) == _ISO_LENGTH and text[4] == text[7] == "-":  # as most are: no pattern needed
        with suppress(ValueError):
            return dt.date.fromisoformat(text)
    days = _find_days(text, UNTOLD) if _HAS_YEAR.search(text) else iter(())
    return next((day.date for day in days), None)


def _find_days(text: str, customs: Customs) -> Iterator[Moment]:
    """Read what begins with each number, or with a month's name before it."""
    at_number, at_month = _DATED if customs.year is None else _MAYBE_DATED
    at = 0
    if customs.days and (alone := _read_day_alone(text, customs.days)):
        at = alone.end
        yield alone
    for number in NUMBER.finditer(text):
        start = number.start()
        if start < at or _is_within(text, start):
            continue
        if match := _ISO.match(text, start):
            day = _read_iso(match)
        else:
            match = at_number.match(text, start) if _may_be_dated(text, number) else None
            day = _read_day(match, customs) if match else None
        if day is None:
            start, word, _ = word_before(text, start)
            match = at_month.match(text, start) if start >= at and word in months() else None
            day = _read_month_first(match, customs) if match else None
        if day:
            at = day.end
            yield day


def begins_with_day(text: str) -> bool:
    """Tell whether a text begins with what may be a day alone: a number, perhaps a weekday."""
    if _DAY_ALONE.match(text):
        return True
    match = _WEEKDAY_ALONE.match(text)
    return match is not None and _weekday(match["weekday"]) != ()


def _read_day_alone(text: str, days: Days) -> Moment | None:
    """Read the day of some days that a text begins with: its number, or its weekday in a week."""
    first, last = days
    every = [first + dt.timedelta(step) for step in range((last - first).days + 1)]
    if match := _DAY_ALONE.match(text):
        before = match["weekday"]
        date = next((day for day in every if day.day == int(match["day"])), None)
        if date is None or (before and not _weekday(before)):
            return None
        pattern = fill(text, match.start("day"), match.end(), _day_field(match))
        notation = Notation(pattern, is_padded=_padding(match["day"]))
        return Moment(date, None, None, match.start("day"), match.end(), notation)
    match = _WEEKDAY_ALONE.match(text) if len(every) <= _WEEK else None
    names = _weekday(match["weekday"]) if match else ()
    date = next((day for day in every if names and day.weekday() == names[0].number), None)
    if match is None or date is None:
        return None
    start, end = match.span("weekday")
    return Moment(date, None, None, start, end, _name_weekday(Notation(""), "{W}", names))


def _may_be_dated(text: str, number: re.Match[str]) -> bool:
    """Tell whether a number may begin a date, by what stands behind it: most numbers do not."""
    length = number.end() - number.start()
    letter = text[number.end() : number.end() + 1]
    return length == _COMPACT_LENGTH or letter.isalpha() or _begins(letter, _SIGNS_IN_DATES)


def _begins(letter: str, signs: str) -> bool:
    """Tell whether a character is white space or one of some signs; none is neither."""
    return letter != "" and (letter.isspace() or letter in signs)


def _is_within(text: str, at: int) -> bool:
    """Tell whether a number is a part of a word or of another number."""
    before = text[max(0, at - 2) : at]
    return before[-1:].isalpha() or (before[-1:] == "." and before[:1].isdigit())


def _read_day(match: re.Match[str], customs: Customs) -> Moment | None:
    try:
        if match["cy"] or match["hy"]:
            return _read_digits(match)
        if match["ny"]:
            return _read_numeric(match, customs)
        if match["fy"]:
            return _read_year_first(match)
        return _read_ranged(match, customs, is_day_first=True)
    except ValueError:
        return None


def _read_month_first(match: re.Match[str], customs: Customs) -> Moment | None:
    try:
        return _read_ranged(match, customs, is_day_first=False)
    except ValueError:
        return None


def _read_iso(match: re.Match[str]) -> Moment | None:
    try:
        day = _read_numbers(match, "iy", "im", "id", match.end("id"))
        if not match["ir"]:
            return day
        last = day.date.replace(month=int(match["im2"] or day.date.month), day=int(match["id2"]))
    except ValueError:
        return None
    return replace(day, last=last, end=match.end()) if last > day.date else day


def _read_digits(match: re.Match[str]) -> Moment:
    """Read ``20260305``, which is padded always, or ``2026年3月5日``."""
    if match["hy"]:
        return _read_numbers(match, "hy", "hm", "hd")
    day = _read_numbers(match, "cy", "cm", "cd")
    return replace(day, notation=replace(day.notation, is_padded=True))


def _read_numeric(match: re.Match[str], customs: Customs) -> Moment | None:
    """Read ``5.1.2026`` day first, and with other signs as the document's other dates are."""
    first, second = int(match["na"]), int(match["nb"])
    is_day_first = customs.is_day_first
    if match["ns"].startswith(".") or first > _LAST_MONTH:
        is_day_first = True
    elif second > _LAST_MONTH:
        is_day_first = False
    if is_day_first is None and first != second:
        return None
    day = _read_numbers(match, "ny", *(("na", "nb") if is_day_first is False else ("nb", "na")))
    if not match["nr"]:
        return day
    date = day.date.replace(day=int(match["nr"]))
    return replace(day, date=date, last=day.date) if date < day.date else None


def _read_numbers(
    match: re.Match[str], year: str, month: str, day: str, end: int | None = None
) -> Moment:
    """Read a date that is all numbers, and ends where the match does or before."""
    date = dt.date(int(match[year]), int(match[month]), int(match[day]))
    fields = {match.span(year): "{Y}", match.span(month): "{M}", match.span(day): "{D}"}
    end = match.end() if end is None else end
    pattern = fill(match.string, min(start for start, _ in fields), end, fields)
    padding = _padding(match[month], match[day])
    return Moment(date, None, None, match.start(), end, Notation(pattern, is_padded=padding))


def _padding(*numbers: str) -> bool | None:
    """Tell whether numbers are padded to two digits; None where all have two by themselves."""
    if any(number.startswith("0") for number in numbers):
        return True
    return False if any(len(number) == 1 for number in numbers) else None


def _read_ranged(match: re.Match[str], customs: Customs, *, is_day_first: bool) -> Moment | None:
    """Read ``5 March 2026``, ``May 4–6``, ``4–6 May``, ``Apr 30 – May 2`` or ``30 Apr – 2 May``.

    ``Session 5 - 12 March`` is no range.
    """
    year = int(match["year"] or customs.year or 0)
    month, other = _month(match["month"]), _month(match["other"] or match["month"])
    if not (year and month and other):
        return None
    first, second = (other, month) if is_day_first else (month, other)
    date, last = dt.date(year, first, int(match["day"])), None
    if match["range"]:
        last = dt.date(year, second, int(match["second"]))
        if first > second:
            date = date.replace(year=year - 1)
        if last <= date or (first == second and _is_labelled(match.string, match.start())):
            return None
    fields = {match.span("month"): "{N}", match.span("range"): ""} | _day_field(match)
    fields[match.span("year")] = "{Y}"
    notation = _name_month(match, match["month"], match["day"], fields)
    return Moment(date, None, last, *match.span(), notation)


def _day_field(match: re.Match[str]) -> dict[tuple[int, int], str]:
    """Give the field of a day; ``2nd`` has its ordinal, but ``1er`` and ``1º`` have the first's."""
    if match["ordinal"] in ("", ".", "日", "일"):
        return {match.span("day"): "{D}"}
    field = "{D}" if match["ordinal"] in ("er", "º", "ª") else "{O}"
    return {(match.start("day"), match.end("ordinal")): field}


def _read_year_first(match: re.Match[str]) -> Moment | None:
    month = _month(match["fm"])
    date = dt.date(int(match["fy"]), month, int(match["fd"])) if month else None
    fields = {match.span("fy"): "{Y}", match.span("fm"): "{N}", match.span("fd"): "{D}"}
    if date is None:
        return None
    notation = _name_month(match, match["fm"], match["fd"], fields)
    return Moment(date, None, None, *match.span(), notation)


def _month(name: str) -> int:
    names = months().get(name.casefold())
    return names[0].number if names else 0


def _name_month(
    match: re.Match[str], month: str, day: str, fields: dict[tuple[int, int], str]
) -> Notation:
    names = months()[month.casefold()]
    return Notation(
        fill(match.string, *match.span(), fields),
        is_padded=_padding(day),
        languages=tuple(dict.fromkeys(name.language for name in names)),
        is_short=_shortness(names),
        is_upper=month.isupper(),
        is_lower=month.islower(),
    )


def _is_labelled(text: str, at: int) -> bool:
    """Tell whether a number belongs to what stands before it: ``#5 - 12 March`` is no range."""
    _, word, _ = word_before(text, at)
    is_number = text[:at].rstrip().endswith(("#", "°", "№"))
    return is_number or (word != "" and word not in weekdays() and word not in _PREPOSITIONS)


def _shortness(names: tuple[Name, ...]) -> bool | None:
    """Tell whether a name is an abbreviation; None where it may be both, as ``May``."""
    kinds = {name.is_short for name in names}
    return kinds.pop() if len(kinds) == 1 else None


def _add_weekday(text: str, day: Moment) -> Moment:
    """Take in a weekday before a date, or behind it where it is that day's."""
    return _weekday_before(text, day) or _weekday_behind(text, day) or day


def _weekday_before(text: str, day: Moment) -> Moment | None:
    if day.start == 0:
        return None
    window = text[max(0, day.start - _WIDEST_WEEKDAY) : day.start]
    match = _WEEKDAY_BEFORE.search(window)
    names = _weekday(match["name"]) if match else ()
    if match is None or not names:
        return None
    pattern = "{W}" + window[match.end("name") :] + day.notation.date
    start = day.start - len(window) + match.start()
    return replace(day, start=start, notation=_name_weekday(day.notation, pattern, names))


def _weekday_behind(text: str, day: Moment) -> Moment | None:
    may_follow = _begins(text[day.end : day.end + 1], ",([（")  # noqa: RUF001 - what stands there
    match = _WEEKDAY_BEHIND.match(text, day.end) if may_follow else None
    if match is None:
        return None
    group = "inside" if match["inside"] else "bare"
    names = _weekday(match[group])
    is_right = any(name.number == day.date.weekday() for name in names)
    if not names or (group == "bare" and not is_right):
        return None
    pattern = day.notation.date + fill(text, day.end, match.end(), {match.span(group): "{W}"})
    return replace(day, end=match.end(), notation=_name_weekday(day.notation, pattern, names))


def _weekday(word: str) -> tuple[Name, ...]:
    return weekdays().get(word.casefold(), ())


def _name_weekday(notation: Notation, pattern: str, names: tuple[Name, ...]) -> Notation:
    return replace(
        notation,
        date=pattern,
        weekday_languages=tuple(dict.fromkeys(name.language for name in names)),
        is_weekday_short=_shortness(names),
    )


def _add_clock(text: str, day: Moment) -> Moment:
    may_follow = _begins(text[day.end : day.end + 1], "Tt@|,–—-([0123456789")
    match = _CLOCK.match(text, day.end) if may_follow else None
    time = _read_time(match) if match else None
    if match is None or time is None:
        return day
    fields = {match.span("h"): "{h}", match.span("m"): "{m}", match.span("s"): "{s}"}
    if match["p"]:
        fields[match.span("p")] = "{p}" if match["p"].islower() else "{P}"
    pattern = fill(text, day.end, match.end(), fields)
    is_exact = match["s"] is not None or pattern.startswith("T")
    behind = match.end() if is_exact else _skip_end(text, match.end(), time)
    end, zone = _read_zone(text, behind)
    if match["opening"]:
        if text[end : end + 1] != _CLOSED[match["opening"]]:
            return day
        end += 1
    notation = replace(
        day.notation,
        clock=pattern + text[behind:end],
        is_hour_padded=_padding(match["h"]),
        zone=zone,
    )
    return replace(day, time=time.replace(tzinfo=zone), end=end, notation=notation)


def _read_time(match: re.Match[str]) -> dt.time | None:
    """Read ``22:07``, ``22:07:30``, ``8:30 pm`` or ``8 pm``; a number alone is no time."""
    hour, half = int(match["h"]), (match["p"] or "").lower()
    if not (match["m"] or half) or (half and not 1 <= hour <= _NOON):
        return None
    if half:
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    try:
        return dt.time(hour, int(match["m"] or 0), int((match["s"] or "0")[:2]))
    except ValueError:
        return None


def _skip_end(text: str, at: int, time: dt.time) -> int:
    """Pass over the end of a range of times; ``-05:00`` behind a later time is a zone."""
    match = _UNTIL.match(text, at)
    if match is None:
        return at
    last = int(match["h"]), int(match["m"])
    is_zone = match["sign"] == "-" and last <= (time.hour, time.minute)
    return at if is_zone or last >= _MIDNIGHT else match.end()


def _read_zone(text: str, at: int) -> tuple[int, dt.tzinfo | None]:
    match = _ZONE.match(text, at)
    if match is None:
        return at, None
    zone = zone_of(match["zone"])
    if zone is None and match["zone"] not in _SAID_BUT_UNKNOWN:
        return at, None
    return match.end(), zone


def _is_range(text: str, first: Moment, second: Moment) -> bool:
    return (
        first.last is None
        and second.last is None
        and second.date > first.date
        and second.start - first.end <= _WIDEST_BETWEEN
        and _BETWEEN.fullmatch(text, first.end, second.start) is not None
    )


def _join(first: Moment, second: Moment) -> Moment:
    return replace(first, last=second.date, end=second.end)


def _enclose(text: str, moment: Moment) -> Moment:
    may_follow = "(" in text[moment.end : moment.end + 2]
    continued = _CONTINUED.match(text, moment.end) if may_follow else None
    behind = continued.end() if continued else moment.end
    start, end = enclose(text, moment.start, behind)
    before, after = text[start : moment.start], text[behind:end]
    linked = link_end(text, end)
    if linked > end:
        before = after = ""
    notation = replace(moment.notation, before=before, after=after)
    return replace(moment, start=start, end=linked, notation=notation)
