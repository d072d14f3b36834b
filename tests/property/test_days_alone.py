"""Logs whose headings are days alone, below months or weeks, are read and written as such."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from random import Random

import pytest

from handoff_md.merge.rendering import ENTRY, SECTION
from handoff_md.merge.request import MergeOptions
from handoff_md.merge.summaries import merge_summaries
from handoff_md.syntax.form.form import FormHints
from handoff_md.syntax.nodes import Document, Entry
from handoff_md.syntax.parse import parse
from handoff_md.syntax.summary import parse_summary

_HINTS = FormHints("HANDOFF.md")
_ENDINGS = ("th", "st", "nd", "rd")


def _ordinal(day: dt.date) -> str:
    last = day.day % 10
    return f"{day.day}{_ENDINGS[last if last < 4 and day.day // 10 != 1 else 0]}"


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(day.weekday())


_PERIODS: tuple[Callable[[dt.date], str], ...] = (
    lambda day: f"## {day:%B} {day.year}",
    lambda day: f"## {day:%Y-%m}",
    lambda day: f"## {day:%G-W%V}",
    lambda day: f"## Week of {_monday(day):%B} {_monday(day).day}, {_monday(day).year}",
)
_DAYS: tuple[Callable[[dt.date], str], ...] = (
    lambda day: str(day.day),
    lambda day: f"{day:%d}",
    lambda day: f"{day.day}.",
    lambda day: f"**{day.day}**",
    _ordinal,
    lambda day: f"{day:%a} {day.day}",
    lambda day: f"{day:%A}, {day.day}",
)
_SEPARATORS = (" - ", " — ", ": ", " | ")
_TITLES = ("Water the beds", "Weed 3 paths", "Sow", "Clean: pots", "(draft) plan", "2 more beds")


def _write(entries: list[tuple[dt.date, str]], random: Random) -> str:
    period, day = random.choice(_PERIODS), random.choice(_DAYS)
    separator, lines = random.choice(_SEPARATORS), ["# Garden journal"]
    for date, title in entries:
        heading = period(date)
        if heading not in lines:
            lines.append(heading)
        lines += [f"### {day(date)}{separator}{title}", *random.choices(["Done.", "- one"])]
    return "\n\n".join(lines) + "\n"


def _tell(entry: Entry) -> tuple[object, ...]:
    return entry.session_ids, entry.date, entry.title


def _add(document: Document, number: int, date: dt.date, *, single: bool) -> Document:
    summary = parse_summary(
        f"---\nsession: {number}\ntitle: Mend the roof\ndate: {date}\n---\nMended.\n",
        name=f".agents/temp/handoff-session-{number}-summary.md",
    )
    options = MergeOptions(rendering=ENTRY if single else SECTION)
    merged = merge_summaries(document, [summary], orchestrator="99", options=options)
    return parse(merged.content, hints=_HINTS)


def check(seed: int) -> bool:
    """Check one log, and tell whether it was read: its numbers may count something else."""
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    day, entries = dt.date(2025, random.randint(1, 12), random.randint(1, 28)), []
    for _ in range(random.randint(5, 9)):
        entries.append((day, random.choice(_TITLES)))
        day += dt.timedelta(random.choice([1, 2, 4, 9, 20]))
    newest_first = random.random() < 0.5
    text = _write(entries[::-1] if newest_first else entries, random)
    document = parse(text, hints=_HINTS)
    if not document.entries:
        return False
    read = [(entry.date, entry.title) for entry in document.entries]
    assert read == (entries[::-1] if newest_first else entries), text
    for number in (41, 42, 43):
        single = random.random() < 0.7
        told = [_tell(entry) for entry in document.entries]
        document = _add(document, number, day, single=single)
        new = [_tell(entry) for entry in document.entries]
        own = new.pop(0 if newest_first else -1)
        assert new == told, text
        assert own[1] == day, document.source.text
        assert f"### {day}" not in document.source.text, document.source.text
        day += dt.timedelta(random.choice([1, 5, 30]))
    return True


@pytest.mark.parametrize("first", [0, 20])
def test_days_alone_are_read_and_new_ones_are_written_like_them(first: int) -> None:
    assert sum(check(seed) for seed in range(first, first + 20)) >= 19


@pytest.mark.full
def test_many_days_alone_are_read_and_written() -> None:
    assert sum(check(seed) for seed in range(1_000, 3_000)) >= 1_950
