"""Makes base documents of many shapes, seeded, and hands out the units that a change may touch."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from threeway_document import Unit

FIRST_DAY = dt.date(2025, 12, 1)
FIRST_SESSION = 11

_NOUNS = ("parser", "cache", "report", "index", "queue", "worker", "schema", "token", "folder")
_VERBS = ("checks", "moves", "splits", "keeps", "reads", "writes", "drops", "counts", "sorts")
_ADJECTIVES = ("small", "early", "shared", "broken", "missing", "nightly", "public", "stable")
_STATES = ("Done", "In review", "Blocked", "Planned", "READY_MERGE")
_CHORES = ("Tests pass", "Log committed", "Lint is clean", "Review answered")

_HEADINGS = (
    "### {date}: {title} (Session {number})",
    "### Session {number}: {title} ({date})",
    "### {date} - {title}",
    "### Session {number}: {title}",
    "## Session {number} - {date}",
    "## {date} — {title}",
)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a document writes its entries and tables."""

    heading: str
    newest_first: bool
    has_logs: bool
    has_rules: bool
    has_history: bool
    history_is_lastn: bool
    history_has_links: bool

    @property
    def is_flat(self) -> bool:
        """Tell whether the entries are the document's top sections."""
        return self.heading.startswith("## ")


@dataclass(frozen=True, slots=True)
class Session:
    """A session that an entry or a row tells of."""

    number: int
    date: dt.date
    title: str

    @property
    def rank(self) -> tuple[str, int, str]:
        return (str(self.date), self.number, self.title)

    @property
    def log(self) -> str:
        slug = self.title.lower().replace(" ", "-")
        return f"./sessions/{self.date}-session-{self.number}-{slug}.md"


class Scene:
    """A base document, and a seeded source of words and of units that are still untouched.

    No unit is handed out twice, so that the changes of two incidents never meet.
    """

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - text for a proof, no secret
        self._sentences = 0
        self._taken: set[str] = set()
        self._days_ahead: set[int] = set()
        self.layout = self._draw_layout()
        self.count = self.random.randint(2, 7)
        parts = self._parts()
        self.base = Unit("document", children=(*parts, *self._footer(Random(f"footer {seed}"))))  # noqa: S311 - as above

    def _draw_layout(self) -> Layout:
        chance = self.random.random
        return Layout(
            heading=self.random.choice(_HEADINGS),
            newest_first=chance() < 0.7,
            has_logs=chance() < 0.6,
            has_rules=chance() < 0.5,
            has_history=chance() < 0.6,
            history_is_lastn=chance() < 0.6,
            history_has_links=chance() < 0.7,
        )

    def sentence(self) -> str:
        """Give a sentence that stands nowhere else."""
        self._sentences += 1
        pick = self.random.choice
        return (
            f"The {pick(_ADJECTIVES)} {pick(_NOUNS)} {pick(_VERBS)} the {pick(_ADJECTIVES)} "
            f"{pick(_NOUNS)}, see note {self._sentences}."
        )

    def title(self) -> str:
        """Give a title that stands nowhere else."""
        self._sentences += 1
        pick = self.random.choice
        words = f"{pick(_ADJECTIVES)} {pick(_NOUNS)} {pick(_NOUNS)} {self._sentences}"
        return words.capitalize()

    def state(self) -> str:
        return self.random.choice(_STATES)

    def other_state(self, *states: str) -> str:
        """Give a state that is none of these."""
        return self.random.choice([state for state in _STATES if state not in states])

    def take(self, pattern: str) -> str | None:
        """Give the name of an untouched unit, and touch it; None where there is none left."""
        names = [unit.name for unit in self.base.walk() if re.fullmatch(pattern, unit.name)]
        free = [name for name in names if not self._is_taken(name)]
        if not free:
            return None
        name = self.random.choice(free)
        self._taken.add(name)
        return name

    def take_all(self, names: Sequence[str]) -> bool:
        """Touch several units; none, and False, where one has been touched before."""
        if any(self._is_taken(name) for name in names):
            return False
        self._taken.update(names)
        return True

    def _is_taken(self, name: str) -> bool:
        return "document" in self._taken or any(
            name == taken or name.startswith(f"{taken}.") or taken.startswith(f"{name}.")
            for taken in self._taken
        )

    @property
    def is_touched(self) -> bool:
        """Tell whether any unit has been handed out."""
        return bool(self._taken)

    def has(self, name: str) -> bool:
        return any(unit.name == name for unit in self.base.walk())

    def new_session(self, *, ahead: int = 1, number: int | None = None) -> Session:
        """Give a session newer than all of the base, ``ahead`` days at least.

        Its number and day are nobody else's, unless its number is set.
        """
        if number is None:
            while ahead in self._days_ahead:
                ahead += 1
            self._days_ahead.add(ahead)
        day = FIRST_DAY + dt.timedelta(days=self.count + ahead)
        return Session(number or FIRST_SESSION + self.count + ahead, day, self.title())

    def _session(self, index: int) -> Session:
        """Give the base's session number ``index``, the oldest first; two in a row share a day."""
        day = FIRST_DAY + dt.timedelta(days=index - index % 2)
        return Session(FIRST_SESSION + index, day, self.title())

    def _parts(self) -> Sequence[Unit]:
        sessions = [self._session(index) for index in range(self.count)]
        order = sessions[::-1] if self.layout.newest_first else sessions
        entries = [self.entry(session) for session in order]
        top = [self._header()]
        if self.layout.is_flat:
            small = self.random.random() < 0.3
            others = [] if small else [self._dashboard(), *self._history(sessions), self._notes()]
            return [*top, *others, Unit("sessions", children=tuple(entries))]
        before = [self._dashboard(), *self._history(sessions)]
        after = [self._phases(), self._notes(), self._archive(), self._references()]
        after += [self._progress(), self._stub(), self._ruled()]
        self.random.shuffle(after)
        head = ("## Recent Sessions", "")
        return [*top, *before, Unit("sessions", head, tuple(entries)), *after]

    def _footer(self, random: Random) -> list[Unit]:
        """Make what may stand behind all sections: by Markdown's rules it is the last one's end."""
        if random.random() < 0.5:
            return []
        words = random.sample(("See the guide", "Ask first", "Kept by the crew"), 2)
        forms = [
            ("---", "", f"*{words[0]}*"),
            (f"{words[0]}.", "", f"{words[1]}."),
            (f"<!-- {words[0]} -->",),
            ("***", "", f"- {words[0]}", f"- {words[1]}"),
        ]
        *lines, last = random.choice(forms)
        return [Unit("footer", tuple(lines), (Unit("footer.last", (last,)),))]

    def _header(self) -> Unit:
        updated = FIRST_DAY + dt.timedelta(days=self.count)
        fields = {
            "project": "**Project**: Example",
            "updated": f"**Last Updated**: {updated}",
            "phase": f"**Current Phase**: {self.title()}",
            "status": f"**Status**: {self.state()}",
        }
        units = [Unit(f"header.{name}", (line,)) for name, line in fields.items()]
        end = ("", "---", "") if self.layout.has_rules else ("",)
        return Unit("header", ("# Project Handoff", ""), tuple(units), end)

    def _dashboard(self) -> Unit:
        rows = [self.status_row(number) for number in range(101, 101 + self.random.randint(3, 7))]
        table = self.table("status", ("Project", "State", "Blocker", "Next"), rows)
        items = [self.item(f"metrics.{number}") for number in range(3)]
        metrics = Unit("metrics", ("### Metrics", ""), tuple(items), ("",))
        head = ("## Dashboard", "", "### Critical status", "")
        return Unit("dashboard", head, (table, metrics))

    def status_row(self, number: int, *cells: str) -> Unit:
        values = cells or (self.state(), "None", self.sentence())
        return Unit(f"status-{number}", (f"| **PR #{number}** | {' | '.join(values)} |",))

    def _history(self, sessions: Sequence[Session]) -> list[Unit]:
        if not self.layout.has_history:
            return []
        rows = [self.history_row(session) for session in reversed(sessions)]
        last = f" (Last {len(rows)})" if self.layout.history_is_lastn else ""
        table = self.table("rows", ("Session", "Date", "Type", "Outcome"), rows)
        return [Unit("history", (f"### Session History{last}", ""), (table,))]

    def history_row(self, session: Session, outcome: str = "") -> Unit:
        label = f"Session {session.number}"
        if self.layout.history_has_links:
            label = f"[{label}]({session.log})"
        words = outcome or self.sentence()
        line = f"| {label} | {session.date} | Work | {words} |"
        return Unit(f"row-{session.number}-{self._sentences}", (line,), rank=session.rank)

    @staticmethod
    def table(name: str, names: Sequence[str], rows: Sequence[Unit]) -> Unit:
        head = (f"| {' | '.join(names)} |", f"|{'---|' * len(names)}")
        return Unit(name, head, tuple(rows), ("",))

    def entry(self, session: Session, *, sections: bool | None = None) -> Unit:
        """Make the entry of a session: fields, a text, a list, chores, maybe code and a part."""
        name = f"entry-{session.number}-{self._sentences}"
        heading = self.layout.heading.format(
            date=session.date, title=session.title, number=session.number
        )
        parts = [self._fields(name, session), self._text(f"{name}.text", 3)]
        parts.append(self._list(f"{name}.list", self.random.randint(2, 5)))
        parts.append(self._chores(f"{name}.chores"))
        if self.random.random() < 0.3:
            parts.append(self._code(f"{name}.code"))
        if self.random.random() < 0.3 if sections is None else sections:
            level = heading.split(" ", 1)[0]
            head = (f"{level}# Decisions", "")
            items = tuple(self.item(f"{name}.part.{number}") for number in range(2))
            parts.append(Unit(f"{name}.part", head, items, ("",)))
        tail = ("---", "") if self.layout.has_rules else ()
        return Unit(name, (heading, ""), tuple(parts), tail, session.rank)

    def _fields(self, name: str, session: Session) -> Unit:
        fields = [Unit(f"{name}.fields.agent", ("**Agent**: implementer",))]
        if self.layout.has_logs:
            link = f"**Session Log**: [Session {session.number}]({session.log})"
            fields.insert(0, Unit(f"{name}.fields.log", (link,)))
        fields.append(Unit(f"{name}.fields.status", (f"**Status**: {self.state()}",)))
        return Unit(f"{name}.fields", (), tuple(fields), ("",))

    def _text(self, name: str, lines: int) -> Unit:
        units = [Unit(f"{name}.{number}", (self.sentence(),)) for number in range(lines)]
        return Unit(name, (), tuple(units), ("",))

    def _list(self, name: str, items: int) -> Unit:
        units = [self.item(f"{name}.{number}") for number in range(items)]
        return Unit(name, ("**What was done**:", ""), tuple(units), ("",))

    def item(self, name: str) -> Unit:
        return Unit(name, (f"- {self.sentence()}",))

    @staticmethod
    def _chores(name: str) -> Unit:
        """Make the boxes that every entry has, all alike."""
        units = [Unit(f"{name}.{i}", (f"- [ ] {chore}",)) for i, chore in enumerate(_CHORES)]
        return Unit(name, ("**Checklist**:", ""), tuple(units), ("",))

    def _code(self, name: str) -> Unit:
        """Make code with lines that would be a heading and a row elsewhere."""
        number = self.random.randint(1, 999)
        texts = (f"# Step {number}", f"make step-{number}", f"| step {number} | done |")
        lines = [Unit(f"{name}.{i}", (text,)) for i, text in enumerate(texts)]
        return Unit(name, ("```sh",), tuple(lines), ("```", ""))

    def _phases(self) -> Unit:
        items = [Unit(f"phases.{i}", (f"- 2025-11-{20 + i}: {self.sentence()}",)) for i in range(4)]
        return Unit("phases", ("## Phase log", ""), tuple(items), ("",))

    def _notes(self) -> Unit:
        texts = [self._text(f"notes.{i}", self.random.randint(1, 3)) for i in range(3)]
        return Unit("notes", ("## Notes", ""), tuple(texts))

    def _archive(self) -> Unit:
        old = Session(3, dt.date(2025, 10, 3), self.title())
        return Unit("archive", ("## Older work", ""), (self.entry(old),))

    def _progress(self) -> Unit:
        items = tuple(self.item(f"progress.{i}") for i in range(3))
        return Unit("progress", ("## 🟡 Phase 2 - IN PROGRESS", ""), items, ("",))

    def _stub(self) -> Unit:
        return Unit("stub", (f"## Ideas {self.random.randint(1, 9)}", ""))

    def _ruled(self) -> Unit:
        """Make a paragraph right above a rule, which Markdown takes for a heading of two lines."""
        lines = tuple(Unit(f"ruled.{i}", (self.sentence(),)) for i in range(3))
        return Unit("ruled", ("## Remarks", ""), lines, ("---", ""))

    def _references(self) -> Unit:
        lines = [
            Unit("references.0", ("- See [the guide][guide].", "")),
            Unit("references.1", ("[guide]: https://example.org/guide",)),
        ]
        return Unit("references", ("## References", ""), tuple(lines), ("",))
