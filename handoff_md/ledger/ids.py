"""Which session ids are taken, which comes next, and whose are a run's: members, and who leads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from handoff_md.ledger.records import Claim, Run
from handoff_md.semantics.entries.identity import recorded_sessions
from handoff_md.semantics.entries.order import tell_order
from handoff_md.semantics.parallel import orchestrator_of
from handoff_md.syntax.grammar import EntryKind, LogName
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.value import Value

_WIDTH = 2
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_DRAWN = 6  # of so many a thousand sessions of a day share one in four thousand days


class Numbering(Value):
    """How a document numbers its sessions.

    ``prefix`` is the code before all numbers (``NF-``), ``width`` to how many digits they are
    padded. ``restarts_at`` is the highest number since the numbers last began anew; None where they
    never did.
    """

    prefix: str = ""
    width: int = _WIDTH
    restarts_at: int | None = None


class KnownSessions(Value):
    """All ids that are known, and the logs by name.

    ``held`` are the ids that claims, runs, logs and summaries have, which no other session may get;
    the numbers of a document may begin anew.
    """

    ids: frozenset[SessionId]
    logs: tuple[LogName, ...]
    held: frozenset[SessionId] = frozenset()
    numbering: Numbering = Numbering()

    @property
    def next_number(self) -> int:
        """Give the number above all known ones, or above those since they began anew, if free."""
        number = self.numbering.restarts_at
        if number is None:
            return 1 + max(filter(None, map(self._count, self.ids)), default=0)
        number += 1
        while self.write(number) in self.held:
            number += 1
        return number

    def _count(self, known: SessionId) -> int | None:
        """Give what an id counts by, if it is written as the next one will be."""
        prefix = self.numbering.prefix
        is_coded = bool(prefix) and known.text.startswith(prefix)
        return known.serial if is_coded else known.number

    def write(self, number: int) -> SessionId:
        """Write a number as an id: as wide as the widest known one that has leading zeros."""
        prefix = self.numbering.prefix
        digits = (known.text.removeprefix(prefix) for known in self.ids)
        padded = (len(text) for text in digits if text.startswith("0") and text.isdigit())
        text = f"{prefix}{number:0{max(padded, default=self.numbering.width)}}"
        return read_session_id(text) or SessionId(text, number)


def read_numbering(document: Document) -> Numbering:
    """Read how a document numbers its sessions, from all of its entries."""
    template = document.form.template
    ids = template.ids if template else None
    numbering = Numbering(restarts_at=_find_restart(document))
    if template is None or ids is None or template.is_documented:
        return numbering
    prefix = ids.prefix if len(ids.prefix) > 1 else ""
    return replace(numbering, prefix=prefix, width=max(ids.width, 1))


def _find_restart(document: Document) -> int | None:
    """Give the highest number since numbers fell to half or less, on a later day or to one."""
    entries = document.entries
    if tell_order(entries, configured=document.form.order).newest_first:
        entries = entries[::-1]
    highest, day, restarted = 0, None, False
    for entry in entries:
        numbers = [known.number for known in entry.session_ids if known.number is not None]
        if not numbers:
            continue
        number = max(numbers)
        is_later = bool(day and entry.date and entry.date > day)
        if number * 2 <= highest and (number <= 1 or is_later):
            highest, restarted = 0, True
        highest, day = max(highest, number), entry.date or day
    return highest if restarted else None


def id_of(claim: Claim) -> SessionId:
    """Give the id of a claim, which was made of one."""
    session_id = read_session_id(claim.id)
    assert session_id is not None  # noqa: S101 - see above
    return session_id


def draw_id(day: dt.date, choose: Callable[[str], str]) -> SessionId:
    """Draw an id that nobody need be asked for: the day, and six letters and digits.

    A digit is among them, so that the words of a title behind a number are not taken for one.
    ``choose`` gives one character of a text, at random.
    """
    drawn = ""
    while drawn.isalpha() or not drawn:
        others = (choose(_LETTERS + _DIGITS) for _ in range(_DRAWN - 1))
        drawn = choose(_LETTERS) + "".join(others)
    text = f"{day:%y%m%d}-{drawn}"
    return SessionId(text, None, text)


def time_of_day(claim: Claim, zone: dt.tzinfo | None) -> str:
    """Give the time at which a session began whose id was drawn, ISO 8601 with a zone.

    Nothing says of such ids in which order they are. Empty for others, and where no time of the
    session's own day is known.

    Args:
        claim: the session.
        zone: the zone to tell the time in, where it is that day there; else, and for None, UTC.
    """
    session_id = read_session_id(claim.id)
    if session_id is None or not session_id.is_drawn or not claim.started_at:
        return ""
    began = dt.datetime.fromisoformat(claim.started_at)
    told = (began.astimezone(one) for one in (zone or dt.UTC, dt.UTC))
    own = (one for one in told if one.date().isoformat() == claim.date)
    return next((one.timetz().isoformat() for one in own), "")


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
