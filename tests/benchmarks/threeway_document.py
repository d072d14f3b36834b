"""A handoff document as a tree of named units, so that changes to it have a known outcome.

It knows nothing of Markdown's rules: a unit is lines, units inside, and lines that end it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

Rank = tuple[str, int, str]
"""What orders new siblings: date, session number, and words where both are equal."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a document; ``name`` is unique in it, and ``parent.child`` for what is inside."""

    name: str
    head: tuple[str, ...] = ()
    children: tuple[Unit, ...] = ()
    tail: tuple[str, ...] = ()
    rank: Rank | None = None

    def lines(self) -> Iterator[str]:
        """Give all lines, without their endings."""
        yield from self.head
        for child in self.children:
            yield from child.lines()
        yield from self.tail

    def walk(self) -> Iterator[Unit]:
        """Give the unit and all units inside, in the document's order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def find(self, name: str) -> Unit:
        """Give the unit of this name; there has to be one."""
        return next(unit for unit in self.walk() if unit.name == name)


Change = Callable[[Unit], Unit]
"""Gives a document as it is after one change; what the change is about has to be there."""


def _at(name: str, change: Callable[[Unit], tuple[Unit, ...]]) -> Change:
    """Put what ``change`` gives in the place of the unit of this name."""

    def apply(unit: Unit) -> tuple[Unit, ...]:
        if unit.name == name:
            return change(unit)
        inside = tuple(new for child in unit.children for new in apply(child))
        return (replace(unit, children=inside),)

    return lambda root: apply(root)[0]


def remove(name: str) -> Change:
    """Take a unit out."""
    return _at(name, lambda _: ())


def reword(name: str, *head: str) -> Change:
    """Give a unit other lines of its own."""
    return _at(name, lambda unit: (replace(unit, head=head),))


def put_instead(name: str, unit: Unit) -> Change:
    """Put another unit in the place of one."""
    return _at(name, lambda _: (unit,))


def put_after(name: str, new: Unit) -> Change:
    """Put a new unit right behind another."""
    return _at(name, lambda unit: (unit, new))


def append(parent: str, new: Unit) -> Change:
    """Put a new unit behind all others of a parent."""
    return _at(parent, lambda unit: (replace(unit, children=(*unit.children, new)),))


def prepend(parent: str, new: Unit) -> Change:
    """Put a new unit before all others of a parent."""
    return _at(parent, lambda unit: (replace(unit, children=(new, *unit.children)),))


def insert_ranked(parent: str, new: Unit, *, falling: bool) -> Change:
    """Put a new unit among the siblings that have a rank, where its own rank belongs.

    ``falling``: the highest rank stands first, and a new unit goes before all lower ones.
    """

    def place(unit: Unit) -> tuple[Unit, ...]:
        before = [_goes_before(child, new, falling=falling) for child in unit.children]
        index = next((i for i, goes in enumerate(before) if goes), len(before))
        children = (*unit.children[:index], new, *unit.children[index:])
        return (replace(unit, children=children),)

    return _at(parent, place)


def _goes_before(sibling: Unit, new: Unit, *, falling: bool) -> bool:
    """Tell whether a new unit stands before a sibling."""
    if sibling.rank is None or new.rank is None:
        return False
    return new.rank > sibling.rank if falling else new.rank < sibling.rank


def move(name: str, parent: str) -> Change:
    """Put a unit behind all others of another parent."""

    def apply(root: Unit) -> Unit:
        return append(parent, root.find(name))(remove(name)(root))

    return apply


def swap(one: str, other: str) -> Change:
    """Let two units change places."""

    def apply(root: Unit) -> Unit:
        first, second = root.find(one), root.find(other)
        marker = Unit(f"{one}-moved")
        for change in (
            put_instead(one, marker),
            put_instead(other, first),
            put_instead(marker.name, second),
        ):
            root = change(root)
        return root

    return apply


def apply_all(root: Unit, changes: tuple[Change, ...]) -> Unit:
    """Give a document after all changes, one after the other."""
    for change in changes:
        root = change(root)
    return root


def render(root: Unit) -> str:
    """Give the document's text with line feeds, and one at its end."""
    return "\n".join(root.lines()).rstrip("\n") + "\n"
