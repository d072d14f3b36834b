"""A new text as a patch of an old one, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.text.alignment import align
from handoff_md.text.edit import Edit, Patch, make_patch
from handoff_md.text.source import Source
from handoff_md.text.span import Span


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


def narrow(patch: Patch) -> Patch:
    """Give the patch with each edit of several lines reduced to the lines that it changes."""
    return make_patch(
        patch.source, (part for edit in patch.edits for part in _narrow(patch.source, edit))
    )


def _narrow(source: Source, edit: Edit) -> Iterator[Edit]:
    start = edit.span.start
    for part in patch_lines(Source(source.slice(edit.span)), Source(edit.text)).edits:
        yield Edit(Span(start + part.span.start, start + part.span.end), part.text)
