"""Which session ids are taken, which comes next, and whose are a run's: members, and who leads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from handoff_md.ledger.records import Claim, Run
from handoff_md.semantics.entries.identity import recorded_sessions
from handoff_md.semantics.parallel.orchestrator import orchestrator_of
from handoff_md.syntax.grammar import EntryKind, LogName
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.session_id import SessionId, read_session_id
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


class Membership(Value):
    """The sessions of a run, in id order; those that it does without; and those of no run of it."""

    members: tuple[SessionId, ...]
    released: tuple[SessionId, ...]
    outside: tuple[SessionId, ...]


def members_of(run: Run, held: Iterable[Claim], released: Iterable[Claim]) -> Membership:
    """Say who is in a run: expected, claimed with it, or started while it is active.

    ``held`` are all claims that hold an id, ``released`` those that were let go: they are members
    no more, and the orchestrator is none.
    """
    held = tuple(held)
    members = _ids([*run.expect, *run.sessions, *(c.id for c in held if c.run == run.token)])
    holding = _ids(claim.id for claim in held)
    gone = _ids(claim.id for claim in released if claim.run == run.token) - holding
    members -= gone | _ids([run.orchestrator])
    return Membership(_sorted(members), _sorted(gone), _sorted(holding - members))


def is_leader(run: Run, orchestrator: str | None) -> bool:
    """Tell whether somebody may act for a run; who says nothing of himself may."""
    return orchestrator is None or _ids([orchestrator]) == _ids([run.orchestrator])


def _ids(texts: Iterable[str]) -> set[SessionId]:
    return {known for text in texts if (known := read_session_id(text.strip()))}


def _sorted(ids: set[SessionId]) -> tuple[SessionId, ...]:
    return tuple(sorted(ids, key=lambda known: known.order))
