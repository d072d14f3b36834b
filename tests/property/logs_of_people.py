"""Logs as people type them, in any shape: what a writer of entries has to continue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

_MONTHS = "January February March April May June July August September October November December"
_MONATE = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
_DAYS = "Mon Tue Wed Thu Fri Sat Sun"

DATES: tuple[Callable[[dt.date], str], ...] = (
    dt.date.isoformat,
    dt.date.isoformat,
    lambda day: f"{day:%Y/%m/%d}",
    lambda day: f"{day.year}-{day.month}-{day.day}",
    lambda day: f"{_MONTHS.split()[day.month - 1]} {day.day}, {day.year}",
    lambda day: f"{day.day} {_MONTHS.split()[day.month - 1][:3]} {day.year}",
    lambda day: f"{day.day}. {_MONATE.split()[day.month - 1]} {day.year}",
    lambda day: f"{day:%d.%m.%Y}",
    lambda day: (
        f"{_DAYS.split()[day.weekday()]} {day.day} {_MONTHS.split()[day.month - 1][:3]} {day.year}"
    ),
    lambda day: f"{day} ({_DAYS.split()[day.weekday()]})",
)
_SOME = dt.date(2026, 3, 14)
HEADINGS = (
    "{date}: {title} (Session {id})",
    "{date} - {title}",
    "{date} — Session {id}: {title}",
    "{date} ({id}) — {title}",
    "[{date}] {title}",
    "[{date} {time}] - {title}",
    "{date} {time} - {title}",
    "Session {id}: {title} ({date})",
    "Session {id} — {date} — {title}",
    "Session {id} ({date})",
    "Session #{id} - {date}: {title}",
    "S{id} · {date} · {title}",
    "NF-{id} — {date} — {title}",
    "Session AB-{id}: {title} ({date})",
    "Handoff: {title} ({date})",
    "Day {id} — {date}",
    "{title} ({date})",
    "Session — {date} — {title}",
    "🚀 {date} | {title}",
)
LED = (
    "{date}: {title} (S{id})",
    "{date} - {title}",
    "**{date}** — {title}",
    "**{date} (Session {id})**: {title}",
    "**{date} — Session {id}** — {title}",
    "{date} {time} - {title}",
    "Session {id} ({date}): {title}",
)
KEYS = (
    "Date: {date}\nSession: {id}\nSummary: {title}",
    "**Session:** {id}\n**Date:** {date}\n**Title:** {title}",
    "Session: {id}\nDate: {date}",
)
TITLES = ("Water the beds", "Weed the paths", "Sow", "Mend the roof", "Clean the pots", "Turn soil")
BODIES = (
    "",
    "Done.\n",
    "- One\n- Two\n",
    "Some words\nover two lines.\n\n```sh\nmake\n```\n",
    "**Status**: fine\n\n> Quoted.\n",
)
TOPS = (
    ("# Greenhouse log\n", "##"),
    ("# Greenhouse\n\nGlass and soil.\n\n## Session log\n", "###"),
    ("---\ntitle: Greenhouse\n---\n\n# Greenhouse\n\n## Progress log\n", "###"),
    ("# Greenhouse\n\n## History\n", "###"),
)
FEET = ("", "", "\n## Colophon\n\nThe end.\n")


@dataclass(frozen=True, slots=True)
class Log:
    """A log, and what it was made of; entries oldest first, each with its line breaks."""

    top: str
    entries: tuple[str, ...]
    between: str
    foot: str
    newest_first: bool
    days: tuple[dt.date, ...]
    number: int
    numbered: str
    newline: str = "\n"

    def text(self, count: int | None = None, *, order: Random | None = None) -> str:
        """Write the log, or one with its oldest entries alone, or with all in any order."""
        entries = list(self.entries[:count])
        if self.newest_first:
            entries.reverse()
        if order:
            order.shuffle(entries)
        text = f"{self.top}\n{self.between.join(entries)}"
        return (text + self.foot).replace("\n", self.newline)


def make_log(random: Random) -> Log:
    """Draw a log of three to seven entries in any of the shapes."""
    top, marks = random.choice(TOPS)
    shape = random.choice(("headings", "headings", "headings", "tight", "loose", "words", "keys"))
    layouts = {"headings": HEADINGS, "keys": KEYS}.get(shape, LED)
    # A paragraph "14. Januar 2026" is an item of a list to the parser.
    dates = DATES if shape == "headings" else [date for date in DATES if date(_SOME)[2:4] != ". "]
    layout, date, body = random.choice(layouts), random.choice(dates), random.choice(BODIES)
    number, day = random.randint(1, 120), dt.date(2026, random.randint(1, 8), random.randint(1, 28))
    between = (
        random.choice(("", "", "---\n\n", "***\n\n", "=======\n\n")) if shape == "headings" else ""
    )
    marker = random.choice(("- ", "* ", "- "))
    days, entries = [], []
    for step in range(random.randint(3, 7)):
        day += dt.timedelta(days=random.randint(1, 9))
        words = layout.format(
            date=date(day),
            time=f"{random.randint(0, 23):02}:{random.randint(0, 59):02}",
            id=number + step,
            title=random.choice(TITLES),
        )
        days.append(day)
        if shape == "headings":
            entries.append(f"{marks} {words}\n\n{body}" + ("\n" if body else ""))
        elif shape == "tight":
            entries.append(f"{marker}{words}\n" + ("  - more\n" if body else ""))
        elif shape == "loose":
            entries.append(f"{marker}{words}\n\n" + ("  More of it.\n\n" if body else ""))
        else:
            entries.append(f"{words}\n\n" + ("Some words.\n\n" if body else ""))
    code = "NF-" if layout.startswith("NF") else "AB-" if "AB-" in layout else ""
    return Log(
        top,
        tuple(entries),
        between,
        random.choice(FEET),
        random.random() < 0.5,
        tuple(days),
        number + len(days),
        f"{code}{number + len(days)}",
        random.choice(("\n", "\n", "\r\n")),
    )
