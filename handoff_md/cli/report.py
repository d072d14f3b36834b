"""What a merge's report says to people: notes and problems, on stderr."""

from __future__ import annotations

from handoff_md.app.merge.report import MergeReport, MergeStatus
from handoff_md.cli.terminal import Terminal
from handoff_md.merge.result import Outcome


def tell_notes(terminal: Terminal, report: MergeReport) -> None:
    """Tell all notes, then all problems, each with the session that it is about."""
    told = [(f"session {found.outcome.session_id}", found.outcome) for found in report.sessions]
    for note in report.notes:
        terminal.say("note", note)
    for name, outcome in told:
        for note in outcome.notes:
            terminal.say("note", f"{name}: {note}")
    for name, outcome in told:
        for problem in outcome.problems:
            terminal.say("problem", f"{name}: {problem}", "red")
    for problem in report.problems:
        terminal.say("problem", problem, "red")


def tell_verdict(terminal: Terminal, report: MergeReport) -> None:
    """Tell of a merge that adds nothing why that is; say nothing of one that does."""
    if report.status is MergeStatus.REFUSED:
        terminal.say("error", "the merge is refused, and nothing is changed", "red")
        partly = any(s.outcome.outcome is Outcome.MERGED for s in report.sessions)
        terminal.say(
            "hint",
            "Mend what the problems name, give the ids to merge, or use --allow-partial to merge "
            "the rest."
            if partly
            else "Mend what the problems name, or give the ids to merge.",
        )
    elif report.status is MergeStatus.NOTHING_TO_MERGE:
        terminal.say("note", "there is nothing to merge")
