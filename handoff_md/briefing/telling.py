"""Tells a document's notes as chapters: blocked, open, decided, and the newest entries."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from handoff_md.briefing.chapters import PREFIX, Chapter, Passage, Topic, quote
from handoff_md.briefing.notes import Note, Piece, Shown, Told, find_notes
from handoff_md.errors import HandoffError
from handoff_md.semantics.entries.continuity import find_lacking
from handoff_md.semantics.entries.items import ItemKind, read_items
from handoff_md.semantics.entries.order import tell_order
from handoff_md.semantics.entries.section import find_entries_section
from handoff_md.semantics.summaries.hidden_text import mask_hidden
from handoff_md.semantics.summaries.work_status import UNFINISHED, told_status
from handoff_md.syntax.nodes import Document, Entry, Heading, walk

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
    *lines, last = re.split(r"\r\n|\r|\n", shown)
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
