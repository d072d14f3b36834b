from __future__ import annotations

import datetime as dt

import pytest
from msgspec.structs import replace

from handoff_md.errors import ContentError
from handoff_md.merge.blame import blame
from handoff_md.merge.candidate import Candidate, MergeInput, judge, render
from handoff_md.merge.manner import DOCUMENTED
from handoff_md.merge.rendering import ENTRY
from handoff_md.merge.request import MergeOptions, Surroundings
from handoff_md.merge.result import Outcome
from handoff_md.merge.summaries import merge_summaries
from handoff_md.semantics.entries.identity import RecordedSessions
from handoff_md.syntax.parse import parse
from handoff_md.syntax.session_id import SessionId
from handoff_md.syntax.summary import parse_summary


def test_one_refusal_names_every_problem_of_every_summary() -> None:
    texts = {
        "19": "---\nsession: 20\nstatus: done\ndate: soon\nlog: a\nlog: b\n---\n\n<<<<<<< HEAD\n",
        "20": "---\nstatus: partial\n---\n",
        "21": "---\ntitle: T\nstatus: in-progress\n---\n\nHalf.\n",
    }
    merged = merge_summaries(
        parse("# Handoff\n\n## Recent Sessions\n"),
        [
            parse_summary(text, name=f".agents/temp/handoff-session-{session}-summary.md")
            for session, text in texts.items()
        ],
        orchestrator="22",
        date=dt.date(2025, 12, 18),
    )
    no_title = "has no title: give it one in front matter or as a first-level heading"
    assert [list(found.problems) for found in merged.sessions] == [
        [
            "is session 19 by its name, but 20 in front matter",
            (
                "has an unknown status 'done': use complete, partial, blocked, in-progress; "
                "did you mean complete?"
            ),
            "has a date that is none: 'soon'; write it as YYYY-MM-DD",
            "has `log` more than once in front matter, in lines 5 and 6",
            "holds a conflict marker, in line 1 of its text",
            no_title,
        ],
        ["is empty", no_title],
        ["is still in progress"],
    ]
    assert merged.refused


def test_no_entry_is_made_of_two_sessions_with_one_id() -> None:
    days = {"5": "2025-12-18", "05": "2025-11-02"}
    summaries = [
        parse_summary(
            f"---\nsession: {written}\ntitle: T\ndate: {day}\n---\n\nDone on {day}.\n",
            name=f".agents/temp/handoff-session-{written}-summary.md",
        )
        for written, day in days.items()
    ]
    document = parse("# Handoff\n\n## Recent Sessions\n")
    options = MergeOptions(rendering=ENTRY)
    with pytest.raises(ContentError, match="several summaries are of session"):
        merge_summaries(document, summaries, orchestrator="5", options=options)
    alone = merge_summaries(document, summaries[:1], orchestrator="5", options=options)
    assert b"\n### 2025-12-18: T (Session 5)\n\nDone on 2025-12-18.\n" in alone.content


def test_a_session_of_a_parallel_section_is_known_when_it_is_merged_alone() -> None:
    text = "---\ndate: 2025-12-18\n---\n# Session 19: Work\n\n## Done\n\nIt is done.\n"
    name = ".agents/temp/handoff-session-19-summary.md"
    together = merge_summaries(
        parse("# Handoff\n\n## Recent Sessions\n"),
        [
            parse_summary(text, name=name),
            parse_summary("# B\n\nB.\n", name=name.replace("19", "20")),
        ],
        orchestrator="22",
    )
    document = parse(together.patch.apply())
    options = MergeOptions(rendering=ENTRY)
    alone = merge_summaries(
        document, [parse_summary(text, name=name)], orchestrator="19", options=options
    )
    assert [found.outcome for found in alone.sessions] == [Outcome.ALREADY_MERGED]


def test_only_what_was_to_be_merged_is_blamed_where_that_fails() -> None:
    around = MergeInput(
        parse("# Handoff\n\n## Recent Sessions\n"),
        SessionId("22", 22, "22"),
        dt.date(2025, 12, 18),
        MergeOptions(),
        Surroundings(),
        RecordedSessions({}, {}),
    )
    fine, bad, known = (
        render(
            around,
            judge(
                around,
                parse_summary(
                    f"# Work\n\nFirst.\n\n{words}\n",
                    name=f".agents/temp/handoff-session-{session}-summary.md",
                ),
            ),
            3,
            around.date,
            DOCUMENTED,
        )
        for session, words in ((19, "Fine."), (20, "Bad."), (21, "Bad."))
    )
    known = replace(known, outcome=Outcome.ALREADY_MERGED)

    def is_sound(candidate: Candidate) -> bool:
        return candidate.rendered is not None and "Bad" not in candidate.rendered.text

    blamed = blame([fine, bad, known], "it leaks", is_sound)
    assert blamed is not None
    assert [one.problems for one in blamed] == [
        (),
        ("can't be merged: it leaks, by line 3 of its text",),
        (),
    ]
    assert blame([fine, known], "it leaks", is_sound) is None
