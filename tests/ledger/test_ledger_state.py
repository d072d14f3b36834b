"""How far a session has come, judged over snapshots that no file, git or clock had a part in."""

from __future__ import annotations

from pathlib import PurePath

import pytest
from msgspec.structs import replace

from handoff_md.ledger.merged import key_of_claim
from handoff_md.ledger.records import Claim, Journal, JournalSession, MergedSummary
from handoff_md.ledger.state import SessionState, Snapshot, state_by_summary, state_of

LOG = "docs/sessions/2025-12-18-0030-parser.md"
CLAIM = Claim(
    key="30",
    id="30",
    title="Parser",
    agent="",
    date="2025-12-18",
    started_at="2025-12-18T10:00:00+00:00",
    root="/w",
    branch="",
    commit="",
    log=LOG,
    summary="s/handoff-session-30-summary.md",
)
ENDED = replace(CLAIM, ended_at="2025-12-18T11:00:00+00:00", digest="d1")


def merged(commit: str, *, log: str | None = LOG, digest: str = "d1") -> MergedSummary:
    session = JournalSession(
        id="030",
        title="Parser",
        date="2025-12-18",
        log=log,
        summary="/w/s/handoff-session-30-summary.md",
        digest=digest,
        tracked=False,
        archived_to=None,
    )
    merge = Journal(
        name="00001-2025-12-18-abc",
        handoff="/w/HANDOFF.md",
        old_digest=None,
        new_digest="n",
        message="m",
        head=None,
        commit_wanted=True,
        orchestrator="31",
        date="2025-12-18",
        no_verify=False,
        keep=False,
        sessions=(session,),
        commit=commit,
    )
    return MergedSummary(merge, session, None)


def test_a_session_is_at_work_as_long_as_its_log_lies_somewhere() -> None:
    assert state_of(Snapshot((), logged=frozenset({"30"})), CLAIM) is SessionState.STARTED
    assert state_of(Snapshot((), logged=frozenset({"31"})), CLAIM) is SessionState.NO_LOG
    assert state_of(Snapshot(()), ENDED) is SessionState.ENDED


def test_an_id_that_was_let_go_is_abandoned_whatever_was_merged() -> None:
    known = Snapshot((merged("a"),), released=frozenset({CLAIM}))
    assert state_of(known, CLAIM) is SessionState.ABANDONED
    assert state_of(known, replace(CLAIM, title="Another")) is SessionState.MERGED


def test_a_session_is_dropped_only_where_all_its_commits_are_gone_and_nothing_tells_of_it() -> None:
    known = Snapshot((merged("a"), merged("b")), gone=frozenset({"b"}))
    assert state_of(known, ENDED) is SessionState.MERGED
    known = replace(known, gone=frozenset({"a", "b"}))
    assert state_of(known, ENDED) is SessionState.DROPPED
    told = replace(known, told=frozenset({key_of_claim(CLAIM)}))
    assert state_of(told, ENDED) is SessionState.MERGED
    moved = replace(known, moved=frozenset({PurePath(LOG).name}))
    assert state_of(moved, ENDED) is SessionState.MERGED


def test_a_summary_that_was_merged_without_its_log_is_known_by_its_bytes() -> None:
    known = Snapshot((merged("a", log=None),))
    assert state_of(known, ENDED) is SessionState.MERGED
    assert state_of(known, replace(ENDED, digest="d2")) is SessionState.ENDED


@pytest.mark.parametrize(
    ("claim", "summary", "state"),
    [
        (None, None, SessionState.MISSING),
        (None, SessionState.UNFINISHED, SessionState.UNFINISHED),
        (CLAIM, None, SessionState.NO_LOG),
        (CLAIM, SessionState.UNFINISHED, SessionState.UNFINISHED),
        (CLAIM, SessionState.INVALID, SessionState.INVALID),
        (CLAIM, SessionState.CONFLICTING, SessionState.CONFLICTING),
        (CLAIM, SessionState.ENDED, SessionState.ENDED),
        (ENDED, None, SessionState.STARTED),
        (ENDED, SessionState.MERGED, SessionState.MERGED),
    ],
)
def test_what_a_summary_comes_to_counts_before_what_is_recorded(
    claim: Claim | None, summary: SessionState | None, state: SessionState
) -> None:
    assert state_by_summary(Snapshot(()), claim, summary) is state


@pytest.mark.parametrize("summary", [None, SessionState.UNFINISHED])
def test_a_session_that_was_merged_needs_no_summary_and_one_that_was_dropped_waits_again(
    summary: SessionState | None,
) -> None:
    known = Snapshot((merged("a"),))
    assert state_by_summary(known, ENDED, summary) is SessionState.MERGED
    dropped = replace(known, gone=frozenset({"a"}))
    assert state_by_summary(dropped, ENDED, summary) is SessionState.ENDED
