"""Tells which edits of a document change its blocks beyond what they take out or write."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from handoff_md.syntax.nodes import Document
from handoff_md.text.edit import Edit, Patch
from handoff_md.text.source import Source
from handoff_md.value import Value


class _Block(Value):
    """A block: what it is, its first line (from 0), and the one behind its last."""

    kind: tuple[str, str, int, bool]
    start: int
    end: int


def find_breaking(old: Document, patch: Patch, new: Document) -> frozenset[Edit]:
    """Find the edits of a patch that make other blocks of the lines around them.

    A block that an edit takes out whole may go, and a line that is written anew may be any block.
    Every other block has to stay what it is: its kind, its depth, the line that it starts in, and
    for the paragraphs of a list whether it is loose. Where blocks far from any edit change, it is
    the edits next to them that are named.
    """
    moves = _Moves.of(patch, new.source)
    before = {
        (block.kind, moves.line_after(block.start)): block
        for block in _find_blocks(old)
        if not moves.takes_out(block)
    }
    after = {(block.kind, block.start): block for block in _find_blocks(new)}
    changed = [
        (key[1], before.get(key) or after[key])
        for key in before.keys() ^ after.keys()
        if key[1] not in moves.written
    ]
    within = {
        edit for line, block in changed for edit in moves.around(line, block.end - block.start)
    }
    return frozenset(within or {edit for line, _ in changed for edit in moves.next_to(line)})


def _find_blocks(document: Document) -> Iterator[_Block]:
    for token in document.blocks.tokens:
        if token.map and token.type != "inline":
            kind = (token.type, token.tag, token.level, token.hidden)
            start, end = (line + document.first_line for line in token.map)
            yield _Block(kind, start, end)


class _Moves(Value):
    """Where a patch moves lines to.

    ``moved`` tells how far what comes behind the first edits is moved, for each number of them.
    ``lines`` is the line (from 0) of the new text in which each edit begins, and ``written`` are
    those that hold new text.
    """

    patch: Patch
    new: Source
    starts: Sequence[int]
    ends: Sequence[int]
    moved: Sequence[int]
    lines: Sequence[int]
    written: frozenset[int]

    @classmethod
    def of(cls, patch: Patch, new: Source) -> _Moves:
        edits = patch.edits
        moved = list(accumulate((len(edit.text) - len(edit.span) for edit in edits), initial=0))
        places = [edit.span.start + shift for edit, shift in zip(edits, moved, strict=False)]
        written = {
            line
            for edit, place in zip(edits, places, strict=True)
            if edit.text
            for line in range(new.line_of(place), new.line_of(place + len(edit.text) - 1) + 1)
        }
        return cls(
            patch,
            new,
            [edit.span.start for edit in edits],
            [edit.span.end for edit in edits],
            moved,
            [new.line_of(place) for place in places],
            frozenset(written),
        )

    def line_after(self, line: int) -> int:
        """Give the new line of what starts an old one, or of what stands in its place."""
        offset = self.patch.source.line_offset(line)
        passed = bisect_right(self.ends, offset)
        if passed < len(self.starts):
            offset = min(offset, self.starts[passed])
        return self.new.line_of(offset + self.moved[passed])

    def takes_out(self, block: _Block) -> bool:
        """Tell whether one edit takes out all lines of a block, but for line endings."""
        source, last = self.patch.source, max(block.end - 1, block.start)
        index = bisect_right(self.starts, source.line_offset(block.start)) - 1
        end = source.line_offset(last) + len(source.line_text(last).rstrip())
        return index >= 0 and self.ends[index] >= end

    def around(self, line: int, height: int) -> Sequence[Edit]:
        """Give the edits in the lines of a block of the new text, and in the one above it."""
        first = bisect_left(self.lines, line - 1)
        return self.patch.edits[first : bisect_left(self.lines, line + height)]

    def next_to(self, line: int) -> Sequence[Edit]:
        """Give the closest edit before a line of the new text, and the closest one behind."""
        index = bisect_left(self.lines, line)
        return self.patch.edits[max(index - 1, 0) : index + 1]
