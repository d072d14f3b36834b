"""The second judge of the proof: proves that the hosting sites render nothing else otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from handoff_md.merge.proof import Addition, Unsound
from handoff_md.semantics.summaries.hosting import names_defined, probe, stays_closed
from handoff_md.syntax.hosted import dialects, render_hosted
from handoff_md.syntax.nodes import Document
from handoff_md.text.edit import Edit, make_patch

_HEADING = r"(?is)<h([1-{level}])(?:\s[^>]*)?>(.*?)</h\1>"


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
    behind = "\n" + "".join(probe(addition.edit.text) for addition in ordered)
    edits = [addition.edit for addition in ordered]
    texts = [text + behind for text in _texts(document, edits, within)]
    for footnotes in dialects(texts[-1]):
        htmls = [render_hosted(text, footnotes=footnotes) for text in texts]
        for addition, before, after in zip(ordered, htmls, htmls[1:], strict=False):
            own = _find_own(document, addition, before, after, footnotes=footnotes)
            if own is None:
                yield "the hosting sites would render text outside the new section otherwise"
                return
            if _headings(own, addition.level) != _expected(addition):
                yield "a heading of a summary would leave the new section on the hosting sites"
            if not all(stays_closed(text, html) for text, html in _parts(addition, own)):
                yield "HTML of a summary would reach beyond its session on the hosting sites"


def _texts(document: Document, edits: Sequence[Edit], within: Edit | None) -> Iterator[str]:
    """Give the text without front matter, which sites show apart, after each of the edits."""
    stamp = [within] if within else []
    start = document.source.line_offset(document.first_line)
    for count in range(len(edits) + 1):
        yield make_patch(document.source, [*stamp, *edits[:count]]).text[start:]


def _find_own(
    document: Document, addition: Addition, before: str, after: str, *, footnotes: bool
) -> str | None:
    """Give the HTML of an addition in its place; None where other HTML has changed as well.

    Where it names nothing that the document defines, it means there what it means alone.
    """
    edit = addition.edit
    old = render_hosted(document.source.slice(edit.span), footnotes=footnotes)
    if old or names_defined(edit.text, document.source.text):
        own = render_hosted(edit.text, footnotes=footnotes)
        return own if _is_replaced(before, after, old, own) else None
    length = len(after) - len(before)
    place = after.rfind("<h", 0, _common_length(before, after) + len("<h"))
    own = after[place : place + length]
    if before == after[:place] + after[place + length :]:
        return own
    own = render_hosted(edit.text, footnotes=footnotes)
    return own if _is_replaced(before, after, old, own) else None


def _is_replaced(before: str, after: str, old: str, own: str) -> bool:
    """Tell whether ``after`` is ``before`` with ``own`` in the one place of ``old``."""
    if len(after) - len(before) != len(own) - len(old):
        return False
    place = _common_length(before, after)
    while place >= 0:
        if after.startswith(own, place) and before.startswith(old, place):
            return before[place + len(old) :] == after[place + len(own) :]
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


def _parts(addition: Addition, html: str) -> Iterator[tuple[str, str]]:
    """Divide an addition's HTML before each of its headings, and give each part with its text.

    Where code looks like a heading the texts can't be told apart: each part gets all of it.
    """
    rendered = _cut_before(rf"(?i)<h[1-{addition.level}][\s>]", html)
    texts = _cut_before(rf"(?m)^#{{1,{addition.level}}} ", addition.edit.text)
    if len(texts) != len(rendered):
        texts = [addition.edit.text] * len(rendered)
    return zip(texts, rendered, strict=True)


def _cut_before(pattern: str, text: str) -> list[str]:
    starts = (found.start() for found in re.finditer(pattern, text))
    return [text[start:end] for start, end in pairwise((0, *starts, len(text)))]


def _headings(html: str, level: int) -> list[tuple[int, str]]:
    found = re.findall(_HEADING.format(level=level), html)
    return [(int(depth), words) for depth, words in found]


def _expected(addition: Addition) -> list[tuple[int, str]]:
    """Give an addition's headings as they have to be rendered."""
    html = render_hosted("".join(f"{'#' * level} {text}\n" for level, text in addition.headings))
    return _headings(html, addition.level)
