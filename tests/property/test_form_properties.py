"""Generated logs are read as what they were made as, whatever notation they are written in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

import pytest

from handoff_md.semantics.entries.section import find_entries_section
from handoff_md.syntax.form.form import Certainty, FormHints, Shape
from handoff_md.syntax.parse import parse

_DATES: tuple[Callable[[dt.date], str], ...] = (
    lambda day: day.isoformat(),
    lambda day: day.strftime("%Y/%m/%d"),
    lambda day: f"{day:%B} {day.day}, {day.year}",
    lambda day: f"{day.day} {day:%b} {day.year}",
    lambda day: f"{day:%a} {day.day} {day:%b} {day.year}",
    lambda day: f"[{day.isoformat()}]",
    lambda day: f"{day.year}年{day.month}月{day.day}日",
)
_SOME = dt.date(2026, 3, 5)
_LAYOUTS = (
    "{date}: {title} (Session {id})",
    "{date} - {title}",
    "{date} ({id}) — {title}",
    "Session {id} — {date} — {title}",
    "Session {id}: {title} ({date})",
    "Session GH-{id}: {title} ({date})",
    "{title} ({date})",
    "Iteration {id} - {date}: {title}",
)
_LED_LAYOUTS = ("**{date}** — {title}", "{date}: {title}", "**Session {id}** ({date}): {title}")
_TITLES = ("Water the beds", "Weed the paths", "Sow", "Mend the roof", "Clean the pots")
_HEADS = ("# Greenhouse log\n\n", "# Greenhouse\n\n## About\n\nGlass.\n\n## Session log\n\n")
_FOOT = "\n## Colophon\n\nThe end.\n"


@dataclass(frozen=True, slots=True)
class _Log:
    """A log that was made, and what it was made of: entries oldest first."""

    shape: Shape
    head: str
    entries: Sequence[str]
    days: Sequence[dt.date]
    newest_first: bool

    def text(self, count: int) -> str:
        """Write the log with its oldest entries alone."""
        entries = list(self.entries[:count])
        if self.newest_first:
            entries.reverse()
        return self.head + "".join(entries) + (_FOOT if self.head == _HEADS[1] else "")


def _make(random: Random) -> _Log:
    shape = random.choice([Shape.HEADINGS, Shape.HEADINGS, Shape.ITEMS, Shape.PARAGRAPHS])
    head = random.choice(_HEADS)
    layout = random.choice(_LAYOUTS if shape is Shape.HEADINGS else _LED_LAYOUTS)
    # A paragraph "[2026-03-05]: …" is a link definition (CommonMark, section 4.7).
    dates = [date for date in _DATES if shape is not Shape.PARAGRAPHS or date(_SOME)[0] != "["]
    date, body = random.choice(dates), random.choice(["", "Done.\n\n", "- One\n- Two\n\n"])
    first, number = (
        dt.date(2026, random.randint(1, 9), random.randint(1, 28)),
        random.randint(1, 90),
    )
    days = [first + dt.timedelta(days=step * random.choice([1, 2, 9])) for step in range(6)]
    days.sort()
    marks = "##" if head == _HEADS[0] else "###"
    entries = []
    for step, day in enumerate(days):
        title = random.choice(_TITLES)
        words = layout.format(date=date(day), id=number + step, title=title)
        if shape is Shape.HEADINGS:
            entries.append(f"{marks} {words}\n\n{body}")
        elif shape is Shape.ITEMS:
            entries.append(f"- {words}\n")
        else:
            entries.append(f"{words}\n\n")
    return _Log(shape, head, entries, days, random.random() < 0.5)


def check(seed: int) -> None:
    log = _make(Random(seed))  # noqa: S311 - repeatable, not secret
    identities = set()
    for count in range(3, len(log.entries) + 1):
        text = log.text(count)
        document = parse(text, hints=FormHints("HANDOFF.md"))
        days = list(log.days[:count])
        if log.newest_first:
            days.reverse()
        assert document.to_bytes() == text.encode(), seed
        assert document.form.certainty is Certainty.SURE, (seed, text)
        assert [entry.date for entry in document.entries] == days, (seed, text)
        assert document.form.place is not None
        identities.add(document.form.place.identity)
        if len(set(days)) > 1:
            order = find_entries_section(document).order
            assert order.newest_first is log.newest_first, (seed, text)
    assert len(identities) == 1, seed
    assert {shape for shape, _, _ in identities} == {log.shape}, seed


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_a_log_is_read_as_it_was_made_and_stays_so_as_it_grows(first: int) -> None:
    for seed in range(first, first + 50):
        check(seed)


@pytest.mark.full
def test_many_logs_are_read_as_they_were_made() -> None:
    for seed in range(1_000, 11_000):
        check(seed)
