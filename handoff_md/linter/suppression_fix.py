"""Takes suppressions out of a text: one word of a comment, or the comment with its line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from handoff_md.linter.diagnostic import Fix
from handoff_md.linter.suppressions import Suppression
from handoff_md.text.edit import Edit
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_MARKERS = re.compile(r"(?:[ \t]*(?:>|[-+*]|[0-9]{1,9}[.)]))*[ \t]*")
_SEPARATOR_BEHIND = re.compile(r"[\s,]*")


def take_out(
    source: Source, useless: Sequence[Suppression]
) -> Iterator[tuple[Suppression, Fix | None]]:
    """Make the fix for each useless suppression: it takes one word out of its comment.

    If all words of a comment are useless, the whole comment goes: they share this fix. There is
    none where the comment is what makes a block of its line: `<!-- … --> # text` would become a
    heading, and `- <!-- … -->` an empty item.
    """
    counts = Counter(suppression.comment for suppression in useless)
    whole: dict[Span, Fix | None] = {}
    for suppression in useless:
        comment = suppression.comment
        if counts[comment] != _count_words(source, comment):
            yield suppression, _take_word_out(source, suppression)
            continue
        if comment not in whole:
            whole[comment] = _take_comment_out(source, comment)
        yield suppression, whole[comment]


def _count_words(source: Source, comment: Span) -> int:
    listed = source.slice(comment).partition("[")[2].partition("]")[0]
    return len(listed.replace(",", " ").split())


def _take_comment_out(source: Source, comment: Span) -> Fix | None:
    number, last = source.line_of(comment.start), source.line_of(comment.end - 1)
    before = source.text[source.line_offset(number) : comment.start]
    behind = source.text[comment.end : source.line_offset(last) + len(source.line_text(last))]
    if _MARKERS.fullmatch(before) and (before.strip() or behind.strip()):
        return None
    return Fix("take the comment out", (_without_comment(source, comment),))


def _take_word_out(source: Source, suppression: Suppression) -> Fix:
    return Fix("take the word out of the comment", (_without_word(source, suppression),))


def _without_word(source: Source, suppression: Suppression) -> Edit:
    """Take out a word, and what separates it from the next, or the last from the one before."""
    start, end = suppression.place.start, suppression.place.end
    behind = _SEPARATOR_BEHIND.match(source.text, end)
    if behind and source.text[behind.end()] != "]":
        return Edit(Span(start, behind.end()), "")
    before = len(source.text[suppression.comment.start : start].rstrip(" \t,"))
    return Edit(Span(suppression.comment.start + before, end), "")


def _without_comment(source: Source, comment: Span) -> Edit:
    """Take out a comment; alone on its lines, these with it unless that joins what it parted."""
    number, end = source.line_of(comment.start), source.line_of(comment.end - 1) + 1
    offset, stop = source.line_offset(number), source.line_offset(end - 1)
    stop += len(source.line_text(end - 1))
    words = source.text[offset : comment.start]
    if words.strip():
        return Edit(Span(offset + len(words.rstrip(" \t")), comment.end), "")
    if source.text[comment.end : stop].strip():
        return Edit(comment, "")
    above = "" if number == 0 else source.line_text(number - 1).strip()
    below = "" if end >= source.line_count else source.line_text(end).strip()
    if not above and not below and end < source.line_count:
        return Edit(source.lines_span(number, end + 1), "")
    if not above or not below or (above.startswith("<!--") and above.endswith("-->")):
        return Edit(source.lines_span(number, end), "")
    return Edit(Span(offset, stop), "")
