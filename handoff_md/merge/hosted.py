"""The second judge of the proof: proves that the hosting sites render nothing else otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate

from handoff_md.merge.proof import Addition, Unsound
from handoff_md.semantics.hosting import stays_closed
from handoff_md.syntax.hosted import dialects, render_hosted
from handoff_md.syntax.nodes import Document
from handoff_md.text.edit import Edit, make_patch
from handoff_md.text.source import Source

_HEADING = re.compile(r"<h([1-6])(?:\s[^>]*)?>(.*?)</h\1>", re.DOTALL | re.IGNORECASE)


def prove_hosted(
    document: Document, additions: Sequence[Addition], within: Edit | None = None
) -> Unsound | None:
    """Render the document with and without each addition; None where all is well.

    What must hold, with cmark-gfm as the judge, with and without footnotes: the HTML of what stands
    before and behind an addition is the same, byte for byte; the addition means in its place what
    it means alone; its headings down to its level are those that it brings; and its tags balance.
    ``within`` changes characters in a line that is no addition's.
    """
    reason = next(_find_reasons(document, additions, within), None)
    return Unsound(reason) if reason else None


def _find_reasons(
    document: Document, additions: Sequence[Addition], within: Edit | None
) -> Iterator[str]:
    ordered = sorted(additions, key=lambda addition: addition.edit.span, reverse=True)
    edits = [addition.edit for addition in ordered]
    stamp = [within] if within else []
    texts = [
        _body(make_patch(document.source, [*stamp, *made]).apply(), document.first_line)
        for made in accumulate(([edit] for edit in edits), initial=[])
    ]
    for footnotes in dialects(texts[-1]):
        htmls = [render_hosted(text, footnotes=footnotes) for text in texts]
        for addition, before, after in zip(ordered, htmls, htmls[1:], strict=False):
            old = render_hosted(document.source.slice(addition.edit.span), footnotes=footnotes)
            own = render_hosted(addition.edit.text, footnotes=footnotes)
            if not _differ_in_one_place(before, after, old, own):
                yield "the hosting sites would render text outside the new section otherwise"
            if _headings(own, addition.level) != _expected(addition):
                yield "a heading of a summary would leave the new section on the hosting sites"
            if not stays_closed(addition.edit.text, own):
                yield "HTML of a summary would reach beyond the new section on the hosting sites"


def _body(source: Source, first_line: int) -> str:
    """Give a text without front matter, which the sites show apart."""
    return source.text[source.line_offset(first_line) :] if first_line else source.text


def _differ_in_one_place(before: str, after: str, old: str, own: str) -> bool:
    """Tell whether ``after`` is ``before`` with ``own`` in the one place of ``old``."""
    if len(after) - len(before) != len(own) - len(old):
        return False
    place = _common_length(before, after)
    while place >= 0:
        if after.startswith(own, place) and before.startswith(old, place):
            behind = after[place + len(own) :]
            return before[:place] + own + behind == after and before.endswith(behind)
        place = before.rfind("<", 0, place) if place else -1
    return False


def _common_length(one: str, other: str) -> int:
    """Give the length of the longest text with which both start."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _headings(html: str, level: int) -> tuple[tuple[int, str], ...]:
    found = ((int(depth), words) for depth, words in _HEADING.findall(html))
    return tuple((depth, words) for depth, words in found if depth <= level)


def _expected(addition: Addition) -> tuple[tuple[int, str], ...]:
    """Give an addition's headings as they have to be rendered."""
    html = render_hosted("".join(f"{'#' * level} {text}\n" for level, text in addition.headings))
    return _headings(html, addition.level)
