from __future__ import annotations

import datetime as dt

import pytest

from handoff_md.linter.engine import lint
from handoff_md.merge.rendering import ENTRY, SECTION, write_entry_message, write_message
from handoff_md.merge.request import MergeOptions, SessionLog, Surroundings
from handoff_md.merge.result import Outcome, SummaryMerge
from handoff_md.merge.summaries import merge_summaries as merge
from handoff_md.preview.outline import outline
from handoff_md.semantics.summaries.own_words import says_status
from handoff_md.syntax.parse import parse
from handoff_md.syntax.session_id import SessionId
from handoff_md.syntax.summary import Status, Summary, parse_summary

_DAY = dt.date(2025, 12, 18)
_EMPTY = "# Handoff\n\n## Recent Sessions\n"
_NAME = "handoff-session-{}-summary.md"
_LOG = ".agents/sessions/2025-12-18-session-{}-work.md"


def _summary(session: str, status: str, body: str = "Half is done.") -> Summary:
    front = f"---\ndate: 2025-12-18\nstatus: {status}\n---\n"
    return parse_summary(
        f"{front}# Session {session}: Work\n\n{body}\n", name=_NAME.format(session)
    )


def _merge(
    document: str, *summaries: Summary, logs: bool = True, single: bool = False, again: bool = False
) -> SummaryMerge:
    known = {one.origin: SessionLog(_LOG.format(one.session_id)) for one in summaries if logs}
    return merge(
        parse(document),
        summaries,
        orchestrator="22",
        date=_DAY,
        options=MergeOptions(rendering=ENTRY if single else SECTION, replace=again),
        surroundings=Surroundings(known),
    )


@pytest.mark.parametrize("status", ["partial", "blocked"])
@pytest.mark.parametrize("single", [False, True])
def test_work_that_is_not_complete_is_told_behind_the_log(status: str, *, single: bool) -> None:
    merged = _merge(_EMPTY, _summary("20", status), single=single)
    text = merged.content.decode()
    assert (
        "[Session 20](./sessions/2025-12-18-session-20-work.md)\n"
        f"\n**Status**: {status}\n\nHalf is done.\n"
    ) in text
    assert merged.sessions[0].work == status
    assert not [one for one in lint(parse(text)) if one.severity == "error"]
    assert not _merge(text, _summary("20", status), single=single).merged


def test_without_a_log_it_stands_below_the_heading_and_complete_work_has_none() -> None:
    merged = _merge(_EMPTY, _summary("19", "complete"), _summary("20", "blocked"), logs=False)
    text = merged.content.decode()
    assert "#### Session 19: Work\n\nHalf is done.\n" in text
    assert "#### Session 20: Work\n\n**Status**: blocked\n\nHalf is done.\n" in text


@pytest.mark.parametrize(
    "body",
    [
        "**Status**: blocked",
        "- **Status:** ⛔ Blocked by the reviewers",
        "Text.\n\nStatus: blocked",
        "## Status\n\nBlocked: the key is missing.",
        "## Status: BLOCKED",
        "| Status | blocked |\n|---|---|\n| a | b |",
        "| What | How |\n|---|---|\n| Status | blocked |",
        "**Status**\n\nBlocked.",
    ],
)
def test_a_summary_that_says_it_itself_is_left_as_it_is(body: str) -> None:
    assert says_status(body, Status.BLOCKED)
    text = _merge(_EMPTY, _summary("20", "blocked", body)).content.decode()
    assert text.casefold().count("status") == body.casefold().count("status")


@pytest.mark.parametrize(
    "body",
    [
        "```\n**Status**: blocked\n```",
        "<!-- Status: blocked -->",
        "The status of the door: it is blocked.",
        "**Status**: complete",
        "**Status**: partial",
        "**Status**: unblocked",
        "| Task | Status |\n|---|---|\n| Blocked doors | done |",
    ],
)
def test_words_that_say_something_else_are_not_taken_for_it(body: str) -> None:
    assert not says_status(body, Status.BLOCKED)


@pytest.mark.parametrize("single", [False, True])
def test_a_section_from_before_there_was_such_a_line_counts_as_merged(*, single: bool) -> None:
    new = _merge(_EMPTY, _summary("20", "partial"), single=single).content.decode()
    old = new.replace("**Status**: partial\n\n", "")
    (session,) = _merge(old, _summary("20", "partial"), single=single).sessions
    assert session.outcome is Outcome.ALREADY_MERGED
    if not single:
        replaced = _merge(old, _summary("20", "partial"), again=True)
        assert replaced.content.decode() == new


def test_a_session_that_is_complete_by_now_is_replaced_without_the_line() -> None:
    old = _merge(_EMPTY, _summary("20", "blocked")).content.decode()
    (session,) = _merge(old, _summary("20", "complete")).sessions
    assert session.outcome is Outcome.CONFLICTING
    assert b"Status" not in _merge(old, _summary("20", "complete"), again=True).content


def test_the_commit_names_each_session_whose_work_is_not_complete() -> None:
    states = (_summary("19", "complete"), _summary("20", "blocked"), _summary("21", "partial"))
    merged = _merge(_EMPTY, *states).merged
    assert write_message(SessionId("22", 22), merged, "Own words").splitlines() == [
        "Own words",
        "",
        "Handoff-Orchestrator: 22",
        "Handoff-Session: 19",
        "Handoff-Session: 20",
        "Handoff-Session: 21",
        "Handoff-Status: 20 blocked",
        "Handoff-Status: 21 partial",
    ]
    entry = write_entry_message(merged[1:2], None)
    assert entry.splitlines()[2:] == ["Handoff-Session: 20", "Handoff-Status: 20 blocked"]


def test_the_outline_tells_how_far_a_session_came() -> None:
    text = _merge(_EMPTY, _summary("19", "complete"), _summary("20", "blocked")).content.decode()
    (entry,) = outline(parse(text), "HANDOFF.md", header=()).entries
    assert [part.status for part in entry.parts] == [None, Status.BLOCKED]
    own = (
        "# H\n\n## Recent Sessions\n\n### Session 3: A\n\n**Status**: In progress\n\n#### Status\n"
    )
    assert outline(parse(own), "HANDOFF.md", header=()).entries[0].status is Status.IN_PROGRESS
