"""A patch is the only way to change text: sorted, disjoint edits against one source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value


class Edit(Value):
    """Put ``text`` in the place of ``span``; an empty span inserts, an empty text deletes."""

    span: Span
    text: str


class Patch(Value):
    """Edits against one source, sorted and disjoint.

    Build one with `make_patch`, which sorts and checks.
    """

    source: Source
    edits: tuple[Edit, ...]

    def apply(self) -> Source:
        """Give the source with all edits made."""
        return Source(self.text, bom=self.source.bom)

    @property
    def text(self) -> str:
        """Give the text with all edits made, whose lines nobody asks for."""
        pieces: list[str] = []
        done = 0
        for edit in self.edits:
            pieces += (self.source.text[done : edit.span.start], edit.text)
            done = edit.span.end
        pieces.append(self.source.text[done:])
        return "".join(pieces)

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


def section_text(patch: Patch) -> str:
    """Give what the patch brings as whole lines, as it stands in the new text."""
    texts = [edit.text.strip("\r\n") for edit in patch.edits]
    whole = [text for text in texts if "\n" in text or "\r" in text]
    newline = patch.source.newline
    return (2 * newline).join(whole) + newline if whole else ""


def compose(first: Patch, second: Patch) -> Patch:
    """Make one patch of two in turn: the second is against what the first makes.

    Edits that meet become one; what changes nothing is left out.
    """
    text, edits, moved = second.source.text, list[Edit](), 0
    for start, end, group in _meeting(first, second):
        gained, pieces, done = 0, list[str](), start
        for edit, is_second in group:
            if is_second:
                pieces += (text[done : edit.span.start], edit.text)
                done = edit.span.end
            else:
                gained += len(edit.text) - len(edit.span)
        span = Span(start - moved, end - moved - gained)
        made = Edit(span, "".join([*pieces, text[done:end]]))
        if first.source.slice(span) != made.text:
            edits.append(made)
        moved += gained
    return Patch(first.source, tuple(edits))


def _meeting(first: Patch, second: Patch) -> Iterator[tuple[int, int, Sequence[tuple[Edit, bool]]]]:
    """Give the edits of two patches that meet, group by group, with the stretch that they span.

    Stretches are of the text between both patches; True marks an edit of the second one.
    """
    placed = [(edit.span, edit, True) for edit in second.edits]
    moved = 0
    for edit in first.edits:
        start = edit.span.start + moved
        placed.append((Span(start, start + len(edit.text)), edit, False))
        moved += len(edit.text) - len(edit.span)
    placed.sort(key=lambda item: item[0])
    group: list[tuple[Edit, bool]] = []
    begin = end = 0
    for span, edit, is_second in placed:
        if group and span.start > end:
            yield begin, end, group
            group = []
        begin, end = (begin, max(end, span.end)) if group else (span.start, span.end)
        group.append((edit, is_second))
    if group:
        yield begin, end, group
