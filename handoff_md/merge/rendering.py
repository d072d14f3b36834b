"""What a merge writes: a section with a part for each session, or one session's own entry.

The commit's message goes with it. Which of the two it is, is said by `SECTION` and `ENTRY` alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from handoff_md.errors import ContentError
from handoff_md.merge.manner import DOCUMENTED, Manner
from handoff_md.merge.result import SessionOutcome
from handoff_md.semantics.document.links import LinkPlaces, relative, write_destination
from handoff_md.semantics.entries.identity import Recorded
from handoff_md.semantics.parallel import count_agents, section_heading
from handoff_md.semantics.summaries.containment import (
    TOO_DEEP,
    Contained,
    contain,
    contain_title,
    links_to,
)
from handoff_md.semantics.summaries.own_words import UNFINISHED, says_status
from handoff_md.syntax.blocks import Reference, parse_blocks
from handoff_md.syntax.form.moments import read_date
from handoff_md.syntax.grammar import (
    LogName,
    read_field,
    read_log_links,
    read_log_name,
)
from handoff_md.syntax.nodes import Entry, Part
from handoff_md.syntax.session_id import SessionId
from handoff_md.syntax.summary import Status, Summary
from handoff_md.text.edit import Edit, make_patch
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_FORMAT_OPTIONS = {"number": True, "compact_tables": True}
_MAX_LEVEL = 6
_LONGEST_SUBJECT = 72
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


class SectionHead(Value):
    """What stands above the sessions of a section.

    ``level`` is that of its heading. ``absent`` says of each session that is left out why, as
    ``Session 21 (invalid: …)``; it is contained already.
    """

    ids: tuple[SessionId, ...]
    level: int
    date: dt.date
    orchestrator: SessionId
    absent: tuple[str, ...]


class Rendering(Value):
    """One of the two ways in which a merge tells of sessions: `SECTION` or `ENTRY`.

    Attributes:
        level: gives the level of a session's heading, by that of headings where it is put; None
            where that would be too deep.
        is_entry: whether the session is headed in the manner of the document's own entries, or as
            documented below a section.
        told: gives what the document has of a session in this rendering; None where it has nothing.
        compose: makes of the rendered sessions what is put into the document (ContentError: it
            can't be made of so many).
        replaces: whether new content may be put in the place of what the document has.
        message: writes the commit's message, by the orchestrator, the sessions and the words that
            the user has for it.
    """

    level: Callable[[int], int | None]
    is_entry: bool
    told: Callable[[Recorded], Part | Entry | None]
    compose: Callable[[Sequence[RenderedPart], SectionHead], str]
    replaces: bool
    message: Callable[[SessionId, Sequence[SessionOutcome], str | None], str]


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


def _compose_section(parts: Sequence[RenderedPart], head: SectionHead) -> str:
    """Render the whole section (LF, one newline at the end)."""
    header = [
        f"**Orchestrator**: Session {head.orchestrator}",
        f"**Parallel Executions**: {count_agents(len(head.ids))}",
    ]
    if head.absent:
        header.append(f"**Not merged**: {', '.join(head.absent)}")
    heading = f"{'#' * head.level} {section_heading(head.ids, head.date)}\n"
    return "\n".join([heading, "\n".join(header) + "\n", *(part.text for part in parts)])


def _compose_entry(parts: Sequence[RenderedPart], head: SectionHead) -> str:
    """Give the one session's text.

    Raises:
        ContentError: there are several, of one id: their dates or logs differ.
    """
    if len(parts) > 1:
        raise ContentError(
            f"several summaries are of session {head.ids[0]}, with dates or logs that differ",
            "An entry is of one session: move the other summaries away, or merge all of them with "
            "`handoff-md merge`.",
        )
    return parts[0].text


def write_message(
    orchestrator: SessionId, sessions: Sequence[SessionOutcome], own: str | None
) -> str:
    """Write the message that names every session, and those whose work is not complete again.

    ``own`` are the user's words for its upper part; the trailers stand below them all the same.
    """
    ids = [session.session_id for session in sessions]
    trailers = [f"Handoff-Orchestrator: {orchestrator}", *_session_trailers(sessions)]
    return _with_trailers(own, _subject(ids), trailers)


def name_run(token: str) -> str:
    """Write the trailer by which other clones know the merge of a run that they share."""
    return f"Handoff-Run: {token}"


def write_entry_message(sessions: Sequence[SessionOutcome], own: str | None) -> str:
    """Write the message of a commit that adds the own entry of the one session there is."""
    (session,) = sessions
    subject = f"docs(handoff): add session {session.session_id}"
    return _with_trailers(own, subject, _session_trailers(sessions))


def _session_trailers(sessions: Sequence[SessionOutcome]) -> list[str]:
    unfinished = [session for session in sessions if session.work in UNFINISHED]
    return [
        *(f"Handoff-Session: {session.session_id}" for session in sessions),
        *(f"Handoff-Status: {session.session_id} {session.work}" for session in unfinished),
    ]


def _with_trailers(own: str | None, subject: str, trailers: Sequence[str]) -> str:
    words = own.strip() if own and own.strip() else subject
    return f"{words}\n\n" + "\n".join(trailers) + "\n"


def _subject(ids: Sequence[SessionId]) -> str:
    if len(ids) == 1:
        return f"docs(handoff): merge session {ids[0]}"
    named = f"docs(handoff): merge parallel sessions {', '.join(map(str, ids))}"
    if len(named) <= _LONGEST_SUBJECT:
        return named
    return f"docs(handoff): merge {len(ids)} parallel sessions"


SECTION = Rendering(
    level=lambda level: level + 1 if level < _MAX_LEVEL else None,
    is_entry=False,
    told=lambda recorded: recorded.part,
    compose=_compose_section,
    replaces=True,
    message=write_message,
)
"""A parallel section: ``#### Session 19: Title`` stands below its heading."""

ENTRY = Rendering(
    level=lambda level: level,
    is_entry=True,
    told=lambda recorded: recorded.entry,
    compose=_compose_entry,
    replaces=False,
    message=lambda _orchestrator, sessions, own: write_entry_message(sessions, own),
)
"""The own entry of the one session there is: documented ``### 2025-12-18: Title (Session 19)``."""


def format_body(text: str) -> str:
    """Give a contained body as mdformat writes it, rules as ``---`` as people write them.

    mdformat rewrites freely, so the result has to be contained again.
    """
    import mdformat  # noqa: PLC0415 - costs 80 ms, and few ask for it

    source = Source(mdformat.text(text, options=_FORMAT_OPTIONS, extensions={"gfm"}))
    rules = [
        token.map[0]
        for token in parse_blocks(source.text).tokens
        if token.type == "hr" and token.map
    ]
    edits = [Edit(_rule_span(source, line), "---") for line in rules]
    return make_patch(source, edits).apply().text


def _rule_span(source: Source, line: int) -> Span:
    """Give the span of a rule, which mdformat writes with underscores, behind its containers."""
    start = source.text.index("_", source.line_offset(line))
    return Span(start, source.line_offset(line) + len(source.line_text(line)))
