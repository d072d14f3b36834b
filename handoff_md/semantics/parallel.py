"""The documented form of a parallel section, and what one holds: header, sessions, what escaped."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from handoff_md.semantics.document.header import fields_of, read_words
from handoff_md.syntax.grammar import EntryKind, PartHeading, read_part_heading
from handoff_md.syntax.nodes import (
    Document,
    Entry,
    Field,
    Heading,
    Part,
    Section,
    walk,
)
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.value import Value

_SESSION = lazy_pattern(r"\W*(?:parallel\s+)?session\b|\W*#?[0-9]+\b", re.IGNORECASE)
_DEEPEST = 6
ORCHESTRATOR = "orchestrator"
EXECUTIONS = "parallel executions"


def section_heading(ids: Sequence[SessionId], date: dt.date) -> str:
    """Give the words of a parallel section's heading, as documented."""
    return f"Parallel Sessions {', '.join(map(str, ids))} ({date.isoformat()})"


def count_agents(count: int) -> str:
    """Give the value of a parallel section's ``**Parallel Executions**``, as documented."""
    return "1 agent" if count == 1 else f"{count} agents"


class Escaped(Value):
    """A heading of a session's summary that does not stand below the session's own.

    ``inner`` are the headings that belong to it; all have to move by ``delta`` levels down.
    """

    heading: Heading
    inner: tuple[Heading, ...]
    delta: int

    @property
    def fits(self) -> bool:
        """Tell whether all its headings can be moved."""
        return all(one.level + self.delta <= _DEEPEST for one in (self.heading, *self.inner))


class ParallelSection(Value, dict=True, gc=True):
    """A parallel section as it stands in a document.

    ``following`` are the headings behind it, down to the next entry that is none of its parts.
    """

    source: Source
    entry: Entry
    following: tuple[Heading, ...]

    @cached_property
    def subsections(self) -> tuple[Part | Section, ...]:
        """Give what is headed directly below the section's heading."""
        return tuple(node for node in self.entry.children if isinstance(node, Part | Section))

    @cached_property
    def header(self) -> tuple[Field, ...]:
        """Give the fields above the first subsection."""
        return fields_of(self.source, self.entry.children)

    def field(self, key: str) -> Field | None:
        """Give a field of the header by its key, in any case."""
        return next(
            (one for one in self.header if read_words(self.source, one.key).casefold() == key), None
        )

    def read(self, node: Part | Section) -> PartHeading | None:
        """Read a subsection's heading; None where it is no ``Session 19: Title``."""
        return read_part_heading(self.source.slice(node.heading.text))

    @cached_property
    def malformed(self) -> tuple[Part | Section, ...]:
        """Give the subsections whose headings should be a session's, and are none.

        Those behind a session whose headings speak of no session have escaped from its summary.
        """
        found: list[Part | Section] = []
        seen = False
        for node in self.subsections:
            heading = self.read(node)
            if heading is None:
                words = self.source.slice(node.heading.text)
                if not seen or _SESSION.match(words):
                    found.append(node)
            elif not heading.title:
                found.append(node)
            seen = seen or heading is not None
        return tuple(found)

    @cached_property
    def missing(self) -> tuple[SessionId, ...]:
        """Give the sessions that the heading names, and no subsection is about."""
        told = {heading.session_id for heading in map(self.read, self.subsections) if heading}
        return tuple(dict.fromkeys(i for i in self.entry.session_ids if i not in told))

    @cached_property
    def part_level(self) -> int:
        """Give the level of the sessions' headings."""
        parts = self.entry.parts
        return parts[0].heading.level if parts else self.entry.heading.level + 1

    @cached_property
    def escaped(self) -> tuple[Escaped, ...]:
        """Give what has escaped from the sessions' summaries.

        Behind a session, that is a heading of its level that speaks of no session. Behind the
        section, it is what stands between it and the heading of a session that it lacks.
        """
        inside = [heading for node in self.subsections for heading in _headings(node)]
        malformed = {node.heading for node in self.malformed}
        groups: list[list[Heading]] = []
        seen, root = False, 0
        for heading in (*inside, *self._torn_off()):
            words = self.source.slice(heading.text)
            if heading in malformed or (
                heading.level <= self.part_level and read_part_heading(words)
            ):
                seen, root = True, 0
            elif root and heading.level > root:
                groups[-1].append(heading)
            elif seen and heading.level <= self.part_level:
                groups.append([heading])
                root = heading.level
        level = self.part_level + 1
        return tuple(
            Escaped(group[0], tuple(group[1:]), level - group[0].level) for group in groups
        )

    @property
    def torn_off_parts(self) -> tuple[tuple[Heading, PartHeading], ...]:
        """Give the sessions of the section that stand behind it: their headings, and these read."""
        read = ((one, read_part_heading(self.source.slice(one.text))) for one in self._torn_off())
        return tuple((one, part) for one, part in read if part and part.session_id in self.missing)

    def _torn_off(self) -> tuple[Heading, ...]:
        """Give the headings that follow, down to that of the last of the sessions that it lacks."""
        if not self.missing or not self.entry.parts:
            return ()
        last = -1
        for index, heading in enumerate(self.following):
            part = read_part_heading(self.source.slice(heading.text))
            if part and part.session_id in self.missing:
                last = index
        return self.following[: last + 1]


def parallel_sections(document: Document) -> tuple[ParallelSection, ...]:
    """Give the parallel sections of a document, in its order."""
    if not any(entry.kind is EntryKind.PARALLEL for entry in document.entries):
        return ()
    found: list[ParallelSection] = []
    current: Entry | None = None
    following: list[Heading] = []
    for node in walk(document):
        if isinstance(node, Entry) and not (current and _is_torn_off(document, current, node)):
            if current:
                found.append(ParallelSection(document.source, current, tuple(following)))
            following = []
            current = node if node.kind is EntryKind.PARALLEL else None
        elif current and isinstance(node, Heading) and node.span.start >= current.span.end:
            following.append(node)
    if current:
        found.append(ParallelSection(document.source, current, tuple(following)))
    return tuple(found)


def _is_torn_off(document: Document, section: Entry, entry: Entry) -> bool:
    """Tell whether an entry is, by its heading, a session's part of the section before it."""
    part = read_part_heading(document.source.slice(entry.heading.text))
    return (
        part is not None
        and part.session_id in section.session_ids
        and entry.heading.level > section.heading.level
    )


def _headings(node: Part | Section) -> Iterator[Heading]:
    return (below for below in walk(node) if isinstance(below, Heading))


def orchestrator_of(document: Document, entry: Entry) -> SessionId | None:
    """Give the session that an entry names as its ``**Orchestrator**``, None without one."""
    source = document.source
    for field in fields_of(source, entry.children):
        if read_words(source, field.key) == "Orchestrator":
            return read_session_id(source.slice(field.value).removeprefix("Session").strip())
    return None
