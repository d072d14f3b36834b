"""Sessions whose ids were drawn stand in the order in which they began."""

from __future__ import annotations

import datetime as dt

from handoff_md.linter.engine import lint
from handoff_md.merge.summaries import merge_summaries
from handoff_md.syntax.parse import parse
from handoff_md.syntax.summary import parse_summary

DOCUMENT = "# Handoff\n\n## Recent Sessions\n\n### Session 18: Keep (2026-11-27)\n\nKept.\n"
DAY = dt.date(2026, 11, 28)


def summary(session: str, time: str) -> str:
    clock = f"time: {time}\n" if time else ""
    return (
        f"---\nsession: {session}\ndate: 2026-11-28\n{clock}---\n# Session {session}: Do\n\nDid.\n"
    )


def test_sessions_of_a_day_stand_in_the_order_of_their_times_behind_numbers() -> None:
    given = {
        "261128-a1aaaa": "16:00:00+02:00",
        "261128-b1bbbb": "15:30:00+02:00",
        "261128-z9zzzz": "09:00:00-03:00",
        "19": "",
        "261127-q1qqqq": "23:00:00Z",
    }
    texts = [
        parse_summary(summary(session, time), name=f"handoff-session-{session}-summary.md")
        for session, time in given.items()
    ]
    merged = merge_summaries(parse(DOCUMENT), texts, orchestrator="22", today=DAY)
    order = "19, 261127-q1qqqq, 261128-z9zzzz, 261128-b1bbbb, 261128-a1aaaa"
    assert f"### Parallel Sessions {order} (2026-11-28)" in merged.content.decode()
    assert [found.code for found in lint(parse(merged.content)) if "HP" in found.code] == []


def test_a_time_that_is_none_changes_nothing() -> None:
    read = parse_summary(summary("261128-a1aaaa", "soon"), name="x.md")
    assert (read.time, read.problems) == (None, ())
