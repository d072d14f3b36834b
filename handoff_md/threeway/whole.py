"""The last resort: both sides whole, between markers. Bytes in and out, whatever they are."""

from __future__ import annotations

from handoff_md.text.alignment import common_ends
from handoff_md.threeway.markers import MarkerForm


def conflict_whole(base: bytes, ours: bytes, theirs: bytes, form: MarkerForm) -> bytes:
    """Give one conflict of the whole file; only what both sides have alike at its ends is outside.

    Bytes need not be text. A side without a newline at its end gets one.
    """
    mine, yours = _lines(ours), _lines(theirs)
    head, tail = common_ends(mine, yours)
    newline = b"\r\n" if mine[:1] and mine[0].endswith(b"\r\n") else b"\n"
    pieces = [
        *mine[:head],
        _marker("<", form.size, form.labels.ours),
        *mine[head : len(mine) - tail],
    ]
    if form.style != "merge":
        pieces += (_marker("|", form.size, form.labels.base), *_lines(base))
    pieces += (
        _marker("=", form.size),
        *yours[head : len(yours) - tail],
        _marker(">", form.size, form.labels.theirs),
        *mine[len(mine) - tail :],
    )
    return b"".join(piece if piece.endswith(b"\n") else piece + newline for piece in pieces)


def _marker(char: str, size: int, label: str = "") -> bytes:
    return f"{char * size} {' '.join(label.split())}".rstrip().encode("utf-8", "surrogateescape")


def _lines(text: bytes) -> list[bytes]:
    lines = text.split(b"\n")
    last = lines.pop()
    return [*(line + b"\n" for line in lines), *([last] if last else [])]
