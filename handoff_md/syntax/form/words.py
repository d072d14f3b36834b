"""What stands around a part of a heading: the word before it, brackets and emphasis."""

from __future__ import annotations

import re

from handoff_md.text.pattern import lazy_pattern

NUMBER = lazy_pattern(r"[0-9]+")
_WIDEST = 24
_WORD_BACKWARD = r"[\s.,#:№º°*_-]{0,6}+(?P<word>[^\W\d_]++)(?P<more>-[^\W\d_]++)?(?!\w)"
_CLOSING = dict(zip("[(`*_~<【（", "])`*_~>】）", strict=True))  # noqa: RUF001 - what stands in headings
_TARGET = r"\([^()\s]*\)"
_MOST = 8


def word_before(text: str, at: int) -> tuple[int, str, str]:
    """Give where the word before a place starts, that word, and it with one that is hyphened to it.

    Both are in lower case, and empty where there is none, or it is longer than a label or a name.
    """
    match = re.compile(_WORD_BACKWARD).match(text[max(0, at - _WIDEST) : at][::-1])
    if match is None:
        return at, "", ""
    word = match["word"][::-1].casefold()
    hyphened = (match["more"] or "")[::-1].casefold() + word
    return at - match.end("word"), word, hyphened


def enclose(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a part of a text to the brackets and marks that have nothing else in them."""
    for _ in range(_MOST):
        if start == 0 or end >= len(text) or _CLOSING.get(text[start - 1]) != text[end]:
            break
        start, end = start - 1, end + 1
    return start, end


def link_end(text: str, end: int) -> int:
    """Give where the target of a link ends whose text in brackets ends at ``end``, else that."""
    target = re.compile(_TARGET).match(text, end) if text[end - 1 : end] == "]" else None
    return target.end() if target else end


def fill(text: str, start: int, end: int, fields: dict[tuple[int, int], str]) -> str:
    """Give a part of a text in which some spans have given way to fields.

    The span (-1, -1) is that of a group that matched nothing, and none.
    """
    pieces: list[str] = []
    for (first, behind), field in sorted(fields.items()):
        if first < 0:
            continue
        pieces += (text[start:first], field)
        start = behind
    return "".join((*pieces, text[start:end]))


def has_words(text: str) -> bool:
    """Tell whether a text is more than signs."""
    return any(character.isalnum() for character in text)
