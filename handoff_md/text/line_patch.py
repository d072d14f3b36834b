"""A new text as a patch of an old one, line by line."""

from __future__ import annotations

from handoff_md.text.alignment import align
from handoff_md.text.edit import Edit, Patch, make_patch
from handoff_md.text.source import Source


def patch_lines(old: Source, new: Source) -> Patch:
    """Give the patch that makes the new text of the old one; unchanged lines are not touched."""
    lines = [
        [source.slice(source.lines_span(n, n + 1)) for n in range(source.line_count)]
        for source in (old, new)
    ]
    edits: list[Edit] = []
    start = first = 0
    for here, there in (*align(lines[0], lines[1]), (old.line_count, new.line_count)):
        if (start, first) != (here, there):
            text = new.slice(new.lines_span(first, there))
            edits.append(Edit(old.lines_span(start, here), text))
        start, first = here + 1, there + 1
    return make_patch(old, edits)
