"""What a merge's report says to people: notes and problems, on stderr."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from msgspec.structs import replace

from handoff_md.app.merge.report import MergeReport, MergeStatus
from handoff_md.cli.terminal import Terminal
from handoff_md.merge.result import Outcome

_ROUTINE = "headings are moved"
_UNFINISHED = "says that its work is"
_MANY = 3


def by_importance(notes: Iterable[str]) -> list[str]:
    """Order a session's notes: unfinished work first, what every merge does last."""
    return sorted(
        notes, key=lambda note: (note.startswith(_ROUTINE), not note.startswith(_UNFINISHED))
    )


def fold_notes(report: MergeReport) -> tuple[MergeReport, tuple[str, ...]]:
    """Take the notes out that many sessions share, and tell each once, with their ids."""
    sharing: defaultdict[str, list[str]] = defaultdict(list)
    for session in report.sessions:
        for kind in dict.fromkeys(map(_kind, session.outcome.notes)):
            sharing[kind].append(str(session.outcome.session_id))
    folded = {kind: ids for kind, ids in sharing.items() if len(ids) >= _MANY}
    sessions = tuple(
        replace(
            session,
            outcome=replace(
                session.outcome,
                notes=tuple(
                    by_importance(n for n in session.outcome.notes if _kind(n) not in folded)
                ),
            ),
        )
        for session in report.sessions
    )
    told = by_importance(folded)
    return replace(report, sessions=sessions), tuple(
        f"{kind}: sessions {', '.join(folded[kind])}" for kind in told
    )


def _kind(note: str) -> str:
    """Give what notes of several sessions are told as one by: how far headings move differs."""
    return _ROUTINE if note.startswith(_ROUTINE) else note


def tell_notes(terminal: Terminal, report: MergeReport) -> None:
    """Tell all notes, then all problems, each with the session that it is about."""
    report, shared = fold_notes(report)
    told = [(f"session {found.outcome.session_id}", found.outcome) for found in report.sessions]
    for note in report.notes:
        terminal.say("note", note)
    for name, outcome in told:
        for note in outcome.notes:
            terminal.say("note", f"{name}: {note}")
    for note in shared:
        terminal.say("note", note)
    for name, outcome in told:
        for problem in outcome.problems:
            terminal.say("problem", f"{name}: {problem}", "red")
    for problem in report.problems:
        terminal.say("problem", problem, "red")


def tell_verdict(terminal: Terminal, report: MergeReport) -> None:
    """Tell of a merge that adds nothing why that is; say nothing of one that does."""
    if report.status is MergeStatus.REFUSED:
        terminal.say("error", "the merge is refused, and nothing is changed", "red")
        if any(s.outcome.outcome is Outcome.MERGED for s in report.sessions):
            rest = terminal.again("--allow-partial")
            terminal.say("hint", f"Mend what the problems name, or merge the rest: `{rest}`.")
        else:
            terminal.say("hint", "Mend what the problems name, then run the command again.")
    elif report.status is MergeStatus.NOTHING_TO_MERGE:
        terminal.say("note", "there is nothing to merge")
