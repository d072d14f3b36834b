"""Takes suppressions out of a text: one word of a comment, or the comment with its line."""

from __future__ import annotations

import re
from collections.abc import Collection

from handoff_md.lint.diagnostic import Fix
from handoff_md.lint.suppressions import Suppression
from handoff_md.text.edit import Edit
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_SEPARATOR_BEHIND = re.compile(r"[\s,]*")
_SEPARATOR_BEFORE = re.compile(r"[\s,]*\Z")


def take_out(source: Source, suppression: Suppression, useless: Collection[Suppression]) -> Fix:
    """Make the fix that takes one word out of its comment.

    If all words of the comment are useless, the whole comment goes: the findings about them share
    this fix.
    """
    words = source.text[suppression.comment.start : suppression.comment.end]
    listed = words[words.index("[") + 1 : words.index("]")].replace(",", " ").split()
    gone = sum(1 for other in useless if other.comment == suppression.comment)
    if gone >= len(listed):
        return Fix("take the comment out", (_without_comment(source, suppression.comment),))
    return Fix("take the word out of the comment", (_without_word(source, suppression),))


def _without_word(source: Source, suppression: Suppression) -> Edit:
    """Take out a word, and what separates it from the next, or the last from the one before."""
    start, end = suppression.place.start, suppression.place.end
    behind = _SEPARATOR_BEHIND.match(source.text, end)
    if behind and source.text[behind.end()] != "]":
        return Edit(Span(start, behind.end()), "")
    opened = source.text.rindex("[", 0, start) + 1
    before = _SEPARATOR_BEFORE.search(source.text[opened:start])
    return Edit(Span(opened + before.start() if before else start, end), "")


def _without_comment(source: Source, comment: Span) -> Edit:
    """Take out a comment; alone on its line, the line with it unless that joins what it parted."""
    number = source.line_of(comment.start)
    line = source.line_text(number)
    if line.strip() != source.slice(comment):
        offset = source.line_offset(number)
        words = source.text[offset : comment.start]
        if words.strip():
            return Edit(Span(offset + len(words.rstrip(" \t")), comment.end), "")
        return Edit(comment, "")
    blank_before = number == 0 or not source.line_text(number - 1).strip()
    last = number + 1 >= source.line_count
    blank_behind = last or not source.line_text(number + 1).strip()
    if blank_before and blank_behind and not last:
        return Edit(source.lines_span(number, number + 2), "")
    if blank_before or blank_behind:
        return Edit(source.lines_span(number, number + 1), "")
    return Edit(Span(source.line_offset(number), source.line_offset(number) + len(line)), "")
