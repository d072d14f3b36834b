from __future__ import annotations

import pytest

from handoff_md.semantics.logs.compliance import (
    Mark,
    Obligation,
    is_fulfilled,
    is_placeholder,
    read_session_log,
    tick_fulfilled,
)
from handoff_md.semantics.logs.words import fill_objective, read_log_words
from handoff_md.syntax.parse import parse
from handoff_md.text.edit import make_patch
from handoff_md.text.source import Source

_TABLE = "| Req | Step | Status | Evidence |\n|---|---|---|---|\n"


def test_a_log_in_the_protocols_form_is_read_whole() -> None:
    text = (
        "# Session 19\n\n## Protocol Compliance\n\n### Session Start (COMPLETE ALL before work)\n\n"
        f"{_TABLE}| MUST | Read `HANDOFF.md` | [x] | In context |\n| SHOULD | Search | [ ] | |\n\n"
        f"## Session End (COMPLETE ALL before closing)\n\n{_TABLE}"
        "| **MUST** | Commit | [-] | n/a |\n"
    )
    log = read_session_log(parse(text))
    assert log.compliance is not None
    assert log.start is not None
    assert log.end is not None
    assert log.start.is_table
    assert log.end.is_table
    assert [(step.level, step.mark) for step in log.start.steps] == [
        (Obligation.MUST, Mark.TICKED),
        (Obligation.SHOULD, Mark.OPEN),
    ]
    assert [text[s.text.start : s.text.end] for s in log.start.steps] == [
        "Read `HANDOFF.md`",
        "Search",
    ]
    evidence = [step.evidence for step in log.start.steps]
    assert [text[place.start : place.end] for place in evidence if place] == ["In context", ""]
    assert [(step.level, step.mark) for step in log.end.steps] == [(Obligation.MUST, Mark.OTHER)]
    assert not log.has_ended


def test_a_session_has_ended_once_a_step_of_its_end_is_ticked() -> None:
    assert read_session_log(parse("## Session End\n\n- [x] Commit\n- [ ] Lint\n")).has_ended
    assert not read_session_log(parse("## Session End\n\n- [ ] Commit\n")).has_ended
    assert not read_session_log(parse("## Session Start\n\n- [x] Read\n")).has_ended


@pytest.mark.parametrize(
    ("status", "mark"),
    [
        *(
            (text, Mark.TICKED)
            for text in ("[x]", "[X]", "`[x]`", "✅", "✅ Complete", "Done", "yes")
        ),
        *((text, Mark.OPEN) for text in ("[ ]", "", "❌", "Pending", "no", "Missed")),
        *((text, Mark.OTHER) for text in ("[-]", "[N/A]", "N/A", "⏭️ Skipped", "partly")),
    ],
)
def test_a_status_is_ticked_open_or_neither(status: str, mark: Mark) -> None:
    log = read_session_log(
        parse(f"## Session End\n\n| Step | Status |\n|---|---|\n| a | {status} |\n")
    )
    assert log.end is not None
    assert [step.mark for step in log.end.steps] == [mark]


def test_a_table_without_a_status_is_no_checklist() -> None:
    text = "## Session End\n\n| Time | What |\n|---|---|\n| 1 | 2 |\n\n- [x] Commit\n"
    log = read_session_log(parse(text))
    assert log.end is not None
    assert not log.end.is_table


def test_steps_of_the_end_are_told_apart_where_nothing_is_headed() -> None:
    text = (
        "## Protocol Compliance\n\n- [x] Read HANDOFF.md\n- [x] Note the starting commit\n"
        "- [x] HANDOFF.md updated\n- [x] Changes committed (1234567a)\n- [ ] Run markdownlint\n"
    )
    log = read_session_log(parse(text))
    assert log.start is not None
    assert log.end is not None
    assert (len(log.start.steps), len(log.end.steps)) == (2, 3)


@pytest.mark.parametrize(
    "words",
    ["Commit SHA: _______", "QA report: `.agents/qa/[report].md`", "Tool output present", "[SHA]"],
)
def test_the_templates_own_words_are_placeholders(words: str) -> None:
    assert is_placeholder(words)


@pytest.mark.parametrize(
    "words", ["This file exists", "Output below", "3462a28", "[12/13 passed]", "[Log](./log.md)"]
)
def test_words_of_ones_own_are_none(words: str) -> None:
    assert not is_placeholder(words)


def test_what_stands_in_the_evidence_of_a_step_gives_way_to_what_was_seen() -> None:
    source = Source(
        f"# Log\n\n## Session End\n\n{_TABLE}| MUST | Commit the log | [ ] | _hash_ |\n"
    )
    checklist = read_session_log(parse(source)).end
    assert checklist is not None
    edits = tick_fulfilled(source, checklist, ["commit*"], "done by `session end`")
    ticked = make_patch(source, list(edits)).text
    assert ticked.endswith("| MUST | Commit the log | [x] | done by `session end` |\n")


@pytest.mark.parametrize(
    ("log", "filled"),
    [
        (
            "# Session 7\n\n- **Objective**:\n- **More**: x\n",
            "- **Objective**: Read it\n- **More**",
        ),
        ("# S\r\n\r\n**Goal**: [what]\r\n", "\r\n**Goal**: Read it\r\n"),
        ("# S\n\n## Objective\n\n[what]\n\n## Work Log\n", "tive\n\nRead it\n\n## Work Log\n"),
        ("# S\r\n\r\n## Goal", "## Goal\r\nRead it\r\n"),
        ("# S\n\nText.\n", "# S\n\n**Objective**: Read it\n\nText.\n"),
        ("# S\nText.\n", "# S\n\n**Objective**: Read it\n\nText.\n"),
        ("# S", "# S\n**Objective**: Read it\n"),
        ("---\nsession: 7\n---\nText.\n", "---\n**Objective**: Read it\n\nText.\n"),
        ("", "**Objective**: Read it\n\n"),
    ],
)
def test_an_objective_is_put_where_the_log_has_room_for_it(log: str, filled: str) -> None:
    document = parse(log)
    assert read_log_words(document, None).objective == ""
    given = make_patch(document.source, [fill_objective(document, "Read it")]).apply()
    assert filled in given.text
    assert read_log_words(parse(given), None).objective == "Read it"


def test_a_step_is_fulfilled_whatever_the_case_quotes_and_spaces_of_its_words() -> None:
    patterns = ("nothing", "Merge the * SUMMARY")
    for words in (
        "Merge the old summary",
        "**MUST** merge  the `new` summary",
        "`MERGE` the\tlast summary",
    ):
        assert is_fulfilled(words, patterns), words
    for words in ("merge the old summary later", "do not merge the old summary", ""):
        assert not is_fulfilled(words, patterns), words
