"""What a merge of summaries comes to: values, no behaviour beyond reading them."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from handoff_md.syntax.session_id import SessionId
from handoff_md.syntax.summary import Status
from handoff_md.text.edit import Patch
from handoff_md.text.span import Span
from handoff_md.value import Value


class Outcome(StrEnum):
    """What became of one session."""

    MERGED = "merged"
    ALREADY_MERGED = "already-merged"
    MISSING = "missing"
    IN_PROGRESS = "in-progress"
    INVALID = "invalid"
    CONFLICTING = "conflicting"


class SessionOutcome(Value):
    """One session: its id, title and the summary's origin, and what became of it.

    ``notes`` tell what was repaired or is worth knowing; ``problems`` why it can't be merged. Each
    is a clause that follows the session's name ("has no title", "an open code fence is closed").
    ``work`` is how far the session came, as its summary says; None where there is none.
    """

    session_id: SessionId
    title: str
    outcome: Outcome
    origin: str = ""
    log: str = ""
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    work: Status | None = None


class SummaryMerge(Value):
    """The result of merging summaries into a document.

    ``patch`` makes the new document; it has no edits where nothing is new, or the merge is
    refused. ``section`` is the span of the new section in the new text.
    """

    patch: Patch
    sessions: tuple[SessionOutcome, ...]
    date: dt.date
    section: Span | None = None
    notes: tuple[str, ...] = ()
    refused: bool = False

    @property
    def content(self) -> bytes:
        """Give the new document's bytes."""
        return self.patch.apply().to_bytes()

    @property
    def merged(self) -> tuple[SessionOutcome, ...]:
        """Give the sessions that this merge adds or replaces."""
        return tuple(found for found in self.sessions if found.outcome is Outcome.MERGED)
