"""Headings of one document, generated in any template: its own months, its own order of parts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from random import Random
from typing import NamedTuple

_EN = "January February March April May June July August September October November December"
_DE = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
_FR = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
_ES = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
_DAYS = "Mon Tue Wed Thu Fri Sat Sun"
_WORDS = "cache parse merge the look-ups tests write table board index"


def _month(names: str, day: dt.date) -> str:
    return names.split()[day.month - 1]


def _ordinal(day: int) -> str:
    teens = day in (11, 12, 13)
    return f"{day}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


DATES: dict[str, Callable[[dt.date], str]] = {
    "iso": dt.date.isoformat,
    "slashes": "{:%Y/%m/%d}".format,
    "dots": "{:%Y.%m.%d}".format,
    "unpadded": lambda day: f"{day.year}-{day.month}-{day.day}",
    "day first with dots": lambda day: f"{day.day}.{day.month}.{day.year}",
    "padded day first": "{:%d.%m.%Y}".format,
    "month first": "{:%m/%d/%Y}".format,
    "day first": "{:%d/%m/%Y}".format,
    "English": lambda day: f"{_month(_EN, day)} {day.day}, {day.year}",
    "abbreviated": lambda day: f"{_month(_EN, day)[:3]} {day.day}, {day.year}",
    "ordinal": lambda day: f"{_month(_EN, day)} {_ordinal(day.day)}, {day.year}",
    "English, day first": lambda day: f"{day.day} {_month(_EN, day)} {day.year}",
    "dashed": lambda day: f"{day.day:02}-{_month(_EN, day)[:3]}-{day.year}",
    "weekday": lambda day: (
        f"{_DAYS.split()[day.weekday()]} {day.day} {_month(_EN, day)[:3]} {day.year}"
    ),
    "weekday behind": lambda day: f"{day} ({_DAYS.split()[day.weekday()]})",
    "German": lambda day: f"{day.day}. {_month(_DE, day)} {day.year}",
    "French": lambda day: f"{day.day} {_month(_FR, day)} {day.year}",
    "Spanish": lambda day: f"{day.day} de {_month(_ES, day)} de {day.year}",
    "Japanese": lambda day: f"{day.year}年{day.month}月{day.day}日",
}
CLOCKS: dict[str, Callable[[dt.time], str]] = {
    "none": lambda _: "",
    "minutes": " {:%H:%M}".format,
    "zone": " {:%H:%M} UTC".format,
    "comma": ", {:%H:%M:%S}".format,
    "brackets": " ({:%H:%M})".format,
    "halves": lambda time: (
        f" {time.hour % 12 or 12}:{time.minute:02} {'pm' if time.hour >= 12 else 'am'}"
    ),
    "ISO": "T{:%H:%M:%S}Z".format,
}
IDS = (
    *("", "Session {}", "(Session {})", "Session #{}", "Session {:03}", "S{}", "[S{}]", "#{}"),
    *(
        "({})",
        "NF-{}",
        "Session NF-{}",
        "Day {}",
        "Handoff {}",
        "Sitzung {}",
        "第{}回",
        "Séance {}",
    ),
)
SEPARATORS = (": ", " — ", " - ", " – ", " | ", " ", ", ")
BRACKETS = ("{}", "[{}]", "({})", "**{}**", "`{}`")
ORDERS = ("date title id", "date id title", "id date title", "title date id", "title id date")


class Style(NamedTuple):
    """One way to head entries."""

    order: str
    separator: str
    bracket: str
    date: str
    clock: str
    ids: str

    def head(self, day: dt.date, time: dt.time, number: int, title: str) -> str:
        """Write a heading."""
        parts = {
            "date": self.bracket.format(DATES[self.date](day) + CLOCKS[self.clock](time)),
            "id": self.ids.format(number),
            "title": title,
        }
        return self.separator.join(parts[part] for part in self.order.split() if parts[part])


def draw_style(random: Random) -> Style:
    """Draw a way to head entries; times are written as in ISO behind such dates only."""
    date = random.choice([*DATES])
    clock = random.choice([*CLOCKS] if date == "iso" else [*CLOCKS][:-1])
    order, separator = random.choice(ORDERS), random.choice(SEPARATORS)
    return Style(order, separator, random.choice(BRACKETS), date, clock, random.choice(IDS))


class Siblings(NamedTuple):
    """The headings of a document, newest first, and what the next one is about."""

    heads: list[str]
    day: dt.date
    number: int


def draw_siblings(random: Random, style: Style, fewest: int = 2) -> Siblings:
    """Head a few entries of words without numbers, and some days of more than twelve."""
    first = dt.date(2026, random.randint(1, 12), 11)
    number = random.randint(1, 200)
    heads = []
    for index in range(random.randint(fewest, 8)):
        day = first + dt.timedelta(days=3 * index + random.randint(0, 2))
        time = dt.time(random.randint(0, 23), random.randint(0, 59), random.randint(0, 59))
        title = " ".join(random.sample(_WORDS.split(), random.randint(2, 4))).capitalize()
        heads.append(style.head(day, time, number + index, title))
    return Siblings(
        heads[::-1], day + dt.timedelta(days=random.randint(0, 40)), number + len(heads)
    )
