"""Dates, times and ranges of days as people write them, and how each was written."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from functools import cache

from msgspec.structs import replace

from handoff_md.syntax.form.almanac import Name, months, weekdays, zone_of
from handoff_md.syntax.form.enclosed import enclose, link_end
from handoff_md.value import Value

_WORD = r"[^\W\d_]{3,12}+"
_ORDINAL = r"(?:st|nd|rd|th|er|º|ª|\.)?"
_OF = r"(?:\s+(?:de|del|di|of))?"
_DASH = r"\s?[–—-]\s?"
_NUMERIC = (
    r"(?P<iy>[0-9]{4})(?P<is>[-/.])(?P<im>[0-9]{1,2})(?P=is)(?P<id>[0-9]{1,2})"
    r"(?P<ir>(?:\.{2,3}|[–—/])(?:(?P<im2>[0-9]{1,2})-)?(?P<id2>[0-9]{2})(?![0-9./-]|:[0-9]))?",
    r"(?P<hy>[0-9]{4})\s?[年년]\s?(?P<hm>[0-9]{1,2})\s?[月월]\s?(?P<hd>[0-9]{1,2})\s?[日일]",
    rf"(?P<fy>[0-9]{{4}})[\s/-](?P<fm>{_WORD})[\s/-](?P<fd>[0-9]{{1,2}})",
    r"(?P<na>[0-9]{1,2})(?P<ns>[-/]|\.\s?)(?P<nb>[0-9]{1,2})(?P=ns)(?P<ny>[0-9]{4})",
)
_DAY_FIRST = (
    rf"(?P<dd>[0-9]{{1,2}})(?P<do>{_ORDINAL})"
    rf"(?P<dr>(?:{_OF}\s(?P<dm1>{_WORD})\.?)?{_DASH}(?P<dd2>[0-9]{{1,2}}){_ORDINAL})?"
    rf"{_OF}[\s/-]\s*(?P<dm>{_WORD})\.?",
    rf",?{_OF}[\s/-]\s*(?P<dy>[0-9]{{4}})",
)
_MONTH_FIRST = (
    rf"(?P<mm>{_WORD})\.?[\s-]\s*(?P<md>[0-9]{{1,2}})(?P<mo>{_ORDINAL})"
    rf"(?P<mr>{_DASH}(?:(?P<mm2>{_WORD})\.?\s+)?(?P<md2>[0-9]{{1,2}}){_ORDINAL})?",
    r",?[\s-]\s*(?P<my>[0-9]{4})",
)
_EDGE = r"(?<![^\W_])(?<![0-9]\.)"
_HAS_YEAR = re.compile(r"[0-9]{4}")
_LAST_MONTH = 12

_CLOCK = (
    r"(?i)(?:\s*[T@|,–—-]?\s*|\s+(?:at|um|à|alle|kl\.?)\s+)"
    r"(?P<h>[0-9]{1,2})(?:[:h](?P<m>[0-9]{2})(?::(?P<s>[0-9]{2})(?:[.,][0-9]{1,9})?)?)?"
    r"(?:\s?(?P<p>[ap])\.?m\b\.?)?(?![0-9:])"
)
_UNTIL = r"(?i)\s?(?P<sign>[–—-])\s?(?P<h>[0-9]{1,2}):(?P<m>[0-9]{2})(?:\s?[ap]\.?m\b\.?)?(?![^\W_]|:[0-9])"
_ZONE = (
    r"(?:\s?(?P<opening>\()|\s)?"
    r"(?P<zone>(?:UTC|GMT)?[+−-][0-9]{1,2}(?::?[0-9]{2})?|[A-Z]{1,4}|Uhr|h)"
    r"(?![^\W_]|:[0-9])(?(opening)\))"
)
_SAID_BUT_UNKNOWN = ("CST", "IST", "AST", "Uhr", "h")
_NOON = 12

_WEEKDAY = r"[^\W\d_]{2,13}(?:-feira)?|[月火水木金土日]"
_WEEKDAY_BEFORE = re.compile(rf"(?<![^\W_])(?P<name>{_WEEKDAY})[.,]{{0,2}}\s*$")
_WEEKDAY_BEHIND = re.compile(
    rf"\s?[(（\[](?P<inside>{_WEEKDAY})\.?[)）\]]|,?\s(?P<bare>[^\W\d_]{{3,13}})(?![^\W_])"
)
_WIDEST_WEEKDAY = 18

_BETWEEN = re.compile(r"\s*(?:[–—/→~～-]|->|\.{2,3}|to|through|until|till|bis|au|al|tot)\s*", re.I)
_WIDEST_BETWEEN = 12
_CONTINUED = re.compile(r"\s?\((?:cont(?:inued|\.|['’]?d)?|fortgesetzt|suite)\)", re.IGNORECASE)
_LABELLED = re.compile(r"[^\W\d_]{3,}\s?[#:]?\s?$")


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


class Customs(Value):
    """What a document has to tell before some dates mean anything.

    ``year`` is that of ``5 March``, and ``is_day_first`` tells what ``03/04/2026`` is. Where it is
    None, these are no dates.
    """

    year: int | None = None
    is_day_first: bool | None = None


UNTOLD = Customs()


def find_moments(text: str, customs: Customs = UNTOLD) -> tuple[Moment, ...]:
    """Find the dates in a text, with their times; the impossible and the ambiguous are none."""
    if customs.year is None and _HAS_YEAR.search(text) is None:
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


@cache
def _dates(*, has_years: bool) -> re.Pattern[str]:
    optional = "" if has_years else "?+"
    named = (rf"{day}(?:{year}){optional}" for day, year in (_DAY_FIRST, _MONTH_FIRST))
    return re.compile(rf"(?i){_EDGE}(?:{'|'.join((*_NUMERIC, *named))})(?![0-9])")


def _find_days(text: str, customs: Customs) -> Iterator[Moment]:
    """Read each candidate; behind the start of one that is no date, the search goes on."""
    dates = _dates(has_years=customs.year is None)
    match = dates.search(text)
    while match:
        day = _read_day(match, customs)
        if day:
            yield day
        match = dates.search(text, day.end if day else match.start() + 1)


def _read_day(match: re.Match[str], customs: Customs) -> Moment | None:
    try:
        if match["iy"]:
            return _read_iso(match)
        if match["hy"]:
            return _read_numbers(match, "hy", "hm", "hd")
        if match["ny"]:
            return _read_numeric(match, customs)
        return _read_named(match, customs)
    except ValueError:
        return None


def _read_iso(match: re.Match[str]) -> Moment | None:
    day = _read_numbers(match, "iy", "im", "id")
    if not match["ir"]:
        return day
    last = day.date.replace(month=int(match["im2"] or day.date.month), day=int(match["id2"]))
    return replace(day, last=last, end=match.end()) if last > day.date else day


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
    return _read_numbers(match, "ny", *(("na", "nb") if is_day_first is False else ("nb", "na")))


def _read_numbers(match: re.Match[str], year: str, month: str, day: str) -> Moment:
    date = dt.date(int(match[year]), int(match[month]), int(match[day]))
    fields = {match.span(year): "{Y}", match.span(month): "{M}", match.span(day): "{D}"}
    end = match.end("id") if match["iy"] else match.end()
    pattern = fill(match.string, match.start(), end, fields)
    padding = _padding(match[month], match[day])
    return Moment(date, None, None, match.start(), end, Notation(pattern, is_padded=padding))


def _padding(*numbers: str) -> bool | None:
    """Tell whether numbers are padded to two digits; None where all have two by themselves."""
    if any(number.startswith("0") for number in numbers):
        return True
    return False if any(len(number) == 1 for number in numbers) else None


def _read_named(match: re.Match[str], customs: Customs) -> Moment | None:
    key = next(key for key in "fdm" if match[f"{key}d"])
    day, year = match[f"{key}d"], match[f"{key}y"]
    name, names = match[f"{key}m"], months().get(match[f"{key}m"].casefold(), ())
    if not names or (year is None and customs.year is None):
        return None
    date = dt.date(int(year or customs.year or 0), names[0].number, int(day))
    fields = {match.span(f"{key}m"): "{N}"} | _day_field(match, key)
    if year:
        fields[match.span(f"{key}y")] = "{Y}"
    last = None
    if key != "f" and match[f"{key}r"]:
        date, last = _read_range(match, key, date)
        if last is None:
            return None
        fields[match.span(f"{key}r")] = ""
    start, end = match.span()
    notation = Notation(
        fill(match.string, start, end, fields),
        is_padded=_padding(day),
        languages=tuple(dict.fromkeys(one.language for one in names)),
        is_short=_shortness(names),
        is_upper=name.isupper(),
        is_lower=name.islower(),
    )
    return Moment(date, None, last, start, end, notation)


def _day_field(match: re.Match[str], key: str) -> dict[tuple[int, int], str]:
    """Give the field of a day with its ordinal; ``1er`` and ``1º`` are those of the first only."""
    ordinal = match[f"{key}o"] if key != "f" else ""
    if ordinal in ("", "."):
        return {match.span(f"{key}d"): "{D}"}
    field = "{D}" if ordinal in ("er", "º", "ª") else "{O}"
    return {(match.start(f"{key}d"), match.end(f"{key}o")): field}


def _read_range(match: re.Match[str], key: str, date: dt.date) -> tuple[dt.date, dt.date | None]:
    """Read ``May 4–6``, ``4–6 May``, ``Apr 30 – May 2`` and ``30 Apr – 2 May``."""
    second = int(match[f"{key}d2"])
    other = match["dm1"] if key == "d" else match["mm2"]
    names = months().get((other or "").casefold(), ())
    if other and not names:
        return date, None
    if key == "d":
        first = date.replace(month=names[0].number if names else date.month)
        last = dt.date(date.year, date.month, second)
        if not other and _is_labelled(match.string, match.start()):
            return date, None
        date = first
    else:
        last = dt.date(date.year, names[0].number if names else date.month, second)
    if other and date > last:
        date = date.replace(year=date.year - 1)
    return date, last if last > date else None


def _is_labelled(text: str, at: int) -> bool:
    """Tell whether a number stands behind a word: ``Session 5 - 12 March`` is no range."""
    match = _LABELLED.search(text[max(0, at - _WIDEST_WEEKDAY) : at])
    return match is not None and match.group().strip(" #:").casefold() not in weekdays()


def _shortness(names: tuple[Name, ...]) -> bool | None:
    """Tell whether a name is an abbreviation; None where it may be both, as ``May``."""
    kinds = {name.is_short for name in names}
    return kinds.pop() if len(kinds) == 1 else None


def fill(text: str, start: int, end: int, fields: dict[tuple[int, int], str]) -> str:
    """Give a part of a text in which some spans have given way to fields."""
    pieces: list[str] = []
    for (first, behind), field in sorted(fields.items()):
        pieces += (text[start:first], field)
        start = behind
    return "".join((*pieces, text[start:end]))


def _add_weekday(text: str, day: Moment) -> Moment:
    """Take in a weekday before a date, or behind it where it is that day's."""
    notation = day.notation
    window = text[max(0, day.start - _WIDEST_WEEKDAY) : day.start]
    if (match := _WEEKDAY_BEFORE.search(window)) and (names := _weekday(match["name"])):
        start = day.start - len(window) + match.start()
        pattern = "{W}" + window[match.end("name") :] + notation.date
        return replace(day, start=start, notation=_named_day(notation, pattern, names))
    match = _WEEKDAY_BEHIND.match(text, day.end)
    word = (match["inside"] or match["bare"]) if match else ""
    names = _weekday(word) if word else ()
    is_right = any(name.number == day.date.weekday() for name in names)
    if match is None or not names or not (match["inside"] or is_right):
        return day
    group = "inside" if match["inside"] else "bare"
    behind = fill(text, day.end, match.end(), {match.span(group): "{W}"})
    return replace(
        day, end=match.end(), notation=_named_day(notation, notation.date + behind, names)
    )


def _weekday(word: str) -> tuple[Name, ...]:
    return weekdays().get(word.casefold(), ())


def _named_day(notation: Notation, pattern: str, names: tuple[Name, ...]) -> Notation:
    return replace(
        notation,
        date=pattern,
        weekday_languages=tuple(dict.fromkeys(name.language for name in names)),
        is_weekday_short=_shortness(names),
    )


def _add_clock(text: str, day: Moment) -> Moment:
    match = _clock().match(text, day.end)
    time = _read_time(match) if match else None
    if match is None or time is None:
        return day
    end = match.end()
    fields = {match.span("h"): "{h}"}
    for group in ("m", "s"):
        if match[group]:
            fields[match.span(group)] = f"{{{group}}}"
    if match["p"]:
        fields[match.span("p")] = "{p}" if match["p"].islower() else "{P}"
    pattern = fill(text, day.end, end, fields)
    end = _skip_end(text, end, time)
    zone_end, zone = _read_zone(text, end)
    notation = replace(
        day.notation,
        clock=pattern + text[end:zone_end],
        is_hour_padded=_padding(match["h"]),
        zone=zone,
    )
    return replace(day, time=time.replace(tzinfo=zone), end=zone_end, notation=notation)


@cache
def _clock() -> re.Pattern[str]:
    return re.compile(_CLOCK)


def _read_time(match: re.Match[str]) -> dt.time | None:
    """Read ``22:07``, ``22:07:30``, ``8:30 pm`` or ``8 pm``; a number alone is no time."""
    hour, half = int(match["h"]), (match["p"] or "").lower()
    if not (match["m"] or half) or (half and not 1 <= hour <= _NOON):
        return None
    if half:
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    try:
        return dt.time(hour, int(match["m"] or 0), int(match["s"] or 0))
    except ValueError:
        return None


def _skip_end(text: str, at: int, time: dt.time) -> int:
    """Pass over the end of a range of times; ``-05:00`` behind a later time is a zone."""
    match = re.compile(_UNTIL).match(text, at)
    if match is None or int(match["h"]) >= 24 or int(match["m"]) >= 60:  # noqa: PLR2004 - of a day, of an hour
        return at
    is_zone = match["sign"] == "-" and (int(match["h"]), int(match["m"])) <= (
        time.hour,
        time.minute,
    )
    return at if is_zone or time.second else match.end()


def _read_zone(text: str, at: int) -> tuple[int, dt.tzinfo | None]:
    match = re.compile(_ZONE).match(text, at)
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
    continued = _CONTINUED.match(text, moment.end)
    behind = continued.end() if continued else moment.end
    start, end = enclose(text, moment.start, behind)
    before, after = text[start : moment.start], text[behind:end]
    linked = link_end(text, end)
    if linked > end:
        before = after = ""
    notation = replace(moment.notation, before=before, after=after)
    return replace(moment, start=start, end=linked, notation=notation)
