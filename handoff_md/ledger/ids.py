"""Which session ids are taken, and which comes next."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.semantics.entries.identity import recorded_sessions
from handoff_md.semantics.parallel.orchestrator import orchestrator_of
from handoff_md.syntax.grammar import EntryKind, LogName
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.session_id import SessionId
from handoff_md.value import Value

_WIDTH = 2


class KnownSessions(Value):
    """All ids that are known, and the logs by name."""

    ids: frozenset[SessionId]
    logs: tuple[LogName, ...]

    @property
    def next_number(self) -> int:
        """Give the number above all known ones."""
        return 1 + max((known.number for known in self.ids if known.number is not None), default=0)

    def write(self, number: int) -> SessionId:
        """Write a number as an id: as wide as the widest known one that has leading zeros."""
        padded = (len(known.text) for known in self.ids if known.text.startswith("0"))
        text = f"{number:0{max(padded, default=_WIDTH)}}"
        return SessionId(text, number)


def ids_in(document: Document) -> Iterator[SessionId]:
    """Give the sessions that a document's entries tell of, orchestrators included."""
    for recorded in recorded_sessions(document):
        yield recorded.key.session_id
    for entry in document.entries:
        leader = orchestrator_of(document, entry) if entry.kind is EntryKind.PARALLEL else None
        if leader:
            yield leader
