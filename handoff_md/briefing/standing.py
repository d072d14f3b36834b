"""Tells where things stand: who is told, what run is active, and who else is at work."""

from __future__ import annotations

import datetime as dt
from typing import Final

from handoff_md.briefing.chapter import Chapter, Passage, Topic, name_path, quote
from handoff_md.ledger.records import Claim, Run
from handoff_md.ledger.state import SessionState
from handoff_md.syntax.session_id import read_session_id
from handoff_md.syntax.status import Status
from handoff_md.syntax.summary import Summary
from handoff_md.text.visible import plain

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_MOST_FILES: Final = 20  # that are told before all further ones


def tell_session(own: Claim | None) -> Chapter:
    """Tell a session who it is, and the command that ends it; None for one without an id.

    Its title, which may be long, is what it can do without.
    """
    if own is None:
        start = 'handoff-md session start --title "TITLE"'
        line = f"This session has no id yet. It gets one, and a log, by: {start}"
        return Chapter(Topic.SESSION, "", (Passage((line,)),))
    session = plain(own.id)
    items = [Passage((f"This is session {session}. Its log: {name_path(own.log)}",))]
    items += [Passage((quote(own.title),), 1)] if own.title.strip() else []
    if own.at_work:
        end = f"handoff-md session end {session} --summary -"
        line = f"It ends, with the summary on standard input, by: {end}"
    else:
        line = f"It has ended. More of it: handoff-md session show {session}"
    return Chapter(Topic.SESSION, "", (*items, Passage((line,))))


def tell_run(
    run: Run | None,
    *,
    document: str,
    leads: bool,
    now: dt.datetime,
    apart: bool = False,
    pieces: str = "",
) -> Chapter:
    """Tell what run is active, and what that means for the document; None where none is.

    Args:
        run: the run.
        document: the path of the document that is told of.
        leads: whether the session that is told has started the run.
        now: the time, aware.
        apart: whether this branch leaves the document alone, for sessions work in several clones.
        pieces: the folder that the document is built of; empty where it is written.
    """
    name = name_path(document)
    if pieces and run is None:
        end = f"session end adds a file to {name_path(pieces)}, on any branch."
        lines = [f"Nobody writes {name}, which the main branch builds: {end}"]
    elif apart and run is None:
        end = f"session end commits its summary; who merges that writes {name}."
        lines = [f"Off the main branch nobody writes {name}: {end}"]
    elif run is None:
        lines = [f"No run is active: session end makes the session's entry in {name}."]
    elif run.document not in ("", document):
        lines = [f"No run is active for {name}; one is for {name_path(run.document)}."]
    elif leads:
        began = since(run.started_at, now)
        does = f"adds files to {name_path(pieces)}" if pieces else f"writes {name}"
        lines = [
            f"This session leads the run that is active{began}: only its end {does}.",
            "Who is missing: handoff-md run status",
            "What ends the run: handoff-md run finish",
        ]
    else:
        begun = f"A run is active{since(run.started_at, now)}"
        led = f"led by session {plain(run.orchestrator)}"
        nobody = f"nobody writes {name}, which is built" if pieces else f"nobody else writes {name}"
        lines = [f"{begun}, {led}: {nobody}; session end hands over to it."]
    return Chapter(Topic.RUN, "", (Passage(tuple(lines)),))


def tell_unreadable_run(document: str) -> Chapter:
    """Tell that there is a run's record, and nobody can read it."""
    line = f"A run's record can't be read, so one counts as active: leave {name_path(document)} be."
    return Chapter(Topic.RUN, "", (Passage((line,)),))


def tell_other(claim: Claim, state: SessionState, *, is_here: bool, now: dt.datetime) -> Passage:
    """Tell who works on what, and where; ``is_here`` is whether that is in the same work tree."""
    parts = [f"{claim.id}: {claim.title or 'no title'}"]
    parts += [f"agent {claim.agent}"] if claim.agent else []
    parts += [f"branch {claim.branch}"] if claim.branch else []
    parts += ["in this work tree"] if is_here else []
    if state is SessionState.ENDED:
        parts.append(f"ended, {claim.status or 'complete'}, its summary waits")
    elif state is SessionState.NO_LOG:
        parts.append("without a log")
    return Passage((quote(", ".join(parts) + since(claim.started_at, now, ", started")),))


def tell_handed_in(name: str, summary: Summary) -> Passage:
    """Tell of a session whose file the document is not built of yet."""
    parts = [f"{summary.session_id}: {summary.title or 'no title'}", f"in {name}"]
    if summary.status is not Status.COMPLETE:
        parts.insert(1, summary.status.value)
    return Passage((quote(", ".join(parts)),))


def tell_files(files: tuple[str, ...]) -> tuple[Passage, ...]:
    """Tell the paths of files that were changed."""
    return tuple(
        Passage((quote(f"  {path}"),), int(number >= _MOST_FILES))
        for number, path in enumerate(files)
    )


def is_led_by(run: Run | None, session: str | None) -> bool:
    """Tell whether a session has started a run."""
    if run is None or session is None:
        return False
    return read_session_id(run.orchestrator) == read_session_id(session)


def since(moment: str, now: dt.datetime, before: str = ", begun") -> str:
    """Say how long ago a moment was, as it is recorded, behind some words; empty for none."""
    try:
        began = dt.datetime.fromisoformat(moment)
    except ValueError:
        return ""
    return f"{before} {ago(int((now - began).total_seconds()))}" if began.tzinfo else ""


def ago(seconds: int) -> str:
    """Say how long ago something was; what is to come is now."""
    for size, unit in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"
