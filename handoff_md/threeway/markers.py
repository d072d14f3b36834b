"""Renders conflicts as markers, in git's three styles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import field

from handoff_md.threeway.conflict import Conflict, Piece
from handoff_md.value import Value

ConflictStyle = Literal["merge", "diff3", "zdiff3"]
DEFAULT_MARKER_SIZE = 7
_LONGEST_PLACE = 120


class Labels(Value):
    """What the versions are called behind the markers."""

    ours: str = "ours"
    base: str = "base"
    theirs: str = "theirs"


class MarkerForm(Value):
    """How conflicts are written: the style of ``merge.conflictStyle``, the width, the labels."""

    style: ConflictStyle = "merge"
    size: int = DEFAULT_MARKER_SIZE
    labels: Labels = field(default_factory=Labels)


def render(pieces: Sequence[Piece], form: MarkerForm) -> str:
    """Give the text of all pieces, each conflict between markers."""
    return "".join(
        piece if isinstance(piece, str) else _render_conflict(piece, form) for piece in pieces
    )


def _render_conflict(conflict: Conflict, form: MarkerForm) -> str:
    place = f" [{_shortened(conflict.place)}]"
    inside = form.style == "diff3"
    head, tail = (conflict.head, conflict.tail) if inside else ("", "")
    lines = [
        "" if inside else conflict.head,
        _marker("<", form.size, form.labels.ours + place),
        head + conflict.ours + tail,
    ]
    if form.style != "merge":
        lines += (_marker("|", form.size, form.labels.base), conflict.base)
    lines += (
        _marker("=", form.size),
        head + conflict.theirs + tail,
        _marker(">", form.size, form.labels.theirs + place),
        "" if inside else conflict.tail,
    )
    return "".join(lines)


def _marker(char: str, size: int, label: str = "") -> str:
    return f"{char * size} {' '.join(label.split())}".rstrip() + "\n"


def _shortened(place: str) -> str:
    return place if len(place) <= _LONGEST_PLACE else place[: _LONGEST_PLACE - 1] + "…"
