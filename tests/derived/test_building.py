"""Building a document from its pieces and the files of later sessions."""

from __future__ import annotations

import datetime as dt
import re
from itertools import permutations

import pytest
from msgspec.structs import replace

from handoff_md.derived import building
from handoff_md.derived.again import split_again
from handoff_md.derived.building import build
from handoff_md.derived.pieces import Pieces
from handoff_md.derived.splitting import split
from handoff_md.errors import ContentError
from handoff_md.merge.request import MergeOptions
from handoff_md.syntax.parse import parse

LOG = """\
# Handoff

**Last Updated**: 2026-01-03

## Recent Sessions

### 2026-01-03: Third (Session 3)

- three

### 2026-01-01: First (Session 1)

- one

## Next Steps
"""


def _session(name: str, title: str, body: str = "Words.", **front: str) -> tuple[str, bytes]:
    fields = "".join(f"{key}: {value}\n" for key, value in front.items())
    return f"{name}.md", f"---\ntitle: {title}\n{fields}---\n{body}\n".encode()


def _with(text: str, *sessions: tuple[str, bytes]) -> Pieces:
    return replace(split(parse(text)), sessions=dict(sessions))


def _headings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("###")]


def test_a_later_session_gets_an_entry_where_its_day_belongs() -> None:
    built = build(
        _with(
            LOG,
            _session("2026-01-04-session-4", "Fourth"),
            _session("2026-01-02-session-2", "Second"),
        )
    ).source.text
    assert _headings(built) == [
        "### 2026-01-04: Fourth (Session 4)",
        "### 2026-01-03: Third (Session 3)",
        "### 2026-01-02: Second (Session 2)",
        "### 2026-01-01: First (Session 1)",
    ]
    assert "**Last Updated**: 2026-01-04" in built
    assert "- three\n\n### 2026-01-02: Second (Session 2)\n\nWords.\n\n### 2026-01-01" in built


def test_sessions_of_a_day_stand_by_time_then_id() -> None:
    built = build(
        _with(
            LOG,
            _session("2026-01-04-session-260104-k3f9", "Late", time="17:30"),
            _session("2026-01-04-session-260104-a1b2", "Early", time="9:15"),
            _session("2026-01-04-session-5", "No time"),
        )
    ).source.text
    titles = [heading.split(": ")[1] for heading in _headings(built)[:3]]
    assert titles == [
        "Late (Session 260104-k3f9)",
        "Early (Session 260104-a1b2)",
        "No time (Session 5)",
    ]


def test_the_sessions_of_one_run_stand_in_one_parallel_section() -> None:
    run = {"run": "t1", "orchestrator": "9"}
    built = build(
        _with(
            LOG,
            _session("2026-01-04-session-6", "Six", **run),
            _session("2026-01-05-session-5", "Five", "## Deep\n\nWords.", **run),
            _session("2026-01-05-session-7", "Alone"),
        )
    ).source.text
    assert _headings(built)[:5] == [
        "### 2026-01-05: Alone (Session 7)",
        "### Parallel Sessions 5, 6 (2026-01-05)",
        "#### Session 5: Five",
        "##### Deep",
        "#### Session 6: Six",
    ]
    assert "**Orchestrator**: Session 9\n**Parallel Executions**: 2 agents\n" in built


def test_the_order_in_which_files_come_makes_no_difference() -> None:
    sessions = [
        _session("2026-01-04-session-4", "Four"),
        _session("2026-01-04-session-5", "Five", run="r", orchestrator="9"),
        _session("2026-01-02-session-2", "Two"),
        _session("2026-01-04-session-6", "Six", run="r", orchestrator="9"),
    ]
    results = {build(_with(LOG, *some)).source.text for some in permutations(sessions)}
    assert len(results) == 1


def test_entries_are_headed_as_the_documents_own_and_items_are_items() -> None:
    own = LOG.replace("2026-01-03: Third (Session 3)", "Session 3 — 2026-01-03 — Third")
    own = own.replace("2026-01-01: First (Session 1)", "Session 1 — 2026-01-01 — First")
    built = build(_with(own, _session("2026-01-04-session-4", "Fourth"))).source.text
    assert _headings(built)[0] == "### Session 4 — 2026-01-04 — Fourth"
    items = "# Log\n\n## Sessions\n\n- **2026-01-02**: two\n- **2026-01-01**: one\n\n## Next\n"
    built = build(_with(items, _session("2026-01-04-session-4", "Fourth"))).source.text
    assert "## Sessions\n\n- **2026-01-04**: Fourth" in built


def test_a_hostile_session_is_contained_or_refused_by_its_name() -> None:
    hostile = "<details>\n\n```\n# open"
    built = build(_with(LOG, _session("2026-01-04-session-4", "Bad", hostile))).source.text
    assert built.endswith(LOG[LOG.index("### 2026-01-03") :])
    with pytest.raises(ContentError, match=r"2026-01-04-session-4\.md"):
        build(_with(LOG, _session("2026-01-04-session-4", "Bad", "<<<<<<< ours\nx\n=======\n")))


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ({"session": "5"}, "is session 4 by its name, but 5 by its text"),
        ({"date": "2026-01-05"}, "is of 2026-01-04 by its name, but of 2026-01-05 by its text"),
    ],
)
def test_a_file_whose_text_is_not_of_its_name_is_refused(front: dict[str, str], said: str) -> None:
    with pytest.raises(ContentError, match=said):
        build(_with(LOG, _session("2026-01-04-session-4", "Four", **front)))


def test_a_session_is_told_once_and_an_unfinished_one_not_at_all() -> None:
    first = build(_with(LOG, _session("2026-01-04-session-4", "Four")))
    again = build(
        replace(
            split(parse(first.source)), sessions=dict([_session("2026-01-04-session-4", "Four")])
        )
    )
    assert again.source == first.source
    assert again.notes == (
        "2026-01-04-session-4.md stands in the document already: it is left out",
    )
    other = dict([_session("2026-01-04-session-4", "Four", "Other words.")])
    with pytest.raises(ContentError, match="with other content"):
        build(replace(split(parse(first.source)), sessions=other))
    unfinished = build(_with(LOG, _session("2026-01-04-session-4", "Four", status="in-progress")))
    assert unfinished.source.text == LOG
    assert unfinished.notes == ("2026-01-04-session-4.md is still in progress: it is left out",)


def test_a_piece_that_is_gone_is_passed_over_and_still_tells_where_others_go() -> None:
    pieces = _with(LOG, _session("2026-01-02-session-2", "Second"))
    files = {name: data for name, data in pieces.files.items() if "third" not in name}
    built = build(replace(pieces, files=files)).source.text
    assert _headings(built) == [
        "### 2026-01-02: Second (Session 2)",
        "### 2026-01-01: First (Session 1)",
    ]


MONTHS = """\
# Handoff

## 2026

### October

#### 2026-10-03: Third (Session 3)

- three

---

### August

#### 2026-08-01: First (Session 1)

- one
"""


def test_a_session_stands_below_its_month_and_a_month_without_a_heading_gets_one() -> None:
    sessions = (
        _session("2026-10-02-session-2", "Second"),
        _session("2026-09-05-session-4", "Fourth"),
        _session("2026-09-30-session-5", "Fifth", run="r", orchestrator="9"),
        _session("2026-11-01-session-6", "Sixth", run="r", orchestrator="9"),
        _session("2027-01-02-session-7", "Seventh"),
    )
    before = _with(MONTHS, *sessions)
    assert [line.name for line in before.order] == [
        "undated-text-2026.md",
        "undated-text-october.md",
        "2026-10-03-entry-3-third.md",
        "undated-text-august.md",
        "2026-08-01-entry-1-first.md",
    ]
    built = build(before)
    assert [line for line in built.source.text.splitlines() if re.match("#{2,4} |---", line)] == [
        "## 2027",
        "### January",
        "#### 2027-01-02: Seventh (Session 7)",
        "## 2026",
        "### November",
        "#### Parallel Sessions 5, 6 (2026-11-01)",
        "---",
        "### October",
        "#### 2026-10-03: Third (Session 3)",
        "#### 2026-10-02: Second (Session 2)",
        "---",
        "### September",
        "#### 2026-09-05: Fourth (Session 4)",
        "---",
        "### August",
        "#### 2026-08-01: First (Session 1)",
    ]
    same = split_again(parse(built.source), before, built, options=MergeOptions())
    assert (same.order, same.sessions) == (before.order, before.sessions)
    for old, new in (("- one", "- one, in truth"), ("## 2027\n", "## 2027\n\nA year.\n")):
        edited = built.source.text.replace(old, new)
        after = split_again(parse(edited), before, built, options=MergeOptions())
        assert build(after).source.text == edited
        assert (after.sessions == before.sessions) is ("one" in old)


def test_items_below_months_stay_sessions_when_another_entry_is_edited() -> None:
    items = "# Log\n\n## March 2026\n\n- 2026-03-05: Weed\n- 2026-03-04: Water\n\n"
    items += "## February 2026\n\n- 2026-02-27: Sow\n"
    run = {"run": "r", "orchestrator": "9"}
    before = _with(
        items,
        _session("2026-04-14-session-4", "Reap"),
        _session("2026-05-02-session-5", "Thresh", **run),
        _session("2026-03-06-session-3", "Hoe"),
    )
    built = build(before)
    for month in ("## May 2026\n\n### Parallel", "## April 2026\n\n- 2026-04-14: Reap"):
        assert month in built.source.text
    edited = built.source.text.replace("Sow", "Sow beans")
    after = split_again(parse(edited), before, built, options=MergeOptions())
    assert (build(after).source.text, after.sessions) == (edited, before.sessions)
    assert [line.name for line in after.order if line.name.startswith("undated")] == [
        "undated-text-march-2026.md",
        "undated-text-february-2026.md",
    ]


def test_where_it_can_t_be_told_how_months_are_headed_that_is_said() -> None:
    weeks = (
        MONTHS.replace("## 2026\n\n", "").replace("October", "Week 2").replace("August", "Week 1")
    )
    built = build(_with(weeks, _session("2026-10-04-session-4", "Fourth")))
    (note,) = built.notes
    assert note.startswith("no heading is made: entries stand under headings such as 'Week 2'")
    assert "Fourth" in built.source.text


def test_a_log_without_entries_takes_its_first_one() -> None:
    built = build(
        _with("# Handoff\n\n## Recent Sessions\n", _session("2026-01-04-session-4", "Four"))
    )
    assert built.source.text == (
        "# Handoff\n\n## Recent Sessions\n\n### 2026-01-04: Four (Session 4)\n\nWords.\n"
    )


def test_an_edited_entry_changes_its_piece_alone() -> None:
    before = _with(LOG, _session("2026-01-04-session-4", "Four"))
    built = build(before)
    edited = built.source.text.replace("- one", "- one, in truth")
    after = split_again(parse(edited), before, built, options=MergeOptions())
    changed = {name for name in after.files if after.files[name] != before.files.get(name)}
    assert changed == {"2026-01-01-entry-1-first.md"}
    assert (after.head, after.tail, after.order) == (before.head, before.tail, before.order)
    assert after.sessions == before.sessions
    assert build(after).source.text == edited


def test_the_edited_text_of_a_session_becomes_a_piece() -> None:
    before = _with(
        LOG,
        _session("2026-01-04-session-4", "Four"),
        _session("2026-01-05-session-5", "Five", status="in-progress"),
    )
    built = build(before)
    edited = built.source.text.replace("Words.", "Better words.")
    after = split_again(parse(edited), before, built, options=MergeOptions())
    assert "2026-01-04-entry-4-four.md" in after.files
    assert list(after.sessions) == ["2026-01-05-session-5.md"]
    assert build(after).source.text == edited


@pytest.mark.parametrize("runs", [(), (0, 1, 3)])
@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize(("line", "between"), [("- **{}** {}", "\n"), ("**{}** — {}", "\n\n")])
def test_entries_without_headings_are_added_at_once_as_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
    line: str,
    between: str,
    runs: tuple[int, ...],
    *,
    newest_first: bool,
) -> None:
    days = [dt.date(2025, 11, 1) + dt.timedelta(days=number) for number in range(30)]
    entries = [line.format(day, f"Work of {day:%d}") for day in days]
    entries = entries[::-1] if newest_first else entries
    text = f"# Handoff\n\n## Log\n\n{between.join(entries)}\n"

    def run(number: int) -> str:
        return f"run: r{number}\norchestrator: 9\n" if number in runs else ""

    later = {
        f"2025-12-0{1 + number // 2}-session-{100 + number}.md": (
            f"---\ntitle: Later {number}\n{run(number)}---\nWords of {number}.\n\n- One\n".encode()
        )
        for number in range(6)
    }
    pieces = replace(split(parse(text.encode())), sessions=later)
    assert pieces.form.is_led
    unfinished = {"2025-12-09-session-200.md": b"---\ntitle: Open\nstatus: in-progress\n---\nX.\n"}
    assert build(replace(pieces, sessions=unfinished)).source.text == text
    in_turn: list[object] = []
    monkeypatch.setattr(building, "_add_in_turn", lambda *given: in_turn.append(given))
    at_once = build(pieces)
    assert (in_turn, len(at_once.told)) == ([], 6)
    monkeypatch.undo()
    monkeypatch.setattr(building, "_add_at_once", lambda *_: None)
    assert build(pieces) == at_once
