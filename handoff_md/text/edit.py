"""A patch is the only way to change text: sorted, disjoint edits against one source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from handoff_md.text.source import Source
from handoff_md.text.span import Span


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
