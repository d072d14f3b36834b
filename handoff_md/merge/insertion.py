"""Where in a document a new section goes, and the white space and rules around it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec.structs import replace

from handoff_md.semantics.document.folds import find_folds
from handoff_md.semantics.document.header import last_updated
from handoff_md.semantics.entries.footer import end_before_footer, find_footer
from handoff_md.semantics.entries.order import ToldBy, find_place
from handoff_md.semantics.entries.section import EntriesSection, ends_with_rule
from handoff_md.syntax.form.told import Told, read_told
from handoff_md.syntax.nodes import (
    Block,
    BlockKind,
    Document,
    Entry,
    Lead,
    Node,
    Part,
    Section,
    walk,
)
from handoff_md.text.edit import Edit
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_TEXT = frozenset({BlockKind.PARAGRAPH, BlockKind.QUOTE, BlockKind.LIST, BlockKind.HTML})
_CODE = frozenset({BlockKind.CODE, BlockKind.FENCE})
_BLANK_LINE = lazy_pattern(r"[ \t]*(?:[\r\n]|\Z)")


class Place(Value):
    """An offset in a document, and the level of a heading there.

    The line ``rule_before`` or ``rule_behind`` is put before or behind what is put there; ``close``
    tells that no blank lines are. ``index`` is that of the entry that it stands before.
    """

    offset: int
    level: int
    rule_before: str = ""
    rule_behind: str = ""
    close: bool = False
    index: int = 0


def find_insertion(source: Source, section: EntriesSection, date: dt.date) -> Place:
    """Find where a section of ``date`` goes: at the newest end, in the document's own order.

    That is never among what is folded away, nor between the items of a list. If most gaps between
    entries hold a rule, the new one gets one too.
    """
    entries = section.entries
    if section.to_create:
        return _place_new(section)
    if not entries:
        return _place_among_unread(source, section)
    rule = _usual_rule(source, entries)
    index, folded_from = _unfold(source, section, find_index(section, date))
    index = _beside_leads(section, index)
    if folded_from is not None:
        level = _level_at(section, entries[index].span.start)
        return Place(folded_from, level, rule_behind=rule, index=index)
    if index < len(entries):
        offset = entries[index].span.start
        # An entry without heading would belong to what is put before it: a rule ends that.
        apart = rule or ("---" if _is_led(entries[index]) else "")
        return Place(offset, _level_at(section, offset), rule_behind=apart, index=index)
    return _place_at_end(source, section, rule)


def find_led_insertion(
    source: Source, section: EntriesSection, date: dt.date, *, tight: bool, in_list: bool
) -> Place:
    """Find where an entry without heading goes among others.

    Those of a list go in it, close together where it is ``tight``.
    """
    entries = section.entries
    if not entries:
        return find_insertion(source, section, date)
    rule = "" if in_list else _usual_rule(source, entries)
    index, folded_from = _unfold(source, section, find_index(section, date))
    if folded_from is not None:
        return Place(folded_from, section.level, rule_behind=rule, index=index)
    behind = entries[index] if index < len(entries) else None
    before = entries[index - 1] if index else None
    if behind and _is_led(behind):
        offset = behind.span.start
        return Place(offset, section.level, rule_behind=rule, close=tight, index=index)
    if before and _is_led(before) and in_list:
        stop = before.span.end if behind else _end_of_entries(source, entries)
        end = before.span.start + len(source.text[before.span.start : stop].rstrip()) - 1
        offset = source.line_offset(source.line_of(end) + 1)
        return Place(offset, section.level, close=tight, index=index)
    if behind is None:
        at_end = _place_at_end(source, section, rule)
        ends = ends_with_rule(source, entries[-1]) is not None or _is_led(entries[-1])
        return at_end if ends or rule else replace(at_end, rule_before="---")
    apart = "" if before is None or _is_led(before) or ends_with_rule(source, before) else "---"
    return Place(behind.span.start, section.level, rule_before=apart, index=index)


def _place_new(section: EntriesSection) -> Place:
    """Place what stands below the headings that are to be created, at the section's end."""
    before, behind = section.rules
    return Place(section.end, section.level, rule_before=before, rule_behind=behind)


def find_index(section: EntriesSection, date: dt.date) -> int:
    """Find before which of its entries a section takes a new one of ``date``, folds aside."""
    return find_place(section.entries, date, newest_first=section.order.newest_first)


def _place_at_end(source: Source, section: EntriesSection, usual: str) -> Place:
    """Place what goes behind all entries; a footer or a rule that closes them stays the last."""
    last, index = section.entries[-1], len(section.entries)
    end = _end_of_entries(source, section.entries)
    rule = ends_with_rule(source, last, before=end)
    offset = rule.span.start if rule and not usual else end
    level = _level_at(section, offset)
    if rule:
        return Place(offset, level, rule_behind=usual, index=index)
    return Place(offset, level, rule_before=usual, index=index)


def _end_of_entries(source: Source, entries: Sequence[Entry]) -> int:
    """Give where the last entry ends, and the document's footer begins."""
    footer = find_footer(source, entries)
    return entries[-1].span.end if footer is None else footer


def _usual_rule(source: Source, entries: Sequence[Entry]) -> str:
    """Give the rule that most gaps between entries hold, as most are written; empty without."""
    rules = [ends_with_rule(source, before) for before, _ in pairwise(entries)]
    written = [source.slice(rule.span).strip() for rule in rules if rule]
    if len(written) * 2 <= len(rules):
        return ""
    return max(dict.fromkeys(written), key=written.count)


def _is_led(entry: Entry) -> bool:
    return isinstance(entry.heading, Lead)


def _beside_leads(section: EntriesSection, index: int) -> int:
    """Move a place from among entries without headings to their newest end."""
    entries = section.entries
    step = -1 if section.order.newest_first else 1
    while 0 < index < len(entries) and _is_led(entries[index - 1]) and _is_led(entries[index]):
        index += step
    return index


def _unfold(source: Source, section: EntriesSection, index: int) -> tuple[int, int | None]:
    """Give the entry before which a new one goes whose place would be folded away.

    Where the newest stand first that is the first folded one, and the offset of the tag before it;
    else the first one behind the fold.
    """
    entries = section.entries
    if index == len(entries):
        return index, None
    start = section.nodes[0].span.start
    inside = (child for node in section.nodes for child in (node, *walk(node)))
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


def _place_among_unread(source: Source, section: EntriesSection) -> Place:
    """Place what is first in a section whose text, if there is any, is not read as entries.

    A configured order says at which end of that text; else dates that fall do.
    """
    is_configured = section.order.told_by is ToldBy.CONFIGURED
    if is_configured and not section.order.newest_first:
        end = _before_last_rule(section)
        return Place(end, _level_at(section, end))
    above = (
        _first_dated(source, section) if is_configured else _above_falling_dates(source, section)
    )
    offset = _below_introduction(section) if above is None else above
    rule = "" if above is None else "---"
    return Place(offset, _level_at(section, offset), rule_behind=rule)


def _first_dated(source: Source, section: EntriesSection) -> int | None:
    """Give where the text begins that has dates, be it in a table; None without any.

    Headings part it from what is above them.
    """
    for node in section.nodes:
        if isinstance(node, Section):
            return None
        is_code = isinstance(node, Block) and node.kind in _CODE
        words = "" if is_code else source.slice(node.span)
        if not words.startswith("<!--") and any(map(_is_dated, words.splitlines())):
            return node.span.start
    return None


def _is_dated(words: str) -> bool:
    return read_told(words).dated


def _above_falling_dates(source: Source, section: EntriesSection) -> int | None:
    """Give where dates begin that fall, in a section whose text is not read as entries."""
    dated = [
        (told.date, node.span.start)
        for node in section.nodes
        for told in _dates_of(source, node)
        if told.date
    ]
    days = [day for day, _ in dated]
    falls = len(set(days)) > 1 and days == sorted(days, reverse=True)
    return dated[0][1] if falls else None


def _dates_of(source: Source, node: Node) -> Iterator[Told]:
    """Give what the lines of a text tell; code, comments and tables tell nothing."""
    is_text = isinstance(node, Block) and node.kind in _TEXT
    text = source.slice(node.span) if is_text else ""
    if not text.startswith("<!--"):
        yield from map(read_told, text.splitlines())


def _below_introduction(section: EntriesSection) -> int:
    """Give where a section without entries takes its first: behind its own words.

    A rule at its very end separates it from what follows, and stays there.
    """
    for node in section.nodes:
        if isinstance(node, Section):
            return node.span.start
    return _before_last_rule(section)


def _before_last_rule(section: EntriesSection) -> int:
    """Give a section's end, before a rule that is the last of its own."""
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
        body = f"{place.rule_before}\n\n{body}"
    if place.rule_behind:
        body = f"{body}\n{place.rule_behind}\n"
    if place.close:
        broken = not place.offset or source.text[place.offset - 1] in "\r\n"
        body = body if broken else f"\n{body}"
        return Edit(Span(place.offset, place.offset), with_newlines(body, source.newline))
    line = source.line_of(place.offset)
    if place.offset and place.offset == source.line_offset(line):
        line -= 1
    if place.offset and source.line_text(line).strip(" \t"):
        body = f"\n{body}" if source.text[place.offset - 1] in "\r\n" else f"\n\n{body}"
    if place.offset < len(source.text) and not _BLANK_LINE.match(source.text, place.offset):
        body = f"{body}\n"
    return Edit(Span(place.offset, place.offset), with_newlines(body, source.newline))


def replace_part(document: Document, part: Part | Entry, text: str) -> Edit:
    """Make the edit that puts ``text`` (LF) in the place of a part, or of an entry.

    Blank lines and a rule behind the part stay: they separate it from what follows. So does the
    document's footer.
    """
    source, stop = document.source, end_before_footer(document, part)
    rule = ends_with_rule(source, part, before=stop)
    end = rule.span.start if rule else stop
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

    It is written as the old one is. None where the header has no such field, its value is no plain
    date, or it is not older.
    """
    stamp = last_updated(document)
    return stamp.update(date) if stamp and stamp.date < date else None
