"""What clones tell each other of sessions and runs by refs, and what to do about each ref.

Bytes are untrusted, and judged here: a record of another version is passed over, and so is one
that is not what its ref's name says.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from enum import StrEnum
from typing import Final, TypeVar

from msgspec import ValidationError, convert, to_builtins

from handoff_md.ledger.records import Claim, Run
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.value import Value

CLAIMS: Final = "refs/handoff/claims/"
SUMMARIES: Final = "refs/handoff/summaries/"
RUN_REF: Final = "refs/handoff/run"
RECORD: Final = "record.json"
"""The one file of a claim's commit, and of a run's."""
MAX_RECORD: Final = 65_536
"""The most bytes that a record may have."""

_VERSION: Final = 1
_LONGEST: Final = 300
_MOST: Final = 1_000
_NO_RUN: Final = "none"
_DAMAGE: Final = (ValidationError, ValueError, TypeError, KeyError, RecursionError)
_T = TypeVar("_T", bound=Value)


class AnnouncedClaim(Value):
    """A session that was started in some clone.

    ``token`` is what no other claim has; ``host`` names the machine, ``started_at`` the time by its
    clock, ISO 8601: both are for people. ``run`` is the token of the run that it belongs to, empty
    outside of one. ``reserved`` says that it was claimed for an agent who has not come yet,
    ``over`` that its session is not at work any more.
    """

    id: str
    token: str
    host: str
    title: str
    agent: str
    started_at: str
    run: str = ""
    reserved: bool = False
    over: bool = False


class AnnouncedRun(Value):
    """A run that was started in some clone: see `Run`; ``host`` as in `AnnouncedClaim`."""

    run: str
    orchestrator: str
    host: str
    started_at: str
    expect: tuple[str, ...]
    expect_count: int | None
    sessions: tuple[str, ...]
    document: str = ""

    def to_run(self) -> Run:
        """Give it as it is recorded in a clone."""
        return Run(
            self.run,
            self.orchestrator,
            self.started_at,
            self.expect,
            self.expect_count,
            self.sessions,
            self.document,
        )


def announce_claim(claim: Claim, *, token: str, host: str) -> AnnouncedClaim:
    """Tell of a session as it is claimed."""
    return AnnouncedClaim(
        claim.id,
        token,
        _line(host),
        _line(claim.title),
        _line(claim.agent),
        claim.started_at,
        claim.run,
        bool(claim.reserved),
    )


def announce_run(run: Run, *, host: str) -> AnnouncedRun:
    """Tell of a run as it is started."""
    return AnnouncedRun(
        run.token,
        run.orchestrator,
        _line(host),
        run.started_at,
        run.expect,
        run.expect_count,
        run.sessions,
        run.document,
    )


def write_announced(record: AnnouncedClaim | AnnouncedRun) -> bytes:
    """Write a record, in ASCII: escapes carry what is not UTF-8."""
    fields = {"version": _VERSION, **to_builtins(record)}
    return json.dumps(fields, indent=1).encode("ascii") + b"\n"


def read_claim(name: str, data: bytes) -> AnnouncedClaim | None:
    """Read a claim that a ref holds; None for what is none, or of another version."""
    found = _read(data, AnnouncedClaim)
    texts = (
        (found.id, found.token, found.host, found.title, found.agent, found.run) if found else ()
    )
    known = read_session_id(found.id) if found else None
    is_sound = known == session_of(name) and _are_lines(texts) and bool(known)
    return found if found and is_sound and _is_moment(found.started_at) else None


def read_run(data: bytes) -> AnnouncedRun | None:
    """Read the run that a ref holds; None for what is none, or of another version."""
    found = _read(data, AnnouncedRun)
    if found is None or len(found.expect) > _MOST or len(found.sessions) > _MOST:
        return None
    ids = (found.orchestrator, *found.expect, *found.sessions)
    is_token = found.run.isascii() and found.run.isalnum()
    is_sound = is_token and all(map(read_session_id, ids)) and _is_moment(found.started_at)
    is_inside = not found.document.startswith("/") and ".." not in found.document.split("/")
    return found if is_sound and is_inside and _are_lines((found.host, found.document)) else None


def claim_ref(session_id: SessionId) -> str:
    """Name the ref of a session's claim."""
    return CLAIMS + _component(session_id.key)


def summary_ref(session_id: SessionId, run: str) -> str:
    """Name the ref of a session's summary; ``run`` is the token of its run, empty without one."""
    return f"{SUMMARIES}{run or _NO_RUN}/{_component(session_id.key)}"


def session_of(name: str) -> SessionId | None:
    """Give the session that a ref is about, by its name; None for one that is about none."""
    for place, depth in ((CLAIMS, 0), (SUMMARIES, 1)):
        if name.startswith(place) and name.removeprefix(place).count("/") == depth:
            return read_session_id(name.rpartition("/")[2].replace("%2e", "."))
    return None


def taken_by(name: str) -> SessionId | None:
    """Give the session whose id a ref keeps others from: nothing can be made above it either."""
    if name.startswith(CLAIMS):
        name = CLAIMS + name.removeprefix(CLAIMS).partition("/")[0]
    return session_of(name)


def run_of(name: str) -> str:
    """Give the token of the run that a summary's ref names; empty for none."""
    run = name.removeprefix(SUMMARIES).partition("/")[0]
    return "" if run == _NO_RUN else run


def is_mark(name: str, others: Iterable[str]) -> bool:
    """Tell whether a claim has the highest number of all: it stays, for others to count from.

    A clone that has not fetched the branches for long knows by it which numbers were given out.
    """
    known = session_of(name)
    if known is None or known.serial is None or not name.startswith(CLAIMS):
        return False
    ids = (session_of(other) for other in others if other.startswith(CLAIMS) and other != name)
    return all(one is None or (one.serial or 0) < known.serial for one in ids)


class PublishedRef(Value):
    """A ref that this clone keeps on the remote.

    ``wanted`` is the commit that it is to be, empty for no ref; ``held`` what it was there when
    that was known last. Where they differ it is not published yet. ``copied_from`` is not written:
    it is the repository that the record came from when this one was copied, else empty.
    """

    name: str
    wanted: str
    held: str = ""
    copied_from: str = ""

    @property
    def is_settled(self) -> bool:
        """Tell whether the remote has it as it is wanted, as far as is known."""
        return self.wanted == self.held


class TellingStep(StrEnum):
    """What is to be done about a ref."""

    KEEP = "keep"
    """The remote has it: that is to be recorded."""
    DROP = "drop"
    """There is nothing more to keep."""
    PUSH = "push"
    """It is to be pushed, if it still is what was seen."""
    WAIT = "wait"
    """It is to go, but not yet: it tells which numbers were given out."""
    LOST = "lost"
    """It is another one's."""
    ASK = "ask"
    """It is gone: it is to be found out whether somebody was done with it."""


def decide(
    kept: PublishedRef, seen: str, others: Iterable[str], *, swept: bool = False
) -> TellingStep:
    """Say what is to be done about a ref.

    Args:
        kept: what this clone wants of it.
        seen: what the remote was just read to have; empty for none.
        others: the names of all refs that the remote has.
        swept: somebody has deleted it there without being done with it, as ``git push --mirror``
            does.
    """
    if not kept.wanted and not seen:  # it may be there, and not be shown
        return TellingStep.PUSH if kept.held else TellingStep.DROP
    if not kept.wanted:
        if seen != kept.held:
            return TellingStep.DROP
        return TellingStep.WAIT if is_mark(kept.name, others) else TellingStep.PUSH
    if seen == kept.wanted:
        return TellingStep.KEEP
    if seen:
        return TellingStep.PUSH if seen == kept.held else TellingStep.LOST
    # A claim that is gone is made again; a run or a summary may have been done with elsewhere.
    is_missed = swept or not kept.held or kept.name.startswith(CLAIMS)
    return TellingStep.PUSH if is_missed else TellingStep.ASK


def _line(text: str) -> str:
    """Write a text so that it can be read back: short, on one line, with what can be printed."""
    return "".join(one if one.isprintable() else " " for one in text)[:_LONGEST]


def _component(key: str) -> str:
    """Write a key as a part of a ref's name, which may not end in ``.lock``, say."""
    return key.replace(".", "%2e")


def _read(data: bytes, of: type[_T]) -> _T | None:
    if len(data) > MAX_RECORD:
        return None
    try:
        values = json.loads(data)
        return convert(values, of) if values["version"] == _VERSION else None
    except _DAMAGE:
        return None


def _are_lines(texts: tuple[str, ...]) -> bool:
    """Tell whether texts are short, and one line each."""
    return all(len(text) <= _LONGEST and text.isprintable() for text in texts)


def _is_moment(text: str) -> bool:
    try:
        return dt.datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
