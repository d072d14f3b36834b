"""What became of sessions that were merged: something tells of them still, or nothing does."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from msgspec import field

from handoff_md.ledger.records import Claim, MergedSummary
from handoff_md.semantics.entries.identity import RecordedSessions, SessionKey
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.value import Value

MergedKey = tuple[SessionId | None, str]
"""What tells sessions that were merged apart: the id, and the log's file name (empty: none)."""


class MergedSessions(Value):
    """All sessions that finished merges took.

    ``told`` are those of which something tells still, ``dropped`` the others; each has the summary
    that was merged last. ``by_digest`` finds a session by the SHA-256 of its summary: one may have
    been merged without its log. ``by_drawn`` finds one by an id that can't come twice: it may have
    named its log elsewhere, in another clone.
    """

    told: Mapping[MergedKey, MergedSummary]
    dropped: Mapping[MergedKey, MergedSummary]
    by_digest: Mapping[str, MergedKey]
    by_drawn: Mapping[SessionId, MergedKey] = field(default_factory=dict)

    def key_of(self, claim: Claim) -> MergedKey:
        """Give the key under which a claimed session was merged, if it was."""
        own = key_of_claim(claim)
        if own in self.told or own in self.dropped:
            return own
        drawn = self.by_drawn.get(own[0]) if own[0] else None
        return drawn or self.by_digest.get(claim.digest, own)


def sort_merged(
    merges: Iterable[MergedSummary],
    *,
    gone: AbstractSet[str],
    told: AbstractSet[MergedKey],
    moved: AbstractSet[str],
) -> MergedSessions:
    """Tell sessions of which something tells from those that were dropped.

    One is dropped whose commits are all ``gone``, of which no document tells (``told``), and whose
    log no other one names (``moved``): a commit that was amended, rebased or squashed is gone as
    well, and what it told is not; nor is an entry that was moved to another document.
    """
    merged = group_merged(merges)
    dropped = {
        key: one
        for key, one in find_suspects(merged, gone).items()
        if key not in told and key[1] not in moved
    }
    return MergedSessions(
        {key: all_of[-1] for key, all_of in merged.items() if key not in dropped},
        dropped,
        {one.session.digest: key for key, all_of in merged.items() for one in all_of},
        {key[0]: key for key in merged if key[0] and key[0].is_drawn},
    )


def group_merged(merges: Iterable[MergedSummary]) -> dict[MergedKey, list[MergedSummary]]:
    """Give what finished merges took of each session, in the order of ``merges``."""
    found: defaultdict[MergedKey, list[MergedSummary]] = defaultdict(list)
    for merged in merges:
        found[key_of_merged(merged)].append(merged)
    return dict(found)


def find_suspects(
    merged: Mapping[MergedKey, list[MergedSummary]], gone: AbstractSet[str]
) -> dict[MergedKey, MergedSummary]:
    """Give the sessions whose commits are all gone, each with the summary that was merged last."""
    return {
        key: all_of[-1]
        for key, all_of in merged.items()
        if all(one.merge.commit in gone for one in all_of)
    }


def key_of_claim(claim: Claim) -> MergedKey:
    """Give the key under which a claimed session was merged."""
    return read_session_id(claim.id), _file_name(claim.log)


def key_of_merged(merged: MergedSummary) -> MergedKey:
    """Give the key of a summary that was merged."""
    return read_session_id(merged.session.id), _file_name(merged.session.log or "")


def is_of(claim: Claim, merged: MergedSummary) -> bool:
    """Tell whether a summary that was merged is a claimed session's."""
    return claim.digest == merged.session.digest or key_of_claim(claim) == key_of_merged(merged)


def may_be_of(claim: Claim | None, merged: MergedSummary) -> bool:
    """Tell whether who holds a merged session's id now, if anybody, may be that session."""
    if claim is None or claim.digest == merged.session.digest:
        return True
    return merged.session.log is not None and key_of_claim(claim) == key_of_merged(merged)


def tells_of(document: RecordedSessions, merged: MergedSummary) -> bool:
    """Tell whether a document tells of a session that was merged."""
    session_id, log = key_of_merged(merged)
    if session_id is None:
        return False
    dates = {dt.date.fromisoformat(d) for d in (merged.session.date, merged.merge.date) if d}
    return any(document.find(SessionKey(session_id, date, log or None)) for date in dates)


def tells_of_claim(document: RecordedSessions, claim: Claim) -> bool:
    """Tell whether a document tells of a claimed session, whoever has merged it."""
    session_id, log = key_of_claim(claim)
    if session_id is None or not claim.date:
        return False
    if session_id.is_drawn and document.by_id.get(session_id):
        return True
    date = dt.date.fromisoformat(claim.date)
    return document.find(SessionKey(session_id, date, log or None)) is not None


def _file_name(path: str) -> str:
    return path.rpartition("/")[2]
