"""Renders the documented format: a parallel section, and each session's part of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handoff_md.semantics.containment import contain, contain_title, links_to
from handoff_md.semantics.links import LinkPlaces, relative
from handoff_md.syntax.blocks import Reference
from handoff_md.syntax.session_id import SessionId
from handoff_md.syntax.summary import Summary

_MAX_LEVEL = 6


@dataclass(frozen=True, slots=True)
class PartDraft:
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


@dataclass(frozen=True, slots=True)
class RenderedPart:
    """A session's part as text (LF, one newline at the end), with what was repaired or refused."""

    text: str
    notes: tuple[str, ...]
    problems: tuple[str, ...]


def render_part(
    draft: PartDraft,
    *,
    level: int,
    section_date: dt.date,
    captured: Mapping[str, Reference],
) -> RenderedPart:
    """Render ``#### Session 19: Title`` at ``level``, with the log's link and the body below."""
    title = contain_title(draft.title, captured=captured, places=draft.places)
    body = contain(draft.summary.body_text, level=level, captured=captured, places=draft.places)
    problems = (*title.problems, *body.problems)
    if not problems and not body.text:
        problems = ("is empty",)
    if not problems and not title.text:
        problems = ("has no title: give it one in front matter or as a first-level heading",)
    heading = f"{'#' * level} Session {draft.session_id}: {title.text}\n"
    blocks = [heading, *_provenance(draft, section_date, body.links), body.text]
    notes = (*(f"title: {note}" for note in title.notes), *body.notes)
    return RenderedPart("\n".join(blocks), notes, problems)


def _provenance(draft: PartDraft, section_date: dt.date, links: Sequence[str]) -> list[str]:
    """Give the line that says where the session's log is, or when it was; none where known."""
    if draft.log:
        if links_to(links, draft.log.rpartition("/")[2]):
            return []
        target = relative(draft.log, draft.folder)
        return [f"**Session Log**: [Session {draft.session_id}]({target})\n"]
    if draft.date and draft.date != section_date:
        return [f"**Date**: {draft.date.isoformat()}\n"]
    return []


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

    ``absent`` says of each session that is left out why, as ``Session 21 (invalid: …)``.
    """
    named = ", ".join(str(session_id) for session_id in ids)
    agents = "1 agent" if len(ids) == 1 else f"{len(ids)} agents"
    header = [
        f"**Orchestrator**: Session {orchestrator}",
        f"**Parallel Executions**: {agents}",
    ]
    if absent:
        reasons = contain_title(", ".join(absent), captured={})
        header.append(f"**Not merged**: {reasons.text}")
    heading = f"{'#' * level} Parallel Sessions {named} ({date.isoformat()})\n"
    return "\n".join([heading, "\n".join(header) + "\n", *(part.text for part in parts)])


def part_level(level: int) -> int | None:
    """Give the level of the sessions' headings below a section's; None below the sixth."""
    return level + 1 if level < _MAX_LEVEL else None
