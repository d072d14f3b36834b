"""Follows a section that one side moved below another heading and the other side edited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from handoff_md.threeway.unit import Unit
from handoff_md.value import Value


class _Home(Value):
    """Where a section stands: its parent's words (empty for the document), and among whom."""

    unit: Unit
    parent: str
    siblings: tuple[Unit, ...]
    place: int

    @property
    def before(self) -> frozenset[str]:
        """Give the words of those that stand before it."""
        return frozenset(sibling.words for sibling in self.siblings[: self.place])


def follow_moves(base: Unit, ours: Unit, theirs: Unit) -> tuple[Unit, Unit, Unit]:
    """Give the versions with what one side moved, and the other edited, in its new place in all.

    What both sides moved alike is there in the base as well.

    Only a heading that every version has exactly once is followed, and only below a heading of
    which that is true as well: anything else could be another section.
    """
    homes = [_find_homes(tree) for tree in (base, ours, theirs)]
    old, mine, yours = homes
    trees = [base, ours, theirs]
    for words, home in old.items():
        if words not in mine or words not in yours:
            continue
        if mine[words].parent == yours[words].parent != home.parent:
            if all(not mine[words].parent or mine[words].parent in found for found in homes):
                trees[0] = _move(trees[0], home.unit, mine[words])
            continue
        for moved, other, index in ((mine, yours, 2), (yours, mine, 1)):
            target = moved[words]
            stayed = other[words].parent == home.parent != target.parent
            known = all(not target.parent or target.parent in found for found in homes)
            if stayed and known and _is_edited(home.unit, other[words].unit):
                trees[0] = _move(trees[0], home.unit, target)
                trees[index] = _move(trees[index], other[words].unit, target)
    return trees[0], trees[1], trees[2]


def _is_edited(base: Unit, side: Unit) -> bool:
    return base.text.split() != side.text.split()


def find_moved_and_removed(base: Unit, ours: Unit, theirs: Unit) -> Mapping[str, str]:
    """Give the sections that one side moved and the other removed: words, and the base's text."""
    old, mine, yours = (_find_homes(tree) for tree in (base, ours, theirs))
    everywhere = [{home.unit.words for home in _homes(tree)} for tree in (ours, theirs)]
    return {
        words: home.unit.text
        for words, home in old.items()
        for moved, left in ((mine, everywhere[1]), (yours, everywhere[0]))
        if words in moved and words not in left and moved[words].parent != home.parent
    }


def _find_homes(tree: Unit) -> dict[str, _Home]:
    """Give the sections of a version by their words, those that stand there once."""
    homes = list(_homes(tree))
    counts = Counter(home.unit.words for home in homes)
    return {home.unit.words: home for home in homes if counts[home.unit.words] == 1}


def _homes(parent: Unit) -> Iterator[_Home]:
    for index, child in enumerate(parent.children):
        if not child.is_aside:
            yield _Home(child, parent.words, parent.children, index)
            yield from _homes(child)


def _move(tree: Unit, unit: Unit, target: _Home) -> Unit:
    if any(home.unit.words == target.parent for home in _homes(unit)):
        return tree  # below itself
    return _insert(_remove(tree, unit.words), unit, target)


def _remove(parent: Unit, words: str) -> Unit:
    children = [_remove(child, words) for child in parent.children if child.words != words]
    return _with_children(parent, children) if tuple(children) != parent.children else parent


def _insert(parent: Unit, unit: Unit, target: _Home) -> Unit:
    """Put a unit below the target's parent, behind the last of those that go before it there."""
    if parent.words != target.parent:
        children = [_insert(child, unit, target) for child in parent.children]
        changed = tuple(children) != parent.children
        return _with_children(parent, children) if changed else parent
    known = target.before
    before = [i for i, child in enumerate(parent.children) if child.words in known]
    place = before[-1] + 1 if before else 0
    return _with_children(parent, [*parent.children[:place], unit, *parent.children[place:]])


def _with_children(unit: Unit, children: Sequence[Unit]) -> Unit:
    """Give a section with other sections below; what has no gap behind it gets a blank line."""
    spaced = tuple(replace(child, gap=child.gap or "\n") for child in children[:-1])
    below = (*spaced, *children[-1:])
    own_gap = unit.own_gap or ("\n" if below and (unit.heading or unit.own_text) else "")
    texts = [unit.heading, unit.own_text, own_gap if below else ""]
    for child in spaced:
        texts += (child.text, child.gap)
    texts += [child.text for child in children[-1:]]
    return replace(unit, extent="".join(texts), own_gap=own_gap, children=below)
