"""What a merge tells people: what matters first, and what all share once."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from handoff_md.app.merge.report import MergeReport, MergeStatus, SessionReport
from handoff_md.cli.merge import tell_merge
from handoff_md.cli.terminal import Terminal
from handoff_md.cli.views import describe_age
from handoff_md.merge.result import Outcome, SessionOutcome
from handoff_md.syntax.session_id import SessionId
from handoff_md.text.visible import count_columns

MOVED = "headings are moved 3 down"
PARTIAL = "says that its work is partial"


def report(*notes: tuple[str, ...]) -> MergeReport:
    sessions = tuple(
        SessionReport(
            SessionOutcome(SessionId(str(n), n, ""), "Work", Outcome.MERGED, notes=told), None, None
        )
        for n, told in enumerate(notes, 19)
    )
    return MergeReport(MergeStatus.MERGED, "HANDOFF.md", "22", sessions=sessions)


def test_unfinished_work_is_told_first_and_what_every_merge_does_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tell_merge(Terminal(), report((MOVED, "an open fence is closed", PARTIAL)))
    told = [line.strip() for line in capsys.readouterr().out.splitlines()[2:]]
    assert told == [f"- {PARTIAL}", "- an open fence is closed", f"- {MOVED}"]


def test_lines_have_as_many_cells_as_the_terminal_or_eighty(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = report(("has a note that goes on for longer than a narrow terminal is wide",))
    outcome = replace(told.sessions[0].outcome, title="表の列 " * 14)
    told = replace(told, sessions=(replace(told.sessions[0], outcome=outcome),))
    for columns in (40, 60, 80):
        monkeypatch.setenv("COLUMNS", str(columns))
        tell_merge(Terminal(), told)
        lines = capsys.readouterr().out.splitlines()[1:]
        assert all(count_columns(line) <= columns for line in lines), lines
        assert any(count_columns(line) > columns - 10 for line in lines)


def test_what_many_sessions_share_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    other = "headings are moved 4 down"
    tell_merge(Terminal(), report((MOVED,), (other, PARTIAL), (MOVED, "has no session log")))
    said = capsys.readouterr()
    assert "headings" not in said.out
    assert f"- {PARTIAL}" in said.out
    assert said.err == "note: headings are moved: sessions 19, 20, 21\n"


def test_a_refused_merge_says_how_to_merge_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    refused = MergeReport(MergeStatus.REFUSED, "HANDOFF.md", "22", sessions=report(()).sessions)
    tell_merge(Terminal(words=("run", "finish", "--into", "## Log")), refused)
    assert "`handoff-md run finish --into '## Log' --allow-partial`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, ""), (5, "5 s"), (200, "3 min"), (7500, "2 h 5 min"), (440_000, "5 d 2 h")],
)
def test_an_age_has_units(seconds: int | None, words: str) -> None:
    assert describe_age(seconds) == words
