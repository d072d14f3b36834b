"""Renders the documented format: a parallel section, and each session's part of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from handoff_md.merge.formatting import format_body
from handoff_md.merge.manner import DOCUMENTED, Manner
from handoff_md.semantics.document.links import LinkPlaces, relative, write_destination
from handoff_md.semantics.parallel.form import count_agents, section_heading
from handoff_md.semantics.summaries.containment import (
    TOO_DEEP,
    Contained,
    contain,
    contain_title,
    links_to,
)
from handoff_md.semantics.summaries.work_status import UNFINISHED, says_status
from handoff_md.syntax.blocks import Reference
from handoff_md.syntax.form.moments import read_date
from handoff_md.syntax.grammar import (
    LogName,
    read_field,
    read_log_links,
    read_log_name,
)
from handoff_md.syntax.session_id import SessionId
from handoff_md.syntax.status import Status
from handoff_md.syntax.summary import Summary
from handoff_md.value import Value

_MAX_LEVEL = 6
NO_TITLE = "has no title: give it one in front matter or as a first-level heading"


class PartDraft(Value):
    """What one session's part is made of.

    ``title`` is the summary's, or its log's where it has none; ``log`` is the log's path relative
    to the repository's root, empty where there is none. ``places`` is None where nothing is known
    of what exists; ``folder`` is the document's.
    """

    summary: Summary
    session_id: SessionId
    title: str
    log: str
    date: dt.date | None
    places: LinkPlaces | None
    folder: str


class RenderedPart(Value):
    """A session's part as text (LF, one newline at the end), with what was repaired or refused.

    ``unmarked`` is the text without the line that says that the work is not complete, as sections
    were written before there was one; empty where the text has none.
    """

    text: str
    notes: tuple[str, ...]
    problems: tuple[str, ...]
    unmarked: str = ""


def render_part(
    draft: PartDraft,
    *,
    level: int,
    section_date: dt.date,
    captured: Mapping[str, Reference],
    formats: bool = False,
    manner: Manner | None = None,
    time: dt.time | None = None,
    hosted: bool = True,
) -> RenderedPart:
    """Render ``#### Session 19: Title`` at ``level``, with log, status and the body below.

    With a ``manner`` it is an entry of its own, written so; ``time`` is when it ended. ``hosted``
    is as `contain` takes it.
    """
    places, text = draft.places, draft.summary.body_text
    title = contain_title(draft.title, captured=captured, places=places, hosted=hosted)
    below = manner.body_level(level) if manner else level
    body = contain(text, level=below, captured=captured, places=places, hosted=hosted)
    if formats and body.text:
        again = contain(format_body(body.text), level=below, captured=captured, hosted=hosted)
        body = replace(again, notes=body.notes, links=body.links)
    problems = (*title.problems, *body.problems)
    if not body.problems and not body.text:
        problems = (*problems, "is empty")
    unread = body.refusal is not None and body.refusal.reason == TOO_DEEP
    if not title.problems and not title.text and not unread:
        problems = (*problems, NO_TITLE)
    words = f"Session {draft.session_id}: {title.text}"
    if manner:
        words = manner.head(section_date, time, draft.session_id, title.text)
    above = _provenance(draft, section_date, body)
    status = _status(draft.summary.status, body)
    notes = (*(f"title: {note}" for note in title.notes), *_shift_notes(body, manner))
    laid_out = (manner or DOCUMENTED).lay_out
    unmarked = laid_out(words, "\n".join([*above, body.text]), level)
    if not status:
        return RenderedPart(unmarked, notes, problems)
    marked = laid_out(words, "\n".join([*above, status, body.text]), level)
    return RenderedPart(marked, notes, problems, unmarked)


def _shift_notes(body: Contained, manner: Manner | None) -> tuple[str, ...]:
    """Give the notes of a body; where its entry has no heading, none of its own stay headings."""
    if manner is None or not manner.is_led:
        return body.notes
    kept = [note for note in body.notes if not note.startswith("headings ")]
    return (*kept, "headings are bold paragraphs") if len(kept) < len(body.notes) else body.notes


def _status(status: Status, body: Contained) -> str:
    """Give the line that says that the work is not complete; empty where the body does itself."""
    if status not in UNFINISHED or says_status(body.text, status):
        return ""
    return f"**Status**: {status}\n"


def _provenance(draft: PartDraft, section_date: dt.date, body: Contained) -> list[str]:
    """Give the lines that say where the session's log is, or when it was; none where known.

    By these a later merge knows the session again: they are left out only where the part is read
    rightly without them.
    """
    lines = []
    log = read_log_name(draft.log.rpartition("/")[2])
    named = _named_logs(draft, body)
    if draft.log and not (links_to(body.links, draft.log.rpartition("/")[2]) and named <= {log}):
        target = write_destination(relative(draft.log, draft.folder))
        lines.append(f"**Session Log**: [Session {draft.session_id}]({target})\n")
    dates = {section_date, *_field_dates(body), *(found.date for found in named)}
    if not log and draft.date and dates != {draft.date}:
        lines.append(f"**Date**: {draft.date.isoformat()}\n")
    return lines


def _named_logs(draft: PartDraft, body: Contained) -> set[LogName]:
    """Give the logs of a body that a reader may take for the session's own."""
    if "-session-" not in body.text:
        return set()
    links = (link for line in body.text.split("\n") for link in read_log_links(line))
    return {link.log for link in links if link.is_of(draft.session_id)}


def _field_dates(body: Contained) -> set[dt.date | None]:
    """Give the dates of a body that a reader may take for the session's own."""
    if "Date" not in body.text:
        return set()
    fields = (read_field(line) for line in body.text.split("\n"))
    return {read_date(field.value) for field in fields if field and field.key == "Date"}


def render_section(
    parts: Sequence[RenderedPart],
    ids: Sequence[SessionId],
    *,
    level: int,
    date: dt.date,
    orchestrator: SessionId,
    absent: Sequence[str],
) -> str:
    """Render the whole section (LF, one newline at the end).

    ``absent`` says of each session that is left out why, as ``Session 21 (invalid: …)``; it is
    contained already.
    """
    header = [
        f"**Orchestrator**: Session {orchestrator}",
        f"**Parallel Executions**: {count_agents(len(ids))}",
    ]
    if absent:
        header.append(f"**Not merged**: {', '.join(absent)}")
    heading = f"{'#' * level} {section_heading(ids, date)}\n"
    return "\n".join([heading, "\n".join(header) + "\n", *(part.text for part in parts)])


def part_level(level: int) -> int | None:
    """Give the level of the sessions' headings below a section's; None below the sixth."""
    return level + 1 if level < _MAX_LEVEL else None
