"""Proves, by parsing the result again, that an edit changed nothing but its own place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter

from msgspec.structs import replace

from handoff_md.semantics.entries.section import is_row_of_signs
from handoff_md.semantics.summaries.html_balance import is_balanced
from handoff_md.syntax.blocks import Reference, Token
from handoff_md.syntax.front_matter import front_matter_end
from handoff_md.syntax.inline import scan_tokens
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.reparse import LineChange, Window, reparse
from handoff_md.text.edit import Edit, Patch
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_PROBE = "\n\nprobe\n"
_PROBE_TOKENS = ["paragraph_open", "inline", "paragraph_close"]
LOOK = attrgetter("type", "level", "markup", "info", "content", "hidden", "meta", "attrs")


class Unsound(Value):
    """Why a result is not what it has to be; a clause about the document."""

    reason: str


class Addition(Value):
    """An edit that puts whole lines in the place of whole lines, and the headings it brings.

    ``text`` is the section itself, without the white space and rules that the edit puts around it.
    ``headings`` are the levels and words of its headings down to ``level``, in order; all others
    are deeper. ``is_led`` tells that it is an entry without a heading, if perhaps below some.
    """

    edit: Edit
    text: str
    level: int
    headings: tuple[tuple[int, str], ...]
    is_led: bool = False


class _Region(Value):
    """The lines of an addition, and those that it replaces."""

    addition: Addition
    lines: LineChange


def prove(
    document: Document, patch: Patch, additions: Sequence[Addition], within: Edit | None = None
) -> Unsound | None:
    """Re-parse the patched text and compare it with the document; None where all is well.

    The patch makes the additions, and ``within``, which changes characters inside one line. Each
    addition starts with a heading (a rule may stand before it). What must hold, with markdown-it
    as the judge: outside the edits every block token is the same, moved by lines at most; no block
    straddles an edit's bounds, so that each new text means in its place what it means alone; no
    definition comes or goes; and each new text has no further heading of its first one's level or
    above, takes no old heading below its own, balances its HTML, refers to no definition, and ends
    so that what follows starts afresh.
    """
    reason = next(_find_reasons(document, patch, additions, within), None)
    return Unsound(reason) if reason else None


def _find_reasons(
    document: Document, patch: Patch, additions: Sequence[Addition], within: Edit | None
) -> Iterator[str]:
    """Give the reasons why the result is unsound; only the first is meant to be asked for."""
    new = patch.apply()
    if front_matter_end(new) != document.first_line:
        yield "its front matter would change"
    regions = _regions(document.source, new, patch, additions, document.first_line)
    changes = [region.lines for region in regions]
    if within:
        line = document.source.line_of(within.span.start) - document.first_line
        changes.append(LineChange(line, line + 1, line, line + 1))
    probed = _with_probe(new, regions, document.first_line)
    for window in reparse(document, probed, sorted(changes)):
        if window.too_deep:
            yield "it would nest too deep"
            return
        at_end = window.lines.old_end == document.source.line_count - document.first_line
        judged = _without_probe(window) if at_end and probed is not new else window
        if judged is None:
            yield "a block that stays open would swallow what comes behind the new section"
            return
        inside = [region for region in regions if _lies_in(region, judged)]
        yield from _window_reasons(document, new, judged, inside, within)


def _with_probe(new: Source, regions: Sequence[_Region], shift: int) -> Source:
    """Put a probe behind an addition at the text's end: would it swallow what comes later?

    An addition that text follows needs none: that text is its probe.
    """
    if not regions or new.text[new.line_offset(regions[-1].lines.end + shift) :].strip():
        return new
    return Source(new.text + _PROBE)


def _without_probe(window: Window) -> Window | None:
    """Take the probe's tokens off again; None where it did not become a paragraph of its own."""
    last = window.tokens[-3:]
    if [token.type for token in last] != _PROBE_TOKENS or last[0].level:
        return None
    return replace(window, tokens=window.tokens[:-3])


def _lies_in(region: _Region, window: Window) -> bool:
    """Tell by its new lines: of the old ones it has none, where two windows may meet."""
    return window.lines.first <= region.lines.first and region.lines.end <= window.lines.end


def _window_reasons(
    document: Document,
    new: Source,
    window: Window,
    regions: Sequence[_Region],
    within: Edit | None,
) -> Iterator[str]:
    """Compare one window that was parsed again with what stood there."""
    old, shift, first = document.source, document.first_line, window.lines.first
    old_bounds = [line for r in regions for line in (r.lines.old_first, r.lines.old_end)]
    new_bounds = [line - first for r in regions for line in (r.lines.first, r.lines.end)]
    old_parts = _split(old, window.old_tokens, shift, old_bounds)
    new_parts = _split(new, window.tokens, shift + first, new_bounds)
    if old_parts is None or new_parts is None:
        yield "a block would reach across the place of the insertion"
        return
    moves = [window.lines.old_first, *(first - r.lines.end + r.lines.old_end for r in regions)]
    for moved, before, after in zip(moves, old_parts[::2], new_parts[::2], strict=True):
        if not compare(before, after, -moved, document, within):
            yield "text outside the insertion would change its meaning"
    if any(t.type == "definition" for part in (*old_parts[1::2], *new_parts[1::2]) for t in part):
        yield "its link definitions would change"
    references = document.blocks.references
    for region, inside, behind in zip(regions, new_parts[1::2], new_parts[2::2], strict=True):
        yield from _region_reasons(region, inside, behind, references)


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
                LineChange(
                    line_at(old, edit.span.start) - shift,
                    line_at(old, edit.span.end) - shift,
                    line_at(new, start) - shift,
                    line_at(new, start + len(edit.text)) - shift,
                ),
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
    """Give the span of an addition's own text in the patched text."""
    start = _new_start(patch, addition.edit) + addition.edit.text.index(addition.text)
    return Span(start, start + len(addition.text.rstrip()))


def line_at(source: Source, offset: int) -> int:
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
                while end > first and not source.line_text(end - 1 + shift).strip(" \t"):
                    end -= 1
                if end > bounds[index]:
                    return None
        parts[index].append(token)
    return parts


def compare(
    old: Sequence[Token],
    new: Sequence[Token],
    moved: int,
    document: Document,
    within: Edit | None,
) -> bool:
    """Compare tokens but for ``moved`` lines; the edit inside a line is made on the old ones."""
    source, shift = document.source, document.first_line
    looks, new_looks = list(map(LOOK, old)), list(map(LOOK, new))
    if looks != new_looks and not (within and _amended(old, new, source, within, shift)):
        return False
    starts = [token.map[0] + moved if token.map else None for token in old]
    return starts == [token.map[0] if token.map else None for token in new]


def _amended(
    old: Sequence[Token], new: Sequence[Token], source: Source, within: Edit, shift: int
) -> bool:
    """Tell whether tokens differ in the one line of ``within`` only, and just as it says."""
    if len(old) != len(new):
        return False
    differing = [
        (one, other) for one, other in zip(old, new, strict=True) if LOOK(one) != LOOK(other)
    ]
    if len(differing) != 1:
        return False
    one, other = differing[0]
    line = source.line_of(within.span.start) - shift
    if one.map is None or not one.map[0] <= line < one.map[1]:
        return False
    lines = one.content.split("\n")
    words = lines[line - one.map[0]]
    before = source.slice(within.span)
    start = source.line_offset(line + shift)
    place = source.text.count(before, start, within.span.start)
    pieces = words.split(before)
    joined = (before.join(pieces[: place + 1]), before.join(pieces[place + 1 :]))
    lines[line - one.map[0]] = within.text.join(joined)
    amended = "\n".join(lines)
    return LOOK(other) == LOOK(one.copy(content=amended))


def _region_reasons(
    region: _Region,
    inside: Sequence[Token],
    behind: Sequence[Token],
    references: Mapping[str, Reference],
) -> Iterator[str]:
    """Give what is wrong with the tokens of an addition, or with its reach over those behind."""
    inside = without_rules(inside)
    start = inside[0].type if inside else ""
    headings = tuple(
        (int(token.tag[1]), inside[index + 1].content)
        for index, token in enumerate(inside)
        if token.type == "heading_open" and int(token.tag[1]) <= region.addition.level
    )
    if start != "heading_open" or headings != region.addition.headings:
        yield "a heading of a summary would leave the new section"
    if _first_level(behind) > _first_level(inside):
        yield "a heading of the document would come to stand below the new section"
    marks = scan_tokens(inside, references)
    if not is_balanced(inside, marks):
        yield "HTML of a summary would reach beyond the new section"
    if any(mark.by_reference for found in marks for mark in found):
        yield "a summary's brackets and a link definition would meet"


def without_rules(tokens: Sequence[Token]) -> Sequence[Token]:
    """Take the rules off that tokens begin with, as thematic breaks or rows of signs."""
    start = 0
    while start < len(tokens):
        if tokens[start].type == "hr":
            start += 1
        elif tokens[start].type == "paragraph_open" and is_row_of_signs(tokens[start + 1].content):
            start += 3
        else:
            break
    return tokens[start:]


def _first_level(tokens: Sequence[Token]) -> int:
    """Give the level of the first heading that stands at the top level; 0 where there is none."""
    levels = (int(t.tag[1]) for t in tokens if t.type == "heading_open" and not t.level)
    return next(levels, 0)
