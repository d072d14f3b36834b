"""The names of months, weekdays and zones in the languages that logs are written in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache

from handoff_md.value import Value

# Full names, then the abbreviations that are in use; a language without a row has the first three
# letters. Where two languages share a name, the first in this table is tried first.
_MONTHS: Mapping[str, tuple[str, str]] = {
    "en": (
        "January February March April May June July August September October November December",
        "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    ),
    "de": (
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    ),
    "fr": (
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "janv févr mars avr mai juin juil août sept oct nov déc",
    ),
    "es": (
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "ene feb mar abr may jun jul ago sep oct nov dic",
    ),
    "it": (
        (
            "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre"
            " dicembre"
        ),
        "gen feb mar apr mag giu lug ago set ott nov dic",
    ),
    "pt": (
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "jan fev mar abr mai jun jul ago set out nov dez",
    ),
    "nl": (
        "januari februari maart april mei juni juli augustus september oktober november december",
        "jan feb mrt apr mei jun jul aug sep okt nov dec",
    ),
    "sv": (
        "januari februari mars april maj juni juli augusti september oktober november december",
        "jan feb mar apr maj jun jul aug sep okt nov dec",
    ),
    "da": (
        "januar februar marts april maj juni juli august september oktober november december",
        "jan feb mar apr maj jun jul aug sep okt nov dec",
    ),
    "pl": (
        (
            "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października"
            " listopada grudnia"
        ),
        "sty lut mar kwi maj cze lip sie wrz paź lis gru",
    ),
    "ru": (
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "янв фев мар апр мая июн июл авг сен окт ноя дек",
    ),
}
_OTHER_MONTHS = {
    "sept": ("en", 9), "jänner": ("de", 1), "feber": ("de", 2), "märz": ("de", 3),
    "maerz": ("de", 3), "fevrier": ("fr", 2), "aout": ("fr", 8), "decembre": ("fr", 12),
    "setiembre": ("es", 9), "marco": ("pt", 3), "мар": ("ru", 3), "май": ("ru", 5),
}  # fmt: skip
_WEEKDAYS: Mapping[str, tuple[str, str]] = {
    "en": (
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
        "Mon Tue Wed Thu Fri Sat Sun",
    ),
    "de": (
        "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
        "Mo Di Mi Do Fr Sa So",
    ),
    "fr": (
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
        "lun mar mer jeu ven sam dim",
    ),
    "es": (
        "lunes martes miércoles jueves viernes sábado domingo",
        "lun mar mié jue vie sáb dom",
    ),
    "it": (
        "lunedì martedì mercoledì giovedì venerdì sabato domenica",
        "lun mar mer gio ven sab dom",
    ),
    "pt": (
        "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
        "seg ter qua qui sex sáb dom",
    ),
    "nl": (
        "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
        "ma di wo do vr za zo",
    ),
    "sv": (
        "måndag tisdag onsdag torsdag fredag lördag söndag",
        "mån tis ons tors fre lör sön",
    ),
    "da": (
        "mandag tirsdag onsdag torsdag fredag lørdag søndag",
        "man tir ons tor fre lør søn",
    ),
    "pl": (
        "poniedziałek wtorek środa czwartek piątek sobota niedziela",
        "pon wto śro czw pią sob nie",
    ),
    "ru": (
        "понедельник вторник среда четверг пятница суббота воскресенье",
        "пн вт ср чт пт сб вс",  # noqa: RUF001 - Russian
    ),
    "ja": ("月曜日 火曜日 水曜日 木曜日 金曜日 土曜日 日曜日", "月 火 水 木 金 土 日"),
    "ko": ("월요일 화요일 수요일 목요일 금요일 토요일 일요일", "월 화 수 목 금 토 일"),
}
_OTHER_WEEKDAYS = {
    "tues": ("en", 1), "thur": ("en", 3), "thurs": ("en", 3), "weds": ("en", 2),
    "sonnabend": ("de", 5),
}  # fmt: skip
_HOURS = {
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 1, "cet": 1, "mez": 1, "cest": 2, "mesz": 2,
    "eet": 2, "eest": 3, "msk": 3, "jst": 9, "kst": 9, "aest": 10, "aedt": 11,
    "est": -5, "edt": -4, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip


class Name(Value):
    """A name of a month (from 1) or a weekday (Monday is 0), as a language has it."""

    language: str
    number: int
    is_short: bool


@cache
def months() -> Mapping[str, tuple[Name, ...]]:
    """Give what each month's name, in lower case, may mean."""
    return _index(_MONTHS, _OTHER_MONTHS, 1)


@cache
def weekdays() -> Mapping[str, tuple[Name, ...]]:
    """Give what each weekday's name, in lower case, may mean."""
    return _index(_WEEKDAYS, _OTHER_WEEKDAYS, 0)


def _index(
    table: Mapping[str, tuple[str, str]], others: Mapping[str, tuple[str, int]], first: int
) -> Mapping[str, tuple[Name, ...]]:
    found: dict[str, tuple[Name, ...]] = {}
    for language, names in table.items():
        for is_short, words in enumerate(names):
            for number, word in enumerate(words.split(), first):
                known = found.get(word.lower(), ())
                found[word.lower()] = (*known, Name(language, number, bool(is_short)))
    for word, (language, number) in others.items():
        known = (*found.get(word, ()), Name(language, number, is_short=True))
        found[word] = tuple(sorted(known, key=lambda name: list(table).index(name.language)))
    return found


def month_name(language: str, number: int, *, is_short: bool) -> str:
    """Write a month as a language does."""
    return _MONTHS[language][is_short].split()[number - 1]


def weekday_name(language: str, number: int, *, is_short: bool) -> str:
    """Write a weekday as a language does."""
    return _WEEKDAYS[language][is_short].split()[number]


def zone_of(text: str) -> dt.timezone | None:
    """Read ``Z``, ``UTC``, ``CET`` or ``+02:00``; None for a zone that may be one of several."""
    hours = _HOURS.get(text.lower())
    if hours is not None:
        return dt.timezone(dt.timedelta(hours=hours)) if hours else dt.UTC
    digits = "".join(filter(str.isdigit, text))
    if not digits:
        return None
    sign = -1 if text.lstrip("UTCGM")[0] in "-−" else 1  # noqa: RUF001 - typed by some
    hour, minute = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))  # noqa: PLR2004 - hours only
    offset = dt.timedelta(hours=hour, minutes=minute)
    return dt.timezone(sign * offset) if offset < dt.timedelta(hours=24) else None
