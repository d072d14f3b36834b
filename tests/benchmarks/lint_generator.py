"""Makes what is linted, in the shape that agents write: entries dense with lists; seeded.

A real document of 120 KB served as the measure for how many headings, fields, list items, table
rows, links and code spans there are, and how long the lines.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator

from generator import NEWEST, SUB_HEADINGS, Words

_SESSIONS_A_DAY = 6
_LATEST = 10_000
_DONE, _DECISIONS, _NEXT = SUB_HEADINGS
_ICONS = ("✅", "🟢", "⚠️", "⏳")


def make_handoff(size: int, *, seed: int = 1) -> str:
    """Make a document of about ``size`` bytes of UTF-8, LF, newest entry first."""
    words = Words(seed)
    head = "".join(_head(words))
    room = size - len(head.encode())
    entries: list[str] = []
    for number in itertools.count():
        entry = "".join(_entry(words, number))
        room -= len(entry.encode())
        if room < 0:
            break
        entries.append(entry)
    return head + "".join(entries)


def count_entries(document: str) -> int:
    """Count the entries of a document that was made here."""
    return document.count("\n### ")


def make_table(count: int, *, seed: int = 1) -> str:
    """Make a document whose table of sessions links ``count`` logs."""
    words = Words(seed)
    links = (f"[Session {_LATEST - number}](./{log_path(number)})" for number in range(count))
    rows = (f"| {link} | {_date(number)} | {words.clause()} |" for number, link in enumerate(links))
    head = "| Session | Date | Outcome |\n|---------|------|---------|"
    return "\n".join([*_head(words), "## Session History\n", head, *rows, ""])


def log_path(number: int) -> str:
    """Give the path of a log from HANDOFF.md's folder; ``number`` counts from the newest entry."""
    return f"sessions/{_date(number)}-session-{_LATEST - number}-work.md"


def make_log(number: int, *, seed: int = 1) -> str:
    """Make the log of an entry, of about 4.5 KB, that keeps to the protocol."""
    words = Words(seed * 1_000_003 + number)
    return "".join(_log(words, number))


def _date(number: int) -> dt.date:
    return NEWEST - dt.timedelta(days=number // _SESSIONS_A_DAY)


def _head(words: Words) -> Iterator[str]:
    yield f"# Project Handoff\n\n**Project**: Example\n**Last Updated**: {NEWEST}\n"
    yield f"**Status**: {_ICONS[1]} Green - all gates pass\n\n---\n\n## Dashboard\n\n"
    yield "| Project | Status | Blocker | Next |\n|---------|--------|---------|------|\n"
    for _ in range(20):
        yield f"| **{words.noun()}** | {_ICONS[0]} {words.state()} | none | {words.clause()} |\n"
    yield "\n## Recent Sessions\n\n"


def _entry(words: Words, number: int) -> Iterator[str]:
    session = _LATEST - number
    title = f"{words.adjective()} {words.noun()}".capitalize()
    yield f"### {_date(number)}: {title} (Session {session})\n\n"
    yield f"**Session Log**: [Session {session}](./{log_path(number)})\n"
    yield f"**Agent**: implementer\n**Branch**: `feat/{words.noun()}`\n"
    yield f"**Status**: {_ICONS[number % len(_ICONS)]} {words.state().upper()}\n\n"
    yield f"**Objective**: {words.sentence()}\n\n#### {_DONE}\n\n"
    for step in range(1, 5 + number % 3):
        yield f"{step}. **{words.noun().capitalize()} {words.noun()}** (`{words.noun()}.py`)\n"
        if not number % 3:
            yield f"   - {words.clause()}\n"
    yield f"\n#### {_DECISIONS}\n\n"
    for _ in range(4 + number % 5):
        yield f"- **{words.noun().capitalize()}**: {words.sentence()}\n"
        if words.count(3) == 1:
            yield f"  - {words.clause()}\n"
    yield f"\n**Files changed:**\n\n- `src/{words.noun()}.py` - {words.clause()}\n"
    yield f"- `tests/test_{words.noun()}.py` - {words.clause()}\n\n"
    if number % 4 != 1:
        yield "| Metric | Before | After |\n|--------|--------|-------|\n"
        for _ in range(3 + number % 5):
            name = f"{words.adjective()} {words.noun()}"
            yield f"| {name} | {words.count(90)}% | {_ICONS[0]} 100% |\n"
        yield "\n"
    if not number % 6:
        yield f"```sh\nmake {words.noun()}\n```\n\n> {words.sentence()}\n\n"
    if not number % 3:
        yield f"- [x] {words.clause()}\n- [ ] {words.clause()}\n\n"
    yield f"#### {_NEXT}\n\n{words.sentence()} {words.sentence()}\n\n---\n\n"


def _log(words: Words, number: int) -> Iterator[str]:
    session = _LATEST - number
    yield f"# Session {session} - {_date(number)}\n\n"
    yield f"**Date**: {_date(number)}\n**Session**: {session}\n"
    yield f"**Branch**: `feat/{words.noun()}`\n\n"
    yield "## Protocol Compliance\n"
    for phase in ("Session Start", "Session End"):
        yield f"\n### {phase} (COMPLETE ALL)\n\n"
        yield "| Req | Step | Status | Evidence |\n|-----|------|--------|----------|\n"
        for _ in range(6):
            yield f"| MUST | {words.clause()} | [x] | {words.clause()} |\n"
    yield f"\n## Objective\n\n{words.paragraph(2)}\n## Work Log\n\n"
    for _ in range(5):
        yield f"### {words.noun().capitalize()} {words.noun()}\n\n{words.paragraph(2)}\n"
        yield "".join(words.items(4)) + "\n"
    yield f"## Decisions\n\n{''.join(words.items(3))}"
