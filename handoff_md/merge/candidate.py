"""One summary on its way into a document: judged, matched, rendered, compared."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from handoff_md.merge.manner import Manner, manner_of
from handoff_md.merge.rendering import (
    ENTRY,
    SECTION,
    PartDraft,
    RenderedPart,
    Rendering,
    render_part,
)
from handoff_md.merge.request import MergeOptions, SessionLog, Surroundings
from handoff_md.merge.result import Outcome, SessionOutcome
from handoff_md.semantics.document.links import LinkPlaces
from handoff_md.semantics.entries.footer import end_before_footer
from handoff_md.semantics.entries.identity import (
    Recorded,
    RecordedSessions,
    SessionKey,
    is_placeholder,
)
from handoff_md.semantics.logs.own_log import other_session_of_log
from handoff_md.semantics.parallel import orchestrator_of
from handoff_md.semantics.summaries.containment import contain_title
from handoff_md.semantics.summaries.own_words import UNFINISHED
from handoff_md.syntax.front_matter import front_matter_end
from handoff_md.syntax.grammar import read_log_name
from handoff_md.syntax.nodes import Document, Entry, Part
from handoff_md.syntax.session_id import SessionId
from handoff_md.syntax.summary import Status, Summary
from handoff_md.text.pattern import lazy_pattern
from handoff_md.value import Value

_RULE_BEHIND = lazy_pattern(r"\s*(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})?\s*")
UNKNOWN = SessionId("?", None, "?")
"""Stands for a session that is not told, or not known yet: ``Session ?``."""


class MergeInput(Value):
    """What all candidates of one merge share: the document, who merges and when, and how.

    ``hosted`` has each summary judged alone, too, as the hosting sites render it.
    """

    document: Document
    leader: SessionId
    date: dt.date
    options: MergeOptions
    around: Surroundings
    recorded: RecordedSessions
    hosted: bool = False


class Candidate(Value):
    """A summary, where the document already tells of its session, and what becomes of it.

    ``fills`` tells that the entry there is a placeholder, which it is written in the place of.
    """

    draft: PartDraft
    recorded: Recorded | None
    outcome: Outcome = Outcome.MERGED
    rendered: RenderedPart | None = None
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fills: bool = False

    @property
    def summary(self) -> Summary:
        """Give the summary."""
        return self.draft.summary

    def report(self) -> SessionOutcome:
        """Give what the user is told of it."""
        return SessionOutcome(
            self.draft.session_id,
            self.draft.title,
            self.outcome,
            self.summary.origin,
            self.draft.log,
            self.notes,
            self.problems,
            self.summary.status,
        )


def judge(run: MergeInput, summary: Summary) -> Candidate:
    """Decide what a summary is to the document, before anything is rendered."""
    log = run.around.logs.get(summary.origin)
    places = LinkPlaces(
        summary.path.rpartition("/")[0],
        run.options.handoff.rpartition("/")[0],
        _exists_for(summary, run.around),
        log.path.rpartition("/")[0] if log else "",
    )
    draft = PartDraft(
        summary,
        summary.session_id or UNKNOWN,
        summary.title or (log.title if log else ""),
        log.path if log and not log.ignored_by else "",
        summary.date,
        places if run.around.exists else None,
        run.options.handoff.rpartition("/")[0],
    )
    recorded = _find_recorded(run, draft)
    held = None if recorded and recorded.part else _find_placeholder(run, draft)
    notes = _notes(draft, run.options, log)
    candidate = Candidate(draft, held or recorded, notes=notes, fills=held is not None)
    in_progress = summary.status is Status.IN_PROGRESS
    unlogged = run.options.require_logs and not log and not in_progress
    problems = (*summary.problems, *(["has no session log"] if unlogged else ()))
    rivals = tuple(run.around.conflicting.get(summary.origin, ()))
    if rivals:
        return replace(candidate, outcome=Outcome.CONFLICTING, problems=(*rivals, *problems))
    if problems or summary.session_id is None:
        candidate = replace(candidate, outcome=Outcome.INVALID, problems=problems)
    elif in_progress:
        candidate = replace(candidate, outcome=Outcome.IN_PROGRESS)
    if in_progress:
        problems = (*problems, _in_progress(summary))
    return replace(candidate, problems=problems) if problems else candidate


def _in_progress(summary: Summary) -> str:
    """Say that a session goes on; by a line of its text, where front matter does not say it."""
    line = summary.status_line
    if line is None or line < front_matter_end(summary.source):
        return "is still in progress"
    return f"is still in progress, as line {line + 1} says"


def _exists_for(summary: Summary, around: Surroundings) -> Callable[[str], bool]:
    exists = around.exists
    return (lambda path: exists(summary, path)) if exists else (lambda _path: False)


def _notes(
    draft: PartDraft, options: MergeOptions, session_log: SessionLog | None
) -> tuple[str, ...]:
    notes = [] if session_log or options.require_logs else ["has no session log"]
    if session_log and session_log.ignored_by:
        notes.append(
            f"has a log that git ignores, by a rule in {session_log.ignored_by}: no commit has "
            f"{session_log.path}, so the entry does not link it"
        )
    if draft.summary.status in UNFINISHED:
        notes.append(f"says that its work is {draft.summary.status}")
    log = read_log_name(draft.log.rpartition("/")[2])
    if other := other_session_of_log(draft.summary):
        notes.append(f"names the log of session {other.session_id} as its own, {other.name}")
    elif log and draft.date and log.date != draft.date:
        notes.append(f"is of {draft.date}, but its log {log.name} of {log.date}")
    return tuple(notes)


def _find_recorded(run: MergeInput, draft: PartDraft) -> Recorded | None:
    """Find where the document already tells of a summary's session.

    An undated summary is the same only as one of this run (same orchestrator, same date), or as
    one that a finished merge has recorded.
    """
    key = SessionKey(draft.session_id, draft.date, draft.log.rpartition("/")[2] or None)
    found = run.recorded.find(key)
    if found or draft.date is not None:
        return found
    for recorded in run.recorded.by_id.get(draft.session_id, ()):
        led_by = orchestrator_of(run.document, recorded.entry)
        this_run = recorded.entry.date == run.date and led_by == run.leader
        if this_run or draft.summary.origin in run.around.merged_before:
            return recorded
    return None


def _find_placeholder(run: MergeInput, draft: PartDraft) -> Recorded | None:
    """Find an entry that holds the place of a summary's session, of its day or of none."""
    for recorded in run.recorded.by_id.get(draft.session_id, ()):
        entry = recorded.entry
        same_day = entry.date is None or draft.date is None or entry.date == draft.date
        if same_day and len(entry.session_ids) == 1 and is_placeholder(run.document, entry):
            return recorded
    return None


def render(
    run: MergeInput, candidate: Candidate, level: int, date: dt.date, manner: Manner
) -> Candidate:
    """Render a candidate for a section at ``level``, or where the document tells of it already.

    An entry of its own is written in a ``manner``, or as the one that there is of its session.

    What only rendering brings to light (hostile text, other content) decides its outcome. One that
    is invalid anyhow is rendered for its further problems, unless it could not be read; one in
    progress is not, for its text is not finished.
    """
    judged = candidate.outcome in (Outcome.MERGED, Outcome.INVALID)
    if not judged or _is_unread(candidate.summary):
        return candidate
    recorded = candidate.recorded
    rendering = _rendering_of(run, candidate)
    told = rendering.told(recorded) if recorded else None
    own_level = told.heading.level if told else rendering.level(level)
    if isinstance(told, Entry) and not candidate.fills:
        manner = _manner_there(run, candidate, told) or manner
    if own_level is None:
        problem = "would stand below the sixth heading level"
        problems = (*candidate.problems, problem)
        return replace(candidate, outcome=Outcome.INVALID, problems=problems)
    rendered = render_part(
        candidate.draft,
        level=own_level,
        section_date=(recorded.entry.date if recorded else None)
        or (candidate.draft.date if candidate.fills else None)
        or date,
        captured=run.document.blocks.references,
        formats=run.options.format,
        manner=manner if rendering.is_entry else None,
        time=run.options.time,
        hosted=run.hosted,
    )
    problems = (*candidate.problems, *rendered.problems)
    if rendered.problems:
        return replace(candidate, outcome=Outcome.INVALID, problems=problems)
    if candidate.outcome is Outcome.INVALID:
        return candidate
    notes = (*candidate.notes, *rendered.notes)
    done = replace(candidate, rendered=rendered, notes=notes)
    return _compare(run, done, recorded, told) if recorded and not candidate.fills else done


def _rendering_of(run: MergeInput, candidate: Candidate) -> Rendering:
    """Give how a session is told of: as the document does it already, else as is asked for."""
    if candidate.fills:
        return ENTRY
    recorded = candidate.recorded
    return SECTION if recorded and recorded.part else run.options.rendering


def _manner_there(run: MergeInput, candidate: Candidate, entry: Entry) -> Manner | None:
    """Give how the entry of a session is written that is there; None where its title differs."""
    title = contain_title(candidate.draft.title, captured=run.document.blocks.references)
    return manner_of(run.document, entry) if entry.title == title.text else None


def _is_unread(summary: Summary) -> bool:
    """Tell whether nothing is known of a summary but why it could not be read."""
    return bool(summary.problems) and not summary.source.text


def _compare(
    run: MergeInput, candidate: Candidate, recorded: Recorded, told: Part | Entry | None
) -> Candidate:
    """Say what a session is that the document already tells of, by ``told`` in this rendering."""
    assert candidate.rendered is not None  # noqa: S101 - the caller has rendered it
    part, draft, rendered = recorded.part, candidate.draft, candidate.rendered
    replaces = run.options.rendering.replaces
    known = draft.summary.origin in run.around.merged_before
    if known or (told and _stands_there(run.document, told, rendered.text)):
        return replace(candidate, outcome=Outcome.ALREADY_MERGED)
    replaceable = bool(part and part.log and part.log == draft.log.rpartition("/")[2])
    if run.options.replace and replaceable:
        return candidate
    if told and rendered.unmarked and _stands_there(run.document, told, rendered.unmarked):
        return replace(candidate, outcome=Outcome.ALREADY_MERGED)
    line = run.document.source.position((part or recorded.entry).span.start).line
    problem = f"is in the document already, in line {line}, with other content"
    if part is None or not replaces:
        problem += ": to change what it tells, edit it there"
    elif replaceable:
        problem += ": --replace puts this in its place"
    else:
        problem += ", and its log is not known to be the same: it can't be replaced"
    return replace(candidate, outcome=Outcome.CONFLICTING, problems=(problem,))


def _stands_there(document: Document, part: Part | Entry, text: str) -> bool:
    """Tell whether a part, or a whole entry, reads as ``text``.

    Blank lines, a rule and a footer behind it are not its own. A definition's closing bracket
    counts as escaped: earlier versions did not escape it.
    """
    own = document.source.text[part.span.start : end_before_footer(document, part)]
    present = re.sub(r"\r\n?", "\n", own).replace("\\]:", "]:")
    wanted = text.rstrip().replace("\\]:", "]:")
    return present.startswith(wanted) and bool(_RULE_BEHIND.fullmatch(present[len(wanted) :]))


def drop_doubles(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Keep one of each session; two summaries that differ can't both be its own."""
    kept: list[Candidate] = []
    places: dict[SessionId, list[int]] = {}
    for candidate in candidates:
        same_id = places.setdefault(candidate.draft.session_id, [])
        twin = next((index for index in same_id if _is_twin(candidate, kept[index])), None)
        if twin is None:
            same_id.append(len(kept))
            kept.append(candidate)
            continue
        other = kept[twin]
        if candidate.summary.source.text == other.summary.source.text:
            note = f"lies in {candidate.summary.origin} as well, with the same content"
            kept[twin] = replace(other, notes=(*other.notes, note))
        else:
            problem = f"has two summaries that differ: {other.summary.origin} and "
            problem += candidate.summary.origin
            kept[twin] = replace(
                other, outcome=Outcome.CONFLICTING, problems=(*other.problems, problem)
            )
    return kept


def _is_twin(one: Candidate, other: Candidate) -> bool:
    """Tell whether two summaries of one id are of one session."""
    first, second = one.draft, other.draft
    if first.summary.session_id is None:
        return False
    logs_differ = first.log and second.log and first.log != second.log
    dates_differ = first.date and second.date and first.date != second.date
    return not (logs_differ or dates_differ)
