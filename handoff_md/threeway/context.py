"""Where in a document a merge is, and by which policy it decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from msgspec import field
from msgspec.structs import replace

from handoff_md.text.alignment import common_ends
from handoff_md.threeway.conflict import Conflict, ConflictKind, Merged
from handoff_md.value import Value

Policy = Literal["strict", "newest"]
Side = Literal["ours", "theirs"]
TakenOut = tuple[frozenset[str], frozenset[str]]


class MergeContext(Value):
    """What holds at one place.

    ``path`` are the headings that lead there; ``depth`` is how many sections lie around it, -1 for
    the document itself. ``newer`` is the side whose header record wins where the policy says so;
    ``in_header`` tells that this place is the header. ``in_history`` tells that a heading says
    ``(Last N)``: rows leave its tables in the course of things. ``find_taken_out`` gives the lines
    that stand less often in ours, and in theirs, than in the base. ``moved`` are the sections that
    one side moved and the other removed: their words, and the base's text. ``is_newest_first``
    tells which way the base's entries run; None where nothing does.
    """

    path: tuple[str, ...] = ()
    depth: int = -1
    newer: Side | None = None
    in_header: bool = False
    in_history: bool = False
    find_taken_out: Callable[[], TakenOut] = lambda: (frozenset(), frozenset())
    moved: Mapping[str, str] = field(default_factory=dict)
    is_newest_first: Callable[[], bool | None] | None = None

    def below(
        self, words: str, *, in_header: bool = False, in_history: bool = False
    ) -> MergeContext:
        """Give what holds in a section."""
        path = (*self.path, words) if words else self.path
        return replace(
            self, path=path, depth=self.depth + 1, in_header=in_header, in_history=in_history
        )

    def conflict(
        self, kind: ConflictKind, base: str, ours: str, theirs: str, name: str = ""
    ) -> Merged:
        """Give a conflict at this place, what both sides have alike at its ends set aside."""
        path = (*self.path, name) if name else self.path
        mine, yours = (text.splitlines(keepends=True) for text in (ours, theirs))
        head, tail = common_ends(mine, yours)
        return Merged(
            (
                Conflict(
                    kind,
                    path,
                    base,
                    "".join(mine[head : len(mine) - tail]),
                    "".join(yours[head : len(yours) - tail]),
                    "".join(mine[:head]),
                    "".join(mine[len(mine) - tail :]),
                ),
            )
        )

    def note(self, words: str) -> str:
        """Give a note with the place that it is about."""
        return f"{' › '.join(self.path)}: {words}" if self.path else words
