"""Where in a document a new section goes, and the white space and rules around it."""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise

from handoff_md.semantics.document.folds import find_folds
from handoff_md.semantics.document.header import last_updated
from handoff_md.semantics.entries.order import find_place
from handoff_md.semantics.entries.section import EntriesSection, ends_with_rule
from handoff_md.syntax.nodes import (
    Block,
    BlockKind,
    Document,
    Entry,
    Lead,
    Part,
    Section,
    walk,
)
from handoff_md.text.edit import Edit
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_BLANK_LINE = re.compile(r"[ \t]*(?:[\r\n]|\Z)")


class Place(Value):
    """An offset in a document, and the level of a heading there.

    Rules are wanted before or behind what is put there.
    """

    offset: int
    level: int
    rule_before: bool = False
    rule_behind: bool = False


def find_insertion(source: Source, section: EntriesSection, date: dt.date) -> Place:
    """Find where a section of ``date`` goes: at the newest end, in the document's own order.

    That is never among what is folded away. If most gaps between entries hold a rule, the new one
    gets one too.
    """
    entries = section.entries
    if not entries:
        offset = _below_introduction(section)
        return Place(offset, _level_at(section, offset))
    gaps = [bool(ends_with_rule(before)) for before, _ in pairwise(entries)]
    ruled = sum(gaps) * 2 > len(gaps)
    index, folded_from = _unfold(
        source, section, find_place(entries, date, newest_first=section.order.newest_first)
    )
    if folded_from is not None:
        return Place(folded_from, _level_at(section, entries[index].span.start), rule_behind=ruled)
    if index < len(entries):
        offset = entries[index].span.start
        # An entry without heading would belong to what is put before it: a rule ends that.
        apart = ruled or isinstance(entries[index].heading, Lead)
        return Place(offset, _level_at(section, offset), rule_behind=apart)
    rule = ends_with_rule(entries[-1])
    offset = rule.span.start if rule and not ruled else entries[-1].span.end
    level = _level_at(section, offset)
    return Place(offset, level, rule_before=ruled and not rule, rule_behind=ruled and bool(rule))


def _unfold(source: Source, section: EntriesSection, index: int) -> tuple[int, int | None]:
    """Give the entry before which a new one goes whose place would be folded away.

    Where the newest stand first that is the first folded one, and the offset of the tag before it;
    else the first one behind the fold.
    """
    entries = section.entries
    if index == len(entries):
        return index, None
    start = section.nodes[0].span.start
    inside = [child for node in section.nodes for child in (node, *walk(node))]
    place = entries[index].span.start
    folds = [
        fold
        for fold in find_folds(source, inside)
        if fold.opening.start >= start and fold.holds(place)
    ]
    if not folds:
        return index, None
    outermost = min(folds, key=lambda fold: fold.opening.start)
    if section.order.newest_first:
        first = next(n for n, it in enumerate(entries) if outermost.holds(it.span.start))
        return first, outermost.opening.start
    following = (n for n, it in enumerate(entries) if it.span.start >= outermost.closing.end)
    return next(following, len(entries)), None


def _level_at(section: EntriesSection, offset: int) -> int:
    """Give the level of a new heading that neither swallows what follows nor is swallowed."""
    headed = [node for node in section.nodes if isinstance(node, Section | Entry)]
    level = section.level
    for node in headed:
        if node.span.start >= offset:
            level = max(level, node.heading.level)
            break
    before = [node.heading.level for node in headed if node.span.start < offset]
    return min(level, before[-1]) if before else level


def _below_introduction(section: EntriesSection) -> int:
    """Give where a section without entries takes its first: behind its own words.

    A rule at its very end separates it from what follows, and stays there.
    """
    for node in section.nodes:
        if isinstance(node, Section):
            return node.span.start
    solid = [
        node
        for node in section.nodes
        if not (isinstance(node, Block) and node.kind is BlockKind.BLANK)
    ]
    last = solid[-1] if solid else None
    if isinstance(last, Block) and last.kind is BlockKind.RULE:
        return last.span.start
    return section.end


def insert_section(source: Source, place: Place, text: str) -> Edit:
    """Make the edit that puts a section (LF) at a place, blank lines around it."""
    body = text
    if place.rule_before:
        body = f"---\n\n{body}"
    if place.rule_behind:
        body = f"{body}\n---\n"
    line = source.line_of(place.offset)
    if place.offset and place.offset == source.line_offset(line):
        line -= 1
    if place.offset and source.line_text(line).strip(" \t"):
        body = f"\n{body}" if source.text[place.offset - 1] in "\r\n" else f"\n\n{body}"
    if place.offset < len(source.text) and not _BLANK_LINE.match(source.text, place.offset):
        body = f"{body}\n"
    return Edit(Span(place.offset, place.offset), with_newlines(body, source.newline))


def replace_part(source: Source, part: Part, text: str) -> Edit:
    """Make the edit that puts ``text`` (LF) in the place of a part.

    Blank lines and a rule behind the part stay: they separate it from what follows.
    """
    rule = ends_with_rule(part)
    end = rule.span.start if rule else part.span.end
    solid = source.text[part.span.start : end].rstrip()
    line = source.line_of(part.span.start + len(solid) - 1)
    return Edit(
        Span(part.span.start, source.line_offset(line + 1)), with_newlines(text, source.newline)
    )


def with_newlines(text: str, newline: str) -> str:
    """Give a text's LF line endings as ``newline``."""
    return text if newline == "\n" else text.replace("\n", newline)


def update_last_updated(document: Document, date: dt.date) -> Edit | None:
    """Make the edit that brings the header's ``**Last Updated**: YYYY-MM-DD`` up to ``date``.

    None where the header has no such field, its value is no plain date, or it is not older.
    """
    stamp = last_updated(document)
    if stamp is None or stamp[1] >= date:
        return None
    return Edit(stamp[0].value, date.isoformat())
