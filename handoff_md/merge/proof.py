"""Proves, by parsing the result again, that an edit changed nothing but its own place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from handoff_md.semantics.html_balance import is_balanced
from handoff_md.syntax.blocks import Reference, Token, parse_blocks
from handoff_md.syntax.front_matter import front_matter_end
from handoff_md.syntax.inline import scan_tokens
from handoff_md.syntax.nodes import Document
from handoff_md.text.edit import Edit, Patch
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_PROBE = "\nprobe\n"
_LOOK = attrgetter("type", "level", "markup", "info", "content", "hidden", "meta", "attrs")


@dataclass(frozen=True, slots=True)
class Unsound:
    """Why a result is not what it has to be; a clause about the document."""

    reason: str


@dataclass(frozen=True, slots=True)
class Addition:
    """An edit that puts whole lines in the place of whole lines, and the headings it brings.

    ``headings`` are the words of its headings down to ``level``, in order; all others are deeper.
    """

    edit: Edit
    level: int
    headings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Region:
    """A place in the new text: its lines there and in the old text (from 0, ends excluded)."""

    addition: Addition
    old_first: int
    old_end: int
    first: int
    end: int


def prove(
    document: Document, patch: Patch, additions: Sequence[Addition], within: Edit | None = None
) -> Unsound | None:
    """Re-parse the patched text and compare it with the document; None where all is well.

    The patch makes the additions, and ``within``, which changes characters inside one line. Each
    addition starts with a heading (a rule may stand before it). What must hold, with markdown-it as the judge: outside the edits every block token is
    the same, moved by lines at most; no block straddles an edit's bounds; no definition comes or
    goes; and each new text has no further heading of its first one's level or above, means alone
    what it means in place, balances its HTML, refers to no definition, and ends so that what
    follows starts afresh.
    """
    new = patch.apply()
    shift = document.first_line
    if front_matter_end(new) != shift:
        return Unsound("its front matter would change")
    parsed = parse_blocks(new.text[new.line_offset(shift) :])
    if parsed.too_deep is not None:
        return Unsound("it would nest too deep")
    if dict(parsed.references) != dict(document.blocks.references):
        return Unsound("its link definitions would change")
    regions = _regions(document.source, new, patch, additions, shift)
    old_parts = _split(
        document.source,
        document.blocks.tokens,
        shift,
        [line for region in regions for line in (region.old_first, region.old_end)],
    )
    new_parts = _split(
        new,
        parsed.tokens,
        shift,
        [line for region in regions for line in (region.first, region.end)],
    )
    if old_parts is None or new_parts is None:
        return Unsound("a block would reach across the place of the insertion")
    moved = 0
    for index, (old, tokens) in enumerate(zip(old_parts, new_parts, strict=True)):
        if index % 2:
            region = regions[index // 2]
            text = new.slice(new.lines_span(region.first + shift, region.end + shift))
            unsound = _prove_region(region, text, tokens, parsed.references)
            if unsound:
                return unsound
            moved = region.end - region.old_end
        elif not _equal(old, tokens, moved, document.source, within, shift):
            return Unsound("text outside the insertion would change its meaning")
    return None


def _regions(
    old: Source, new: Source, patch: Patch, additions: Sequence[Addition], shift: int
) -> list[_Region]:
    """Give the places of the additions; lines count behind the front matter."""
    regions: list[_Region] = []
    for addition in sorted(additions, key=lambda found: found.edit.span):
        edit = addition.edit
        start = _new_start(patch, edit)
        regions.append(
            _Region(
                addition,
                _line_at(old, edit.span.start) - shift,
                _line_at(old, edit.span.end) - shift,
                _line_at(new, start) - shift,
                _line_at(new, start + len(edit.text)) - shift,
            )
        )
    return regions


def _new_start(patch: Patch, wanted: Edit) -> int:
    """Give where an edit's text starts in the patched text."""
    moved = 0
    for edit in patch.edits:
        if edit == wanted:
            break
        moved += len(edit.text) - len(edit.span)
    return wanted.span.start + moved


def place_in_result(patch: Patch, addition: Addition) -> Span:
    """Give the span of an addition in the patched text, white space and rules around it aside."""
    start = _new_start(patch, addition.edit)
    text = addition.edit.text
    first = text.index("#")
    return Span(start + first, start + len(text.rstrip(" \t\r\n-")))


def _line_at(source: Source, offset: int) -> int:
    """Give the first line (from 0) that starts at or behind ``offset``."""
    line = source.line_of(offset) if source.line_count else 0
    return line if source.line_offset(line) >= offset else line + 1


def _split(
    source: Source, tokens: Sequence[Token], shift: int, bounds: Sequence[int]
) -> list[list[Token]] | None:
    """Divide tokens at line bounds; None where a top-level block lies on both sides of one.

    Blank lines at a block's end are not counted to it: the parser gives them to lists and quotes.
    """
    parts: list[list[Token]] = [[] for _ in range(len(bounds) + 1)]
    index = 0
    for token in tokens:
        if token.level == 0 and token.nesting >= 0 and token.map:
            first, end = token.map
            while index < len(bounds) and first >= bounds[index]:
                index += 1
            if index < len(bounds) and end > bounds[index]:
                while end > first and not source.line_text(end - 1 + shift).strip():
                    end -= 1
                if end > bounds[index]:
                    return None
        parts[index].append(token)
    return parts


def _equal(
    old: Sequence[Token],
    new: Sequence[Token],
    moved: int,
    source: Source,
    within: Edit | None,
    shift: int,
) -> bool:
    """Compare tokens but for ``moved`` lines; the edit inside a line is made on the old ones."""
    looks, new_looks = list(map(_LOOK, old)), list(map(_LOOK, new))
    if looks != new_looks and not (within and _amended(old, new, source, within, shift)):
        return False
    starts = [token.map[0] + moved if token.map else None for token in old]
    return starts == [token.map[0] if token.map else None for token in new]


def _amended(
    old: Sequence[Token], new: Sequence[Token], source: Source, within: Edit, shift: int
) -> bool:
    """Tell whether tokens differ in the one line of ``within`` only, and just as it says."""
    line = source.line_of(within.span.start) - shift
    before = source.slice(within.span)
    differing = [
        (one, other) for one, other in zip(old, new, strict=False) if _LOOK(one) != _LOOK(other)
    ]
    if len(old) != len(new) or len(differing) != 1:
        return False
    one, other = differing[0]
    covers = one.map is not None and one.map[0] <= line < one.map[1]
    return covers and other.content == one.content.replace(before, within.text, 1)


def _prove_region(
    region: _Region, text: str, tokens: Sequence[Token], references: Mapping[str, Reference]
) -> Unsound | None:
    alone = parse_blocks(text + _PROBE)
    probe = [token.type for token in alone.tokens[-3:]]
    if probe != ["paragraph_open", "inline", "paragraph_close"] or alone.tokens[-3].level:
        return Unsound("what follows the new section would become part of it")
    own = alone.tokens[:-3]
    if list(map(_LOOK, own)) != list(map(_LOOK, tokens)):
        return Unsound("the new section would read otherwise in its place than alone")
    if [t.map[0] + region.first if t.map else None for t in own] != [
        t.map[0] if t.map else None for t in tokens
    ]:
        return Unsound("the new section would read otherwise in its place than alone")
    start = next((token.type for token in own if token.type != "hr"), "")
    headings = tuple(
        own[index + 1].content
        for index, token in enumerate(own)
        if token.type == "heading_open" and int(token.tag[1]) <= region.addition.level
    )
    if start != "heading_open" or headings != region.addition.headings:
        return Unsound("a heading of a summary would leave the new section")
    marks = scan_tokens(own, references)
    if not is_balanced(own, marks):
        return Unsound("HTML of a summary would reach beyond the new section")
    if alone.references or any(mark.by_reference for found in marks for mark in found):
        return Unsound("a summary's brackets and a link definition would meet")
    return None
