"""What a three-way merge gives."""

from __future__ import annotations

from handoff_md.threeway.conflict import Conflict, Piece
from handoff_md.threeway.markers import MarkerForm, render
from handoff_md.threeway.version import TextStyle, from_plain
from handoff_md.value import Value


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
