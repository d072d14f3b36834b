"""The first and the last part of a long document: new entries stand in one of them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

_BREAK: Final = rb"\r\n|\r|\n"
_HEADING: Final = rb"(?:^|(?<=[\r\n]))#{1,6}[ \t]"
_FENCE: Final = rb"(?:^|(?<=[\r\n]))[ \t>]*(?:```|~~~)"


def leave_out_middle(data: bytes, most: int) -> bytes:
    """Give a document's first and last part, of about as many bytes together; short ones whole.

    Lines that are left out are empty, so that each of the others has its number. The parts end and
    begin at a heading where there is one, and none in the middle of a fence.
    """
    if len(data) <= most:
        return data
    headings = [match.start() for match in re.finditer(_HEADING, data)]
    fences = [match.start() for match in re.finditer(_FENCE, data)]
    half = most // 2
    before = [at for at in headings if at <= half and _is_outside(at, fences)]
    first = before[-1] if before and before[-1] else _after_break(data, half)
    behind = (at for at in headings if at >= len(data) - half and _is_outside(at, fences))
    last = next(behind, _after_break(data, len(data) - half))
    return data[:first] + b"".join(re.findall(_BREAK, data[first:last])) + data[last:]


def _is_outside(at: int, fences: Sequence[int]) -> bool:
    """Tell whether as many fences begin before a place as end there."""
    return bisect_left(fences, at) % 2 == 0


def _after_break(data: bytes, at: int) -> int:
    """Give the start of the line behind a place."""
    found = re.compile(_BREAK).search(data, at)
    return found.end() if found else len(data)
