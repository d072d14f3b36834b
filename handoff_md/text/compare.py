"""The patch that makes one text of another: whole lines, as few as a line diff finds."""

from __future__ import annotations

from difflib import SequenceMatcher

from handoff_md.text.edit import Edit, Patch, make_patch
from handoff_md.text.source import Source


def compare(old: Source, new: Source) -> Patch:
    """Give a patch against ``old`` that makes ``new``; both have the same byte order mark.

    Common lines at both ends are set aside first, so that a small change is found fast.
    """
    before, after = _lines(old), _lines(new)
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    matcher = SequenceMatcher(
        None, before[head : len(before) - tail], after[head : len(after) - tail], autojunk=False
    )
    edits = [
        Edit(old.lines_span(head + first, head + end), "".join(after[head + start : head + stop]))
        for tag, first, end, start, stop in matcher.get_opcodes()
        if tag != "equal"
    ]
    return make_patch(old, edits)


def _lines(source: Source) -> list[str]:
    return [
        source.slice(source.lines_span(number, number + 1)) for number in range(source.line_count)
    ]


def _common(one: list[str], other: list[str]) -> int:
    count = 0
    for mine, its in zip(one, other, strict=False):
        if mine != its:
            break
        count += 1
    return count
