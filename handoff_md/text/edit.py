"""A patch is the only way to change text: sorted, disjoint edits against one source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from handoff_md.text.source import Source
from handoff_md.text.span import Span

_CONTEXT_LINES = 3


@dataclass(frozen=True, slots=True)
class Edit:
    """Put ``text`` in the place of ``span``; an empty span inserts, an empty text deletes."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Patch:
    """Edits against one source, sorted and disjoint.

    Build one with `make_patch`, which sorts and checks.
    """

    source: Source
    edits: tuple[Edit, ...]

    def apply(self) -> Source:
        """Give the source with all edits made."""
        pieces: list[str] = []
        done = 0
        for edit in self.edits:
            pieces += (self.source.text[done : edit.span.start], edit.text)
            done = edit.span.end
        pieces.append(self.source.text[done:])
        return Source("".join(pieces), bom=self.source.bom)

    def shift(self, offset: int) -> int:
        """Give where the character at ``offset`` stands after the edits.

        A character inside a replaced span goes to the start of the replacement; an insertion at
        ``offset`` comes before it.
        """
        moved = offset
        for edit in self.edits:
            if edit.span.start > offset:
                break
            if edit.span.end > offset:
                return moved - (offset - edit.span.start)
            moved += len(edit.text) - len(edit.span)
        return moved

    def diff(self, name: str) -> str:
        """Give the patch as a unified diff of ``a/name`` and ``b/name``; empty if nothing changes.

        Lines keep their own endings; three lines of context.
        """
        hunks = [hunk for group in self._groups() for hunk in _render_hunk(self.source, group)]
        if not hunks:
            return ""
        return "".join([f"--- a/{name}\n", f"+++ b/{name}\n", *_with_offsets(hunks)])

    def _groups(self) -> Iterator[list[Edit]]:
        """Give the edits whose hunks would touch or overlap, group by group."""
        group: list[Edit] = []
        for edit in self.edits:
            if group:
                gap = self._first_line(edit) - self._end_line(group[-1])
                if gap > 2 * _CONTEXT_LINES:
                    yield group
                    group = []
            group.append(edit)
        if group:
            yield group

    def _first_line(self, edit: Edit) -> int:
        return _touched_lines(self.source, edit.span)[0]

    def _end_line(self, edit: Edit) -> int:
        return _touched_lines(self.source, edit.span)[1]


@dataclass(frozen=True, slots=True)
class _Hunk:
    start: int
    old_count: int
    new_count: int
    lines: tuple[str, ...]


def make_patch(source: Source, edits: Iterable[Edit]) -> Patch:
    """Sort edits into a patch against ``source``.

    Raises:
        ValueError: two edits overlap, two insert at one place, or one lies outside the source.
    """
    ordered = tuple(sorted(edits, key=lambda edit: edit.span))
    for before, after in pairwise(ordered):
        if after.span.start < before.span.end or after.span == before.span:
            msg = f"edits overlap: {before.span} and {after.span}"
            raise ValueError(msg)
    if ordered and ordered[-1].span.end > len(source.text):
        msg = f"edit outside the source: {ordered[-1].span}"
        raise ValueError(msg)
    return Patch(source, ordered)


def _touched_lines(source: Source, span: Span) -> tuple[int, int]:
    """Give the lines (from 0, end excluded) that an edit of ``span`` rewrites.

    An insertion at the start of a line rewrites none.
    """
    if span.start == len(source.text) and _ends_line(source.text):
        return source.line_count, source.line_count
    first = source.line_of(span.start)
    if span.start == span.end == source.line_offset(first):
        return first, first
    last = source.line_of(max(span.start, span.end - 1))
    return first, last + 1


def _ends_line(text: str) -> bool:
    return not text or text[-1] in "\r\n"


def _render_hunk(source: Source, group: list[Edit]) -> Iterator[_Hunk]:
    """Give the one hunk of a group of edits, or none if they change nothing."""
    spans = [_touched_lines(source, edit.span) for edit in group]
    first = max(spans[0][0] - _CONTEXT_LINES, 0)
    end = min(spans[-1][1] + _CONTEXT_LINES, source.line_count)
    lines: list[str] = []
    line, index = first, 0
    while index < len(group):
        start, stop = spans[index]
        joined = [group[index]]
        while index + 1 < len(group) and spans[index + 1][0] < stop:
            index += 1
            stop = max(stop, spans[index][1])
            joined.append(group[index])
        lines += _prefixed(" ", source.slice(source.lines_span(line, start)))
        lines += _replaced_lines(source, source.lines_span(start, stop), joined)
        line, index = stop, index + 1
    lines += _prefixed(" ", source.slice(source.lines_span(line, end)))
    old = sum(1 for text in lines if text[0] in " -")
    new = sum(1 for text in lines if text[0] in " +")
    if any(text[0] in "+-" for text in lines):
        yield _Hunk(first, old, new, tuple(lines))


def _replaced_lines(source: Source, span: Span, edits: list[Edit]) -> list[str]:
    before = source.slice(span)
    moved = [Edit(Span(e.span.start - span.start, e.span.end - span.start), e.text) for e in edits]
    after = Patch(Source(before), tuple(moved)).apply().text
    if before == after:
        return _prefixed(" ", before)
    return _prefixed("-", before) + _prefixed("+", after)


def _prefixed(mark: str, text: str) -> list[str]:
    lines = Source(text)
    return [
        f"{mark}{lines.slice(lines.lines_span(number, number + 1))}"
        for number in range(lines.line_count)
    ]


def _with_offsets(hunks: list[_Hunk]) -> Iterator[str]:
    """Give the lines of all hunks with their headers, as `diff -u` and git number them."""
    offset = 0
    for hunk in hunks:
        old = hunk.start + (1 if hunk.old_count else 0)
        new = hunk.start + offset + (1 if hunk.new_count else 0)
        yield f"@@ -{old},{hunk.old_count} +{new},{hunk.new_count} @@\n"
        for line in hunk.lines:
            yield line if _ends_line(line) else f"{line}\n\\ No newline at end of file\n"
        offset += hunk.new_count - hunk.old_count
