"""What a three-way merge gives."""

from __future__ import annotations

from dataclasses import dataclass

from handoff_md.merge.threeway.conflict import Conflict


@dataclass(frozen=True, slots=True)
class ThreeWayMerge:
    """The merged document.

    ``content`` is the whole file; without ``conflicts`` it is a clean, proven merge, else each
    conflict stands in it between markers. ``notes`` tell what was decided that a person may want
    to know. ``refused`` says why the versions could not be merged by their structure; then the one
    conflict holds both sides whole, what they have alike at the ends aside.
    """

    content: bytes
    conflicts: tuple[Conflict, ...]
    notes: tuple[str, ...]
    refused: str = ""

    @property
    def clean(self) -> bool:
        """Tell whether nothing is left to decide."""
        return not self.conflicts
