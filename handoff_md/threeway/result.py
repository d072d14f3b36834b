"""What a three-way merge gives, and how it is written: line endings, conflicts between markers.

The last resort are both sides whole: bytes in and out, whatever they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import field

from handoff_md.text.alignment import common_ends
from handoff_md.text.source import NEWLINE, Source
from handoff_md.threeway.conflict import Conflict, Piece
from handoff_md.value import Value

_LF, _CRLF, _CR = "\n", "\r\n", "\r"

ConflictStyle = Literal["merge", "diff3", "zdiff3"]
DEFAULT_MARKER_SIZE = 7
_LONGEST_PLACE = 120


class TextStyle(Value):
    """How a version is written: its line ending, a byte order mark, a newline at its end.

    ``newline`` is None where endings are mixed, or where there is none.
    """

    newline: str | None
    bom: bool
    ends_with_newline: bool


def read_form(source: Source) -> TextStyle:
    """Say how a version is written."""
    text = source.text
    endings = set(NEWLINE.findall(text)) if _CR in text else {_LF} if _LF in text else set()
    newline = endings.pop() if len(endings) == 1 else None
    return TextStyle(newline, source.bom, not text or text[-1] in "\r\n")


def mixes_endings(source: Source) -> bool:
    """Tell whether a version has lines of several endings."""
    return _CR in source.text and len(set(NEWLINE.findall(source.text))) > 1


def to_plain(source: Source) -> str:
    """Give a version's text with a newline at its end, and with LF unless its endings are mixed."""
    text = source.text
    if _CR in text and not mixes_endings(source):
        text = NEWLINE.sub(_LF, text)
    return text if not text or text[-1] in "\r\n" else text + _LF


def from_plain(text: str, form: TextStyle, *, complete: bool) -> Source:
    """Write a text in a form; ``complete`` keeps the newline at its end in any case."""
    if not form.ends_with_newline and not complete:
        text = text.removesuffix(_LF)
    if form.newline in (_CRLF, _CR):
        text = text.replace(_LF, form.newline)
    return Source(text, bom=form.bom)


def merge_forms(forms: Sequence[TextStyle]) -> TextStyle:
    """Give the three-way choice of base's, ours' and theirs' form, part by part."""
    base, ours, theirs = forms
    known = [form.newline for form in forms if form.newline]
    newline = _choose(*(form.newline or (known[0] if known else None) for form in forms))
    return TextStyle(
        newline if isinstance(newline, str) else None,
        bool(_choose(base.bom, ours.bom, theirs.bom)),
        bool(_choose(base.ends_with_newline, ours.ends_with_newline, theirs.ends_with_newline)),
    )


def _choose(base: object, ours: object, theirs: object) -> object:
    """Give what changed; where both sides changed it, and not alike, LF (the lesser one)."""
    if ours == base:
        return theirs
    if theirs in (base, ours):
        return ours
    return min(str(ours), str(theirs), key=lambda ending: (len(ending), ending != _LF))


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


class ThreeWayMerge(Value):
    """The merged document.

    ``content`` is the whole file; without ``conflicts`` it is a clean, proven merge, else each
    conflict stands in it between markers. ``notes`` tell what was decided that a person may want
    to know. ``refused`` says why the versions could not be merged by their structure; then the one
    conflict holds both sides whole, what they have alike at the ends aside. ``pieces`` and ``form``
    are what `render` writes it from.
    """

    content: bytes
    conflicts: tuple[Conflict, ...]
    notes: tuple[str, ...]
    refused: str = ""
    pieces: tuple[Piece, ...] = ()
    form: TextStyle | None = None

    def render(self, markers: MarkerForm) -> bytes:
        """Write the document once more, its conflicts in another form."""
        if self.form is None:
            return self.content
        text = render(self.pieces, markers)
        return from_plain(text, self.form, complete=not self.clean).to_bytes()

    @property
    def clean(self) -> bool:
        """Tell whether nothing is left to decide."""
        return not self.conflicts


def conflict_whole(base: bytes, ours: bytes, theirs: bytes, form: MarkerForm) -> bytes:
    """Give one conflict of the whole file; only what both sides have alike at its ends is outside.

    Bytes need not be text. A side without a newline at its end gets one.
    """
    mine, yours = _byte_lines(ours), _byte_lines(theirs)
    head, tail = common_ends(mine, yours)
    newline = b"\r\n" if mine[:1] and mine[0].endswith(b"\r\n") else b"\n"
    pieces = [
        *mine[:head],
        _byte_marker("<", form.size, form.labels.ours),
        *mine[head : len(mine) - tail],
    ]
    if form.style != "merge":
        pieces += (_byte_marker("|", form.size, form.labels.base), *_byte_lines(base))
    pieces += (
        _byte_marker("=", form.size),
        *yours[head : len(yours) - tail],
        _byte_marker(">", form.size, form.labels.theirs),
        *mine[len(mine) - tail :],
    )
    return b"".join(piece if piece.endswith(b"\n") else piece + newline for piece in pieces)


def _byte_marker(char: str, size: int, label: str = "") -> bytes:
    return f"{char * size} {' '.join(label.split())}".rstrip().encode("utf-8", "surrogateescape")


def _byte_lines(text: bytes) -> list[bytes]:
    lines = text.split(b"\n")
    last = lines.pop()
    return [*(line + b"\n" for line in lines), *([last] if last else [])]
