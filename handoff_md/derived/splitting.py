"""Splits a document into pieces that give it back byte for byte when they are joined."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from handoff_md.derived.pieces import (
    FormRecord,
    Gap,
    OrderLine,
    Pieces,
    can_be_gap,
    ending_of,
    has_rule,
    name_piece,
)
from handoff_md.errors import HandoffError
from handoff_md.semantics.document.folds import Fold, find_folded, find_folds
from handoff_md.semantics.entries.groups import Group
from handoff_md.semantics.entries.section import (
    EntriesSection,
    ends_with_rule,
    find_entries_section,
    is_row_of_signs,
)
from handoff_md.syntax.grammar import EntryKind
from handoff_md.syntax.nodes import Document, Entry, Lead, Section, walk
from handoff_md.text.source import Source, encode
from handoff_md.value import Value

_RULE = re.compile(r" {0,3}(?:(?:\*[ ]*){3,}|(?:-[ ]*){3,}|(?:_[ ]*){3,})")
_MOST_SAMPLES = 12  # from either end
_LONGEST_SAMPLE = 300
_OUTLINE = 24  # characters of a text's name
_NAME_SECTION = (
    "Name the section that entries stand in with --into HEADING, or by `entries-heading` in "
    "handoff-md.toml."
)


class _Stretch(Value):
    """A part of the text, from ``start`` on; ``entry`` is the one that it is, if any.

    ``is_heading`` tells that it begins with the heading of a month, or of a week.
    """

    start: int
    kind: str
    entry: Entry | None = None
    is_heading: bool = False


def split(document: Document, *, configured: str | None = None, into: str | None = None) -> Pieces:
    """Split a document: joined, its pieces give its bytes back.

    Each entry is a piece, from its heading (or the beginning of its list item) to its last solid
    line, and so is each text between two entries, such as the heading of a month. What is folded
    away is one piece: it stays together.

    Args:
        document: the document.
        configured: the heading of the section that entries stand in, as `find_entries_section`
            takes it.
        into: the one that the user has named for this time.

    Raises:
        HandoffError: ``into`` names no section, or several.
        ContentError: it is not clear which entries are meant.
    """
    try:
        section = find_entries_section(document, configured=configured, into=into)
    except HandoffError as error:
        raise type(error)(error.message, _NAME_SECTION) from error
    source = document.source
    stretches, end = _find_stretches(source, section)
    starts = [*(one.start for one in stretches), end]
    cuts = [_cut(source, start, stop) for start, stop in pairwise(starts)]
    gaps = [gap for one, (_, gap) in zip(stretches, cuts, strict=True) if one.entry]
    form = _record(document, section, gaps[:-1] if len(gaps) > 1 else gaps)
    closing = _closing_rule(source, stretches, form)
    if closing is not None:
        end = closing
        cuts[-1] = _cut(source, stretches[-1].start, end)
    names = _names(source, stretches)
    return Pieces(
        _bytes(source, 0, starts[0]),
        _bytes(source, end, len(source.text)),
        tuple(OrderLine(name, gap) for name, (_, gap) in zip(names, cuts, strict=True)),
        {
            name: encode(source.text[one.start : stop])
            for name, one, (stop, _) in zip(names, stretches, cuts, strict=True)
        },
        form,
    )


def _bytes(source: Source, start: int, end: int) -> bytes:
    return Source(source.text[start:end], bom=source.bom and not start).to_bytes()


def _find_stretches(source: Source, section: EntriesSection) -> tuple[list[_Stretch], int]:
    """Give the parts from the first entry to the last, entries, folds and texts, and their end."""
    entries = section.entries
    if not entries:
        return [], section.end
    headings = [_Stretch(start, "text", is_heading=True) for start in _starts_of(section.groups)]
    first = min(entries[0].span.start, headings[0].start) if headings else entries[0].span.start
    end = entries[-1].span.end
    points = [
        _Stretch(node.span.start, "entry", node)
        if isinstance(node, Entry)
        else _Stretch(node.span.start, "text")
        for node in section.nodes
    ]
    points = sorted((*points, *headings), key=lambda point: point.start)
    points = [point for point in points if first <= point.start < end]
    starts, told, done = [point.start for point in points], list[_Stretch](), 0
    for fold in _outer_folds(source, section):
        start, stop = fold.opening.start, fold.closing.end
        told += points[done : bisect_left(starts, start)]
        if told and told[-1].start >= start:
            told.pop()
        told.append(_Stretch(start, "fold"))
        done = bisect_left(starts, stop)
        if done == len(points):
            end = stop
        elif starts[done] > stop and source.text[stop : starts[done]].strip():
            told.append(_Stretch(stop, "text"))
    told += points[done:]
    alone = told[:1]
    alone += [
        two for one, two in pairwise(told) if two.is_heading or not one.kind == two.kind == "text"
    ]
    return alone, end


def _starts_of(groups: Sequence[Group]) -> Iterator[int]:
    """Give where the headings of months or weeks begin, in order: each can be alone a while."""
    for group in groups:
        yield group.section.span.start
        yield from _starts_of(group.below)


def _outer_folds(source: Source, section: EntriesSection) -> list[Fold]:
    """Give the folds that hold entries, but for those inside others, in order."""
    nodes = [child for node in section.nodes for child in (node, *walk(node))]
    starts = [entry.span.start for entry in section.entries]
    outer: list[Fold] = []
    for fold in sorted(find_folds(source, nodes), key=lambda fold: fold.opening.start):
        is_inner = bool(outer) and outer[-1].holds(fold.opening.start)
        if find_folded([fold], starts) and not is_inner:
            outer.append(fold)
    return outer


def _cut(source: Source, start: int, end: int) -> tuple[int, Gap]:
    """Divide a part into what is solid and the gap behind it; give where the gap begins.

    White space that the gap's lines would not give back stays with the text.
    """
    first, stop = source.line_of(start), source.line_of(max(end - 1, start)) + 1
    line = _above_blank(source, first, stop)
    above = line - 1
    if above > first and _is_rule(source.line_text(above)):
        solid = _above_blank(source, first, above)
        line = solid if solid < above else line
    at = source.line_offset(line)
    if line >= stop or at <= start:
        return end, ()
    gap = tuple(source.line_text(number) for number in range(line, stop))
    newline = ending_of(source.text[start:at])
    is_exact = "".join(f"{one}{newline}" for one in gap) == source.text[at:end]
    return (at, gap) if is_exact and can_be_gap(gap) else (end, ())


def _above_blank(source: Source, first: int, stop: int) -> int:
    """Give where the blank lines begin that end in a line, none of them before ``first``."""
    while stop > first and not source.line_text(stop - 1).strip(" "):
        stop -= 1
    return stop


def _is_rule(line: str) -> bool:
    return _RULE.fullmatch(line) is not None or is_row_of_signs(line)


def _closing_rule(source: Source, stretches: Sequence[_Stretch], form: FormRecord) -> int | None:
    """Give where a rule begins that closes the last entry, and does not part entries."""
    last = stretches[-1].entry if stretches else None
    rule = ends_with_rule(source, last) if last and not has_rule(form.gap) else None
    return rule.span.start if rule else None


def _record(document: Document, section: EntriesSection, gaps: Sequence[Gap]) -> FormRecord:
    source, entries = document.source, section.entries
    words = [
        source.slice(entry.heading.text)
        for entry in entries
        if entry.kind is not EntryKind.PARALLEL
    ]
    if len(words) > 2 * _MOST_SAMPLES:
        words = [*words[:_MOST_SAMPLES], *words[-_MOST_SAMPLES:]]
    ruled = [gap for gap in gaps if has_rule(gap)]
    usual = Counter(
        ruled if len(ruled) * 2 > len(gaps) else (gap for gap in gaps if not has_rule(gap))
    )
    return FormRecord(
        section.order.newest_first,
        max(usual, key=usual.__getitem__, default=("",)),
        source.newline,
        section.level,
        _heading_above(document, section),
        any(isinstance(entry.heading, Lead) for entry in entries),
        tuple(one for one in words if len(one) <= _LONGEST_SAMPLE),
    )


def _heading_above(document: Document, section: EntriesSection) -> str:
    """Give the heading that entries stand under, with its hashes; empty on top."""
    if section.heading is None:
        return ""
    for node in walk(document):
        if isinstance(node, Section) and node.span.end == section.end:
            words = document.source.slice(node.heading.text)
            if words == section.heading:
                return f"{'#' * node.heading.level} {words}"
    return section.heading


def _names(source: Source, stretches: Sequence[_Stretch]) -> list[str]:
    """Name the pieces: an entry by its day, its session and its title, a text by how it begins."""
    taken: dict[str, int] = {}
    names: list[str] = []
    for one in stretches:
        entry = one.entry
        if entry is None:
            words = source.text[one.start : one.start + _OUTLINE].strip()
            words = next(iter(words.splitlines()), "")
        else:
            words = " ".join([*(known.text for known in entry.session_ids[:3]), entry.title])
        names.append(name_piece(one.kind, entry.date if entry else None, words, taken))
    return names
