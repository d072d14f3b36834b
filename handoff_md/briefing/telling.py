"""Tells as chapters where things stand: session, run, who is at work, what a document says."""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from handoff_md.briefing.chapters import PREFIX, Chapter, Passage, Topic, name_path, quote
from handoff_md.briefing.notes import Note, Piece, Shown, Told, find_notes
from handoff_md.errors import HandoffError
from handoff_md.ledger.records import Claim, Run
from handoff_md.ledger.state import SessionState
from handoff_md.semantics.entries.items import ItemKind, find_lacking, read_items
from handoff_md.semantics.entries.order import tell_order
from handoff_md.semantics.entries.section import find_entries_section
from handoff_md.semantics.summaries.hidden_text import mask_hidden
from handoff_md.semantics.summaries.own_words import UNFINISHED, told_status
from handoff_md.syntax.nodes import Document, Entry, Heading, walk
from handoff_md.syntax.session_id import read_session_id
from handoff_md.syntax.summary import Status, Summary
from handoff_md.text.source import NEWLINE
from handoff_md.text.visible import plain

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_MOST_FILES: Final = 20  # that are told before all further ones
_LATEST: Final = 3  # entries whose notes are told
_NEWEST: Final = 10  # entries whose headings are told
_AT_ONCE: Final = 8  # of a note, and of the headings of entries: what is told before all the rest
_MOST_SECTIONS: Final = 30
_LONGEST: Final = 800  # characters of a piece; of a longer one its line is told
_BELOW: Final = "  "
_HEADINGS: Final = {
    Topic.BLOCKED: "Blocked:",
    Topic.OPEN: "Open:",
    Topic.DECISIONS: "Decided:",
    Topic.ENTRIES: "The newest entries, and what comes next:",
}
_BREAK: Final = rb"\r\n|\r|\n"
_HEADING: Final = rb"(?:^|(?<=[\r\n]))#{1,6}[ \t]"
_FENCE: Final = rb"(?:^|(?<=[\r\n]))[ \t>]*(?:```|~~~)"


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


def tell_document(document: Document, *, entries_heading: str = "") -> tuple[Chapter, ...]:
    """Tell what the latest entries say, and sections that stand in no entry.

    Args:
        document: the document.
        entries_heading: the configured heading of the section of its entries; empty without.
    """
    shown = Shown(document.source, mask_hidden(document))
    newest = find_newest(document, entries_heading)
    latest = [told for entry in newest[:_LATEST] for told in entry.parts or (entry,)]
    notes = [note for told in latest for note in find_notes(shown, told, told.children[1:])]
    notes += find_notes(shown, None, document.children)
    chapters = {
        topic: tuple(_tell_notes(shown, [note for note in notes if note.topic is topic]))
        for topic in (Topic.BLOCKED, Topic.OPEN, Topic.DECISIONS)
    }
    statuses = (_tell_status(shown, told) for told in latest)
    chapters[Topic.BLOCKED] = (*(item for item in statuses if item), *chapters[Topic.BLOCKED])
    following = [note for note in notes if note.topic is Topic.ENTRIES]
    chapters[Topic.ENTRIES] = tuple(_tell_entries(shown, newest, following))
    if not any(chapters.values()):
        return (Chapter(Topic.ENTRIES, "Its sections:", tuple(_tell_sections(shown, document))),)
    return tuple(Chapter(topic, _HEADINGS[topic], items) for topic, items in chapters.items())


def tell_whole(document: Document) -> tuple[str, ...]:
    """Quote all lines of a document, with what is hidden left out; each stays the line it was."""
    shown = mask_hidden(document).replace("\0", "")
    *lines, last = NEWLINE.split(shown)
    lines += [last] if last else []
    return tuple(quote(line).rstrip() for line in lines)


def tell_new_entries(document: Document, before: Document) -> tuple[Passage, ...]:
    """Quote the headings of the entries that an earlier version of a document lacks."""
    shown = Shown(document.source, mask_hidden(document))
    items, others = (
        [
            one
            for one in read_items(version.source, version.children)
            if one.kind is not ItemKind.ROW
        ]
        for version in (document, before)
    )
    pieces = [
        Piece((shown.words(item.place),), shown.line_of(item.place))
        for item in find_lacking(items, others)
    ]
    return tuple(Passage(_quoted(piece, ""), 0, piece.line) for piece in pieces)


def find_newest(document: Document, entries_heading: str = "") -> tuple[Entry, ...]:
    """Give the entries, the newest first: those of the place for new ones, else all there are."""
    try:
        section = find_entries_section(document, configured=entries_heading or None)
    except HandoffError:
        entries, order = document.entries, tell_order(document.entries)
    else:
        entries, order = section.entries, section.order
    return entries if order.newest_first else entries[::-1]


def tell_heading(shown: Shown, told: Told, *, below: str = "", tier: int = 0) -> Passage:
    """Quote the heading of an entry or a part."""
    piece = Piece((shown.words(told.heading.text),), shown.line_of(told.heading.span))
    return Passage(_quoted(piece, below), tier, piece.line)


def _tell_entries(
    shown: Shown, newest: Sequence[Entry], notes: Sequence[Note]
) -> Iterator[Passage]:
    by_owner: defaultdict[int | None, list[Note]] = defaultdict(list)
    for note in notes:
        by_owner[note.owner.span.start if note.owner else None].append(note)
    for number, entry in enumerate(newest[:_NEWEST]):
        tier = int(number >= _AT_ONCE)
        yield tell_heading(shown, entry, tier=tier)
        for told in entry.parts or (entry,):
            if told is not entry:
                yield tell_heading(shown, told, below=_BELOW, tier=tier)
            for note in by_owner[told.span.start]:
                yield from _tell_note(note, ())
    for note in by_owner[None]:
        yield from _tell_note(note, ())


def _tell_sections(shown: Shown, document: Document) -> Iterator[Passage]:
    """Quote the headings of a document that tells nothing else."""
    headings = [node for node in walk(document) if isinstance(node, Heading)]
    for number, heading in enumerate(headings):
        for piece in shown.cut([heading]):
            indented = _BELOW * (heading.level - 1)
            yield Passage(_quoted(piece, indented), int(number >= _MOST_SECTIONS), piece.line)


def _tell_notes(shown: Shown, notes: Sequence[Note]) -> Iterator[Passage]:
    """Tell the notes of a topic, each owner's below its heading."""
    owner: Told | None = None
    for note in (note for note in notes if note.pieces):
        is_new = note.owner is not None and note.owner is not owner
        owner = note.owner
        above = tell_heading(shown, note.owner).lines if is_new and note.owner else ()
        yield from _tell_note(note, above)


def _tell_note(note: Note, above: tuple[str, ...]) -> Iterator[Passage]:
    """Tell a note's pieces; its label, and the lines above it, go with the first."""
    if note.label:
        above += _quoted(note.label, _BELOW if note.owner else "")
    for number, piece in enumerate(note.pieces):
        lines = _quoted(piece, _BELOW if note.owner or note.label else "")
        if lines:
            yield Passage((*above, *lines), int(number >= _AT_ONCE), piece.line)
            above = ()


def _tell_status(shown: Shown, told: Told) -> Passage | None:
    """Tell of an entry that says that its work is not complete."""
    status = told_status(shown.source, told)
    if status not in UNFINISHED:
        return None
    heading = tell_heading(shown, told)
    return Passage((*heading.lines, f"(its status: {status.value})"), 0, heading.line)


def _quoted(piece: Piece, indent: str) -> tuple[str, ...]:
    """Quote a piece, none of whose lines is blank; name the line of one that is very long."""
    inner = _BELOW if piece.indent else ""
    quoted = (quote(f"{indent}{inner}{line}") for line in piece.lines)
    lines = tuple(line for line in quoted if line.strip() != PREFIX.strip())
    size = sum(map(len, lines))
    if size <= _LONGEST:
        return lines
    return (f"(line {piece.line} of the document has {size:,} characters)",)


def leave_out_middle(data: bytes, most: int) -> bytes:
    """Give a document's first and last part, of about as many bytes together; short ones whole.

    Lines that are left out are empty, so that each of the others has its number. The parts end and
    begin at a heading where there is one, and none in the middle of a fence.
    """
    if len(data) <= most:
        return data
    headings = [match.start() for match in re.finditer(_HEADING, data)]
    fences = [match.start() for match in re.finditer(_FENCE, data)]
    half = most // 2
    before = [at for at in headings if at <= half and _is_outside(at, fences)]
    first = before[-1] if before and before[-1] else _after_break(data, half)
    behind = (at for at in headings if at >= len(data) - half and _is_outside(at, fences))
    last = next(behind, _after_break(data, len(data) - half))
    return data[:first] + b"".join(re.findall(_BREAK, data[first:last])) + data[last:]


def _is_outside(at: int, fences: Sequence[int]) -> bool:
    """Tell whether as many fences begin before a place as end there."""
    return bisect_left(fences, at) % 2 == 0


def _after_break(data: bytes, at: int) -> int:
    """Give the start of the line behind a place."""
    found = re.compile(_BREAK).search(data, at)
    return found.end() if found else len(data)
