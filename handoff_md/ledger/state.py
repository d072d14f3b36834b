"""How far a session has come: one judgement for all commands, over what is known at one moment."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property

from handoff_md.ledger.merged import MergedKey, MergedSessions, sort_merged
from handoff_md.ledger.records import Claim, MergedSummary
from handoff_md.value import Value


class SessionState(StrEnum):
    """How far a session has come, in the order in which commands count them."""

    MISSING = "missing"
    """A run expects it, and nothing is known of it."""
    STARTED = "started"
    """It is at work."""
    NO_LOG = "no-log"
    """It is claimed, and its log is in no work tree: it was cut off as it started, or lost it."""
    UNFINISHED = "unfinished"
    """It has a summary that says that it is in progress."""
    INVALID = "invalid"
    """It has a summary that can't be merged."""
    CONFLICTING = "conflicting"
    """It has two summaries that differ, or the document has it with other content."""
    ENDED = "ended"
    """Its summary waits for the orchestrator."""
    MERGED = "merged"
    """The handoff document tells of it, here or in another branch."""
    DROPPED = "dropped"
    """The handoff document told of it, in a commit that is in no branch any more."""
    ABANDONED = "abandoned"
    """Its id was released."""


HANDED_OVER = (SessionState.ENDED, SessionState.MERGED)
"""The states in which a session's id can't be released: what it has handed over would be lost."""
REFUSED = (SessionState.INVALID, SessionState.CONFLICTING)
"""The states in which a merge refuses a session."""


class Snapshot(Value, dict=True, gc=True):
    """What is known at one moment, wherever it was read.

    Attributes:
        merges: the summaries that finished merges took, the oldest first.
        gone: the ids of those commits of ``merges`` that are in no branch any more.
        told: those sessions, of all whose commits are gone, that some document tells of.
        moved: the names of those logs of theirs that another document names.
        released: the claims that were let go.
        logged: the keys of the claims whose log lies in a work tree; of a session that was merged,
            or has ended, nobody need look for it.
        arrived: the keys of the claims that have ended and that a document tells of, though no
            merge of this clone took them.
    """

    merges: tuple[MergedSummary, ...]
    gone: frozenset[str] = frozenset()
    told: frozenset[MergedKey] = frozenset()
    moved: frozenset[str] = frozenset()
    released: frozenset[Claim] = frozenset()
    logged: frozenset[str] = frozenset()
    arrived: frozenset[str] = frozenset()

    @cached_property
    def merged(self) -> MergedSessions:
        """Give what became of the sessions that were merged."""
        return sort_merged(self.merges, gone=self.gone, told=self.told, moved=self.moved)


def state_of(known: Snapshot, claim: Claim) -> SessionState:
    """Say how far a session has come, by all that is recorded of it."""
    key = known.merged.key_of(claim)
    if claim in known.released:
        return SessionState.ABANDONED
    if key in known.merged.told:
        return SessionState.MERGED
    if key in known.merged.dropped:
        return SessionState.DROPPED
    if not claim.at_work:
        return SessionState.MERGED if claim.key in known.arrived else SessionState.ENDED
    return SessionState.STARTED if claim.key in known.logged else SessionState.NO_LOG


def state_by_summary(
    known: Snapshot, claim: Claim | None, summary: SessionState | None
) -> SessionState:
    """Say how far a session has come where its summaries were looked at as well.

    ``summary`` is what they come to, None where there is none. A summary that can be judged
    counts first. One that is in progress, or gone, leaves it to what is recorded: a session that
    was dropped waits again, for the archive has its summary, and one whose summary is nowhere has
    not ended.
    """
    if summary not in (None, SessionState.UNFINISHED):
        return summary
    recorded = state_of(known, claim) if claim else SessionState.MISSING
    if recorded is SessionState.MERGED:
        return recorded
    if recorded is SessionState.DROPPED:
        return SessionState.ENDED
    if summary:
        return summary
    return SessionState.STARTED if recorded is SessionState.ENDED else recorded
