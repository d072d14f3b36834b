"""The brackets and the emphasis that stand right around a part of a heading."""

from __future__ import annotations

import re

_CLOSING = {"[": "]", "(": ")", "【": "】", "（": "）", "`": "`", "*": "*", "_": "_", "<": ">"}
_TARGET = re.compile(r"\([^()\s]*\)")
_MOST = 8


def enclose(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a part of a text to the brackets and marks that have nothing else in them."""
    for _ in range(_MOST):
        if start == 0 or end >= len(text) or _CLOSING.get(text[start - 1]) != text[end]:
            break
        start, end = start - 1, end + 1
    return start, end


def link_end(text: str, end: int) -> int:
    """Give where the target of a link ends whose text in brackets ends at ``end``, else that."""
    target = _TARGET.match(text, end) if text[end - 1 : end] == "]" else None
    return target.end() if target else end
