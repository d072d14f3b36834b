"""Laws of a document that is built, over generated documents and sessions.

The oracle of where a session goes is written from the contract, and shares no code with `build`: a
session stands behind the newer pieces at the newest end; those of one place by date, time, id. In
every third document entries stand below months, and each session below its own.
"""

from __future__ import annotations

import datetime as dt
import re
from random import Random

import pytest
from msgspec.structs import replace

from handoff_md.derived.again import split_again
from handoff_md.derived.building import build
from handoff_md.derived.pieces import Pieces
from handoff_md.derived.splitting import split
from handoff_md.merge.request import MergeOptions
from handoff_md.syntax.parse import parse

_Key = tuple[dt.date, str, tuple[bool, int, str]]
_FEW, _MANY = 15, 1500
_HEAD = "# Handoff\n\n**Last Updated**: 2026-01-01\n\n## Recent Sessions\n\n"
_TAILS = ("", "\n## Next Steps\n\n- all\n", "\n---\n\nA footer.\n")
_GAPS = ("\n", "\n---\n\n", "\n\n", "\n* * *\n\n")
_BODIES = (
    "Words.",
    "- [ ] task\n- item\n\n      code\n",
    "```\n### no heading\n",
    "<details>\n\nnever closed",
    "## Part\n\n# Above\n\n[a]: ./x\n\nSee [a] and [^1].",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "Setext\n===\n\n> quote\n\n---",
    "<!-- open",
)


def _day(number: int) -> dt.date:
    return dt.date(2026, 1, 1) + dt.timedelta(number)


class _Scene:
    """A document's old entries as ``(mark, day)``, and sessions as ``(mark, day, time, id)``."""

    def __init__(self, seed: int) -> None:
        self.in_months = seed % 3 == 2
        self.level = 4 if self.in_months else 3
        step = 5 if self.in_months else 1
        random = Random(seed)  # noqa: S311 - repeatable, not secret
        self.newest_first = random.random() < 0.5
        days = sorted(random.choices(range(2, 40, 3), k=random.randint(2, 6)))
        if len(set(days)) == 1:
            days[-1] += 1
        self.old = [(f"Old{n}", _day(day * step)) for n, day in enumerate(days)]
        if self.newest_first:
            self.old.reverse()
        gap = random.choice(_GAPS)
        self.newline = random.choice(("\n", "\n", "\r\n"))
        hashes = "#" * self.level
        entries = [
            f"{hashes} {day}: {mark} (Session {100 + n})\n\n{random.choice(_BODIES[:2])}\n"
            for n, (mark, day) in enumerate(self.old)
        ]
        if self.in_months:
            gap, known = "\n", set[str]()
            for n, (_, day) in enumerate(self.old):
                if (month := f"### {day:%B %Y}\n\n") not in known:
                    known.add(month)
                    entries[n] = month + entries[n]
        text = _HEAD + gap.join(entries) + random.choice(_TAILS)
        self.data = text.replace("\n", self.newline).encode()
        self.sessions: list[tuple[str, dt.date, str, str]] = []
        self.files: dict[str, bytes] = {}
        self.runs: dict[str, str] = {}
        for n in range(random.randint(1, 8)):
            day, time = _day(random.randrange(44) * step), random.choice(("", "08:30", "21:05"))
            session_id = random.choice((f"{200 + n}", f"{day:%y%m%d}-k{n}fx", f"Ab-{n}"))
            run = random.choice(("", "", "one", "two"))
            self._add(random, f"New{n}", day, time, session_id, run)

    def _add(
        self, random: Random, mark: str, day: dt.date, time: str, session_id: str, run: str
    ) -> None:
        name = f"{day}-session-{session_id}.md"
        fields = f"title: {mark}\n" + (f'time: "{time}"\n' if time else "")
        if run:
            fields += f"run: {run}\norchestrator: 9\n"
            self.runs[mark] = run
        self.files[name] = f"---\n{fields}---\n{random.choice(_BODIES)}\n".encode()
        self.sessions.append((mark, day, time, session_id))

    def expected(self) -> list[str]:
        """Give the marks of all entries, and of parts by their run, as they have to stand."""
        slots: dict[int, list[tuple[str, _Key, str]]] = {}
        told: set[str] = set()
        for mark, day, time, session_id in sorted(self.sessions, key=self._order):
            run = self.runs.get(mark)
            if run and run in told:
                continue
            key: _Key = (day, time or "00:00", _id_key(session_id))
            where = day
            if run:
                told.add(run)
                where = max(one[1] for one in self.sessions if self.runs.get(one[0]) == run)
            month = f"{where:%Y-%m}" if self.in_months else ""
            slots.setdefault(self._slot(where), []).append((month, key, run or mark))
        marks: list[str] = []
        for place in range(len(self.old) + 1):
            group = [name for *_, name in sorted(slots.get(place, []), key=lambda one: one[:2])]
            marks += reversed(group) if self.newest_first else group
            marks += [mark for mark, _ in self.old[place : place + 1]]
        return marks

    @staticmethod
    def _order(session: tuple[str, dt.date, str, str]) -> _Key:
        _, day, time, session_id = session
        return (day, time or "00:00", _id_key(session_id))

    def _slot(self, day: dt.date) -> int:
        """Count the old entries above: behind the newer ones, from the newest end."""
        newer = sum(old > day for _, old in self.old)
        return newer if self.newest_first else len(self.old) - newer

    def marks(self, text: str) -> list[str]:
        """Give the marks of a document's entries; a run's section counts as the run."""
        found: list[str] = []
        for line in text.splitlines():
            if re.match(f"{'#' * self.level} .*(?:Old|New)[0-9]", line):
                found += re.findall("(?:Old|New)[0-9]+", line)
            elif line.startswith(f"{'#' * self.level}# Session "):
                mark = re.findall("New[0-9]+", line)[0]
                run = self.runs[mark]
                found += [run] if found[-1:] != [run] else []
        return found


def _hold_months(text: str) -> None:
    """Hold each entry to stand below the heading of its month, of which there is one."""
    months, month = [], ""
    for line in text.splitlines():
        if re.fullmatch("### [A-Z][a-z]+ [0-9]{4}", line):
            months.append(month := line.removeprefix("### "))
        elif line.startswith("#### ") and (day := re.search("[0-9]{4}-[0-9]{2}-[0-9]{2}", line)):
            assert f"{dt.date.fromisoformat(day.group()):%B %Y}" == month
    assert len(set(months)) == len(months)


def _id_key(text: str) -> tuple[bool, int, str]:
    if text.isdecimal():
        return (False, int(text), "")
    number, _, rest = text.partition("-")
    if number.isdecimal():
        return (False, int(number), rest.casefold())
    return (True, int(rest), text.casefold())


def _hold_laws(seed: int) -> None:
    scene = _Scene(seed)
    plain = split(parse(scene.data))
    assert build(plain).source.to_bytes() == scene.data
    pieces: Pieces = replace(plain, sessions=scene.files)
    built = build(pieces)
    text = built.source.text
    assert scene.marks(text) == scene.expected(), seed
    if scene.in_months:
        _hold_months(text)
    for mark, *_ in scene.sessions:
        assert text.count(mark) == 1
    lines = iter(text.splitlines())
    for line in scene.data.decode().splitlines():
        wanted = line.split(":")[0] if line.startswith("**Last") else line
        assert any(found == line or found.startswith(wanted) for found in lines), (seed, line)
    endings = set(re.findall("\r\n|\r|\n", text))
    assert endings == {scene.newline}
    backwards = dict(reversed(scene.files.items()))
    assert build(replace(pieces, sessions=backwards)).source == built.source
    again = split_again(parse(built.source), pieces, built, options=MergeOptions())
    assert (again.order, again.sessions) == (pieces.order, pieces.sessions), seed
    assert build(again).source == built.source
    frozen = split(parse(built.source))
    assert build(frozen).source == built.source
    edited = text.replace("Old0", "Old0 and more", 1)
    taken = split_again(parse(edited), pieces, built, options=MergeOptions())
    assert build(taken).source.text == edited


def test_what_is_built_holds_to_its_laws() -> None:
    for seed in range(_FEW):
        _hold_laws(seed)


@pytest.mark.full
def test_what_is_built_holds_to_its_laws_in_many_documents() -> None:
    for seed in range(_FEW, _MANY):
        _hold_laws(seed)
