"""What a three-way merge is made of: text, and conflicts as values that are rendered last.

Where in a document it is, and by which policy it decides, stands with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import starmap, zip_longest
from operator import eq
from typing import Literal, TypeVar

from msgspec import field
from msgspec.structs import replace

from handoff_md.text.alignment import common_ends
from handoff_md.text.pattern import lazy_pattern
from handoff_md.value import Value

_LINE = lazy_pattern("[^\n]+")

Policy = Literal["strict", "newest"]
Side = Literal["ours", "theirs"]
TakenOut = tuple[frozenset[str], frozenset[str]]


class ConflictKind(StrEnum):
    """What the sides disagree on."""

    BODY = "body"
    DOCUMENT = "document"
    FIELD = "field"
    HEADING = "heading"
    REMOVED = "removed"
    ROW = "row"
    TABLE = "table"


class Conflict(Value):
    """What a person has to decide.

    ``path`` leads to the place: the headings from the outermost on, then the field or row. The
    texts are whole lines, empty where a version has nothing there. ``head`` and ``tail`` are the
    lines around that both sides have alike; the two sides' texts are without them.
    """

    kind: ConflictKind
    path: tuple[str, ...]
    base: str
    ours: str
    theirs: str
    head: str = ""
    tail: str = ""

    @property
    def place(self) -> str:
        """Give the path in words."""
        return " › ".join(self.path) or "document"


Piece = str | Conflict
_Value = TypeVar("_Value")


class Merged(Value):
    """The merge of one part of a document, and what the proof has to know of it.

    ``notes`` tell what was decided that a person might want to know. ``outline`` gives the sections
    in it: how deep each lies, and its heading's lines. ``alike`` are the changes that both sides
    made, before and after. ``made`` are lines that stand there although one side's change, taken
    by itself, would have none of them, and ``dropped`` those that were given up on purpose.
    """

    pieces: tuple[Piece, ...] = ()
    notes: tuple[str, ...] = ()
    outline: tuple[tuple[int, str], ...] = ()
    alike: tuple[tuple[str, str], ...] = ()
    made: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Tell whether there is nothing to decide."""
        return all(isinstance(piece, str) for piece in self.pieces)

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Give what there is to decide, in the order of the text."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Conflict))

    @property
    def text(self) -> str:
        """Give the text of a clean merge, or what is not in conflict."""
        return "".join(piece for piece in self.pieces if isinstance(piece, str))


def text_of(*texts: str) -> Merged:
    """Give a merge that came to plain text."""
    return Merged(tuple(text for text in texts if text))


def agree_on(base: str, text: str) -> Merged:
    """Give what both sides have made of the base's text."""
    return Merged((text,) if text else (), alike=((base, text),))


def join(parts: Iterable[Merged]) -> Merged:
    """Put the merges of consecutive parts together."""
    known = tuple(parts)
    return Merged(
        tuple(piece for part in known for piece in part.pieces),
        tuple(note for part in known for note in part.notes),
        tuple(heading for part in known for heading in part.outline),
        tuple(change for part in known for change in part.alike),
        tuple(line for part in known for line in part.made),
        tuple(line for part in known for line in part.dropped),
    )


def settle(base: str, ours: str, theirs: str) -> Merged | None:
    """Merge a text that only one side has changed, or both alike; None where they disagree.

    White space at the ends of lines, and blank lines, are no disagreement.
    """
    if ours == base:
        return text_of(theirs)
    if theirs == base:
        return text_of(ours)
    if ours == theirs or all(starmap(eq, zip_longest(_words(ours), _words(theirs)))):
        return agree_on(base, min(ours, theirs, key=lambda text: (len(text), text)))
    return None


def _words(text: str) -> Iterator[str]:
    """Give the lines that are not blank, one by one: texts of megabytes differ early on."""
    return (line for match in _LINE.finditer(text) if (line := match.group().strip()))


def take_changed(base: _Value, ours: _Value, theirs: _Value) -> _Value:
    """Give the three-way choice of one value; the base's own where the sides disagree."""
    return theirs if ours == base else ours if theirs in (base, ours) else base


def disagree(base: object, ours: object, theirs: object) -> bool:
    """Tell whether both sides changed something, and not alike."""
    return ours not in (base, theirs) and theirs != base


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
