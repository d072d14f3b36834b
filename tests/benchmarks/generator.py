"""Makes handoff documents and summaries of a given size, in the shape of real ones; seeded."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from random import Random

MARKERS = (
    "<!-- scriv-insert-here -->",
    "<!-- scriv-end-here -->",
    "<!-- towncrier release notes start -->",
)
"""Where the tools of the comparison insert: right below the heading of the entries."""

NEWEST = dt.date(2025, 12, 17)
FIRST_SUMMARY = 10_001

SUB_HEADINGS = ("Done", "Decisions", "Next")
"""What most entries are divided by: every entry repeats them."""

_RULE = "---\n\n"
_SUMMARY_SIZE = 1024
_TAIL_SIZE = 6_000
_NOUNS = (
    "parser build cache report index queue worker schema token folder module review draft plan "
    "merge branch header table link fixture test gate rule limit path script label budget"
)
_VERBS = (
    "adds checks moves splits keeps reads writes drops renames counts sorts guards joins proves "
    "measures explains covers reverts accepts refuses"
)
_ADJECTIVES = (
    "small early shared broken missing nightly public stable quick noisy written known remote "
    "local final empty second atomic plain open"
)
_STATES = "done reviewed blocked ready planned"


def make_document(size: int, *, seed: int = 1) -> str:
    """Make a document of about ``size`` bytes (at least 12,000), LF, ASCII.

    It has header fields, a dashboard with tables, ``## Recent Sessions`` with dated entries that
    link their logs, newest first and with a rule between them, and closing sections.
    """
    words = Words(seed)
    head = "".join([*_header(), *_dashboard(words), "## Recent Sessions\n\n", *_markers()])
    tail = "".join(_closing(words))
    room = size - len(head) - len(tail)
    entries: list[str] = []
    for number in itertools.count():
        entry = _entry(words, number)
        room -= len(entry) + len(_RULE)
        if room < 0:
            break
        entries.append(entry)
    return head + _RULE.join(entries) + tail


def make_summary(number: int, *, seed: int = 1, front_matter: bool = True) -> str:
    """Make a session's summary of about 1 KB; without front matter, its body alone."""
    words = Words(seed * 1_000_003 + number)
    title = f"{words.adjective()} {words.noun()} {words.noun()}".capitalize()
    date = NEWEST + dt.timedelta(days=1)
    log = f".agents/sessions/{log_name(number)}"
    fields = (
        f"session: {number}\ntitle: {title}\ndate: {date}\nagent: implementer\n"
        f"status: complete\nlog: {log}\n"
    )
    text = f"# Session {number}: {title}\n\n{words.paragraph(2)}\n## Decisions\n\n"
    text += "".join(words.items(3)) + f"\n```sh\nmake {words.noun()}\n```\n\n## Next\n\n"
    while len(text) < _SUMMARY_SIZE - 40:
        text += words.item()
    return f"---\n{fields}---\n{text}" if front_matter else text


def make_entry(number: int, *, seed: int = 1) -> str:
    """Make the entry of a session that is newer than the document's, as a branch would add it."""
    words = Words(seed * 1_000_003 + number)
    date = NEWEST + dt.timedelta(days=1)
    return (
        f"### {date}: {words.adjective().capitalize()} {words.noun()} (Session {number})\n\n"
        f"**Session Log**: [Session {number}](./sessions/{log_name(number)})\n"
        f"**Status**: {words.state()}\n\n{words.paragraph(2)}\n"
        f"{''.join(words.items(4))}\n{_RULE}"
    )


def log_name(number: int) -> str:
    """Give the name of the log of a session that has a summary."""
    return f"{NEWEST + dt.timedelta(days=1)}-session-{number}-work.md"


class Words:
    """A seeded source of sentences."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - text for a benchmark, no secret

    def _choose(self, words: str) -> str:
        return self._random.choice(words.split())

    def noun(self) -> str:
        return self._choose(_NOUNS)

    def adjective(self) -> str:
        return self._choose(_ADJECTIVES)

    def state(self) -> str:
        return self._choose(_STATES)

    def count(self, most: int) -> int:
        return self._random.randint(1, most)

    def clause(self) -> str:
        return (
            f"the {self.adjective()} {self.noun()} {self._choose(_VERBS)} "
            f"every {self.adjective()} {self.noun()}"
        )

    def sentence(self) -> str:
        return f"{self.clause().capitalize()}, and {self.clause()}."

    def paragraph(self, sentences: int) -> str:
        return "".join(f"{self.sentence()}\n" for _ in range(sentences))

    def item(self) -> str:
        return (
            f"- **{self.noun().capitalize()}**: {self.clause()} "
            f"in the {self.adjective()} {self.noun()} (`{self.noun()}.py`)\n"
        )

    def items(self, count: int) -> Iterator[str]:
        return (self.item() for _ in range(count))


def _header() -> Iterator[str]:
    yield "# Project Handoff\n\n"
    yield "**Project**: Example\n**Version**: 1.0\n"
    yield f"**Last Updated**: {NEWEST}\n**Current Phase**: Building\n**Status**: Green\n\n---\n\n"


def _dashboard(words: Words) -> Iterator[str]:
    yield "## Project Dashboard\n\n### Status\n\n"
    yield from _table(words, ("Project", "Status", "Blocker", "Next"), 14)
    yield "\n### Metrics\n\n"
    yield from words.items(8)
    yield "\n### Next actions\n\n"
    for number in range(1, 6):
        yield f"{number}. **{words.noun().capitalize()}** (P{number})\n"
        yield f"   - {words.sentence()}\n   - Done: {words.clause()}\n"
    yield "\n"


def _markers() -> Iterator[str]:
    for marker in MARKERS:
        yield f"{marker}\n"
    yield "\n"


def _entry(words: Words, number: int) -> str:
    """Make one entry; ``number`` counts from the newest."""
    date = NEWEST - dt.timedelta(days=number // 3)
    session = 400 - number
    log = f"{date}-session-{session}-{words.noun()}.md"
    title = f"{words.adjective()} {words.noun()}".capitalize()
    parts = [
        f"### {date}: {title} (Session {session})\n\n",
        f"**Session Log**: [Session {session}](./sessions/{log})\n",
        f"**Agent**: implementer\n**Status**: {words.state()}\n\n",
        f"{words.paragraph(words.count(3))}\n",
        *(f"#### {name}\n\n{''.join(words.items(words.count(3)))}\n" for name in SUB_HEADINGS),
    ]
    if number % 2:
        parts += [f"```python\nfor {words.noun()} in {words.noun()}s:\n    pass\n```\n\n"]
    if not number % 3:
        parts += [*_table(words, ("Metric", "Before", "After"), 3 + words.count(4)), "\n"]
    if not number % 4:
        parts += [f"#### {words.noun().capitalize()}\n\n> {words.sentence()}\n\n"]
    return "".join(parts)


def _table(words: Words, names: Sequence[str], rows: int) -> Iterator[str]:
    yield f"| {' | '.join(names)} |\n{'|---' * len(names)}|\n"
    for _ in range(rows):
        cells = (f"{words.adjective()} {words.noun()}" for _ in names[2:])
        yield f"| **{words.noun()}** | {words.state()} | {' | '.join(cells)} |\n"


def _closing(words: Words) -> Iterator[str]:
    size = 0
    for number in itertools.count(1):
        text = f"## Phase {number}: {words.noun().capitalize()}\n\n{words.paragraph(3)}\n"
        text += f"- [x] {words.clause()}\n- [ ] {words.clause()}\n\n"
        size += len(text)
        if size > _TAIL_SIZE:
            break
        yield text
    yield f"## References\n\n- See [the guide][guide].\n\n[guide]: https://example.org/{words.noun()}\n"
