"""Which siblings of two versions are the same section. Never by a session's number alone.

One that a side moved below another heading, and the other edited, is followed.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import product

from msgspec import Struct, field
from msgspec.structs import replace

from handoff_md.text.pattern import lazy_pattern
from handoff_md.threeway.unit import Unit
from handoff_md.value import Value

_SIMILAR = 0.6
_SIMILAR_IN_PLACE = 0.3
_SIMILAR_WORDS = 0.5
_SETEXT_LINES = 2
_MOST_CANDIDATES = 2_500
_STATUS = lazy_pattern(
    r"\b(?:complete[d]?|done|in[ _-]progress|pending|blocked|active|ready|next|wip|merged|todo"
    r"|started|draft|final|verified)\b",
    re.IGNORECASE,
)
_COUNT = lazy_pattern(r"\(\s*last\s+[0-9]+\s*\)", re.IGNORECASE)
_TAG = lazy_pattern(r"</?details\b", re.IGNORECASE)
_NO_WORD = lazy_pattern(r"[\W_]+")


class _Pairing(Struct):
    """Units of two versions, and the pairs found so far (indexes of one and of the other)."""

    one: Sequence[Unit]
    other: Sequence[Unit]
    pairs: dict[int, int] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)

    def pair(self, one: int, other: int) -> None:
        self.pairs[one] = other
        self.taken.add(other)

    def open_ones(self) -> list[int]:
        return [index for index in range(len(self.one)) if index not in self.pairs]

    def open_others(self) -> list[int]:
        return [index for index in range(len(self.other)) if index not in self.taken]

    def by_occurrence(
        self, key: Callable[[Unit], Hashable], accept: Callable[[Unit, Unit], bool] | None = None
    ) -> None:
        """Pair the first of a key with the first, the second with the second, and so on."""
        waiting: dict[Hashable, list[int]] = defaultdict(list)
        for index in reversed(self.open_others()):
            waiting[key(self.other[index])].append(index)
        for index in self.open_ones():
            found = waiting.get(key(self.one[index]))
            if found and (accept is None or accept(self.one[index], self.other[found[-1]])):
                self.pair(index, found.pop())

    def where_unique(
        self, key: Callable[[Unit], Hashable], accept: Callable[[Unit, Unit], bool] | None = None
    ) -> None:
        """Pair those of a key that only one on either side has; a key of None is none."""
        ones, others = self.open_ones(), self.open_others()
        counts = Counter(key(self.one[index]) for index in ones)
        places: dict[Hashable, list[int]] = defaultdict(list)
        for index in others:
            places[key(self.other[index])].append(index)
        for index in ones:
            wanted = key(self.one[index])
            found = places.get(wanted, ())
            if wanted is None or counts[wanted] != 1 or len(found) != 1:
                continue
            if accept is None or accept(self.one[index], self.other[found[0]]):
                self.pair(index, found[0])


def match_versions(base: Sequence[Unit], side: Sequence[Unit]) -> dict[int, int]:
    """Pair a side's siblings with the base's.

    By text, log, heading, id and date; then by likeness, and by likeness and place.
    """
    pairing = _Pairing(base, side)
    pairing.by_occurrence(lambda unit: (unit.words, unit.text))
    pairing.where_unique(lambda unit: unit.log)
    pairing.by_occurrence(_name)
    pairing.where_unique(_dated_ids, _may_be_same)
    pairing.where_unique(normal_words)
    _pair_similar(pairing)
    _pair_in_place(pairing)
    return pairing.pairs


def match_additions(ours: Sequence[Unit], theirs: Sequence[Unit]) -> dict[int, int]:
    """Pair what both sides have added: by text, log, or heading where the logs don't differ."""
    pairing = _Pairing(ours, theirs)
    pairing.by_occurrence(lambda unit: (unit.words, unit.text))
    pairing.where_unique(lambda unit: unit.log)
    pairing.by_occurrence(_name, _may_be_same)
    pairing.where_unique(_titled, _may_be_same)
    pairing.where_unique(normal_words, _may_be_same)
    return pairing.pairs


def normal_words(unit: Unit) -> str | None:
    """Give a heading's words without emoji, status words and ``(Last N)``; None if none are left.

    Digits stay: they tell one phase or session from another.
    """
    plain = _STATUS.sub(" ", _COUNT.sub(" ", unit.words))
    return _NO_WORD.sub(" ", plain).strip().casefold() or None


def likeness(one: Unit, other: Unit) -> float:
    """Say how much two bodies are alike, 0 to 1: the share of lines that both have."""
    return _likeness(_lines(one), _lines(other))


def _name(unit: Unit) -> Hashable:
    """Give a heading's words; for what has none, which tag it begins with, if any."""
    tag = _TAG.match(unit.text) if unit.is_aside else None
    return unit.is_aside, tag.group().casefold() if tag else unit.words


def _dated_ids(unit: Unit) -> Hashable:
    return (unit.session_ids, unit.date) if unit.session_ids and unit.date else None


def _titled(unit: Unit) -> Hashable:
    entry = unit.entry
    if entry is None or not (unit.session_ids or unit.date) or not entry.title:
        return None
    return unit.session_ids, unit.date, " ".join(entry.title.casefold().split())


def _may_be_same(one: Unit, other: Unit) -> bool:
    """Tell whether nothing speaks against it: two known logs that differ do."""
    return one.is_aside == other.is_aside and not (one.log and other.log and one.log != other.log)


def _pair_similar(pairing: _Pairing) -> None:
    """Pair what was renamed: bodies of which at least 0.6 of the lines are the same, best first."""
    ones, others = _distinct_lines(pairing)
    where: dict[str, list[int]] = defaultdict(list)
    for index, lines in others.items():
        for line in lines:
            where[line].append(index)
    scores: list[tuple[float, int, int]] = []
    for index, lines in ones.items():
        for place in {place for line in lines for place in where[line]}:
            likeness = _likeness(lines, others[place])
            if likeness >= _SIMILAR and _may_be_same(pairing.one[index], pairing.other[place]):
                scores.append((-likeness, index, place))
    for _, index, place in sorted(scores):
        if index not in pairing.pairs and place not in pairing.taken:
            pairing.pair(index, place)


def _pair_in_place(pairing: _Pairing) -> None:
    """Pair what stands between the same neighbours, if bodies or headings are a bit alike.

    Where as many are left on either side they are paired in order: a heading without a body has
    nothing else to tell that it was renamed. Elsewhere the most alike are paired.
    """
    ones, others = _distinct_lines(pairing)
    for run, places in _runs(pairing):
        in_order = len(run) == len(places)
        scores = [
            (-_kinship(pairing, ones, others, (index, place)), index, place)
            for index, place in _candidates(run, places)
        ]
        for score, index, place in sorted(scores):
            stubs = in_order and _are_stubs(pairing.one[index], pairing.other[place])
            if index in pairing.pairs or place in pairing.taken:
                continue
            if score < 0 or (stubs and _may_be_renamed(pairing.one[index], pairing.other[place])):
                pairing.pair(index, place)


def _candidates(run: range, places: range) -> Iterable[tuple[int, int]]:
    if len(run) == len(places):
        return zip(run, places, strict=True)
    return product(run, places) if len(run) * len(places) <= _MOST_CANDIDATES else ()


def _kinship(
    pairing: _Pairing,
    ones: dict[int, frozenset[str]],
    others: dict[int, frozenset[str]],
    pair: tuple[int, int],
) -> float:
    """Say how much two units are alike, by body or heading, 0 where that is not enough."""
    one, other = pairing.one[pair[0]], pairing.other[pair[1]]
    if not _may_be_renamed(one, other):
        return 0
    in_body = _likeness(ones[pair[0]], others[pair[1]])
    in_words = _likeness(_heading_words(one), _heading_words(other))
    if in_body >= _SIMILAR_IN_PLACE or in_words >= _SIMILAR_WORDS:
        return max(in_body, in_words)
    return 0


def _may_be_renamed(one: Unit, other: Unit) -> bool:
    return _identity(one) == _identity(other) and _may_be_same(one, other)


def _runs(pairing: _Pairing) -> list[tuple[range, range]]:
    """Give the runs of what is not paired, between neighbours that are."""
    runs: list[tuple[range, range]] = []
    start = first = 0
    for index in range(len(pairing.one) + 1):
        place = pairing.pairs.get(index) if index < len(pairing.one) else len(pairing.other)
        if place is None:
            continue
        if start < index and first < place and pairing.taken.isdisjoint(range(first, place)):
            runs.append((range(start, index), range(first, place)))
        start, first = index + 1, place + 1
    return runs


def _identity(unit: Unit) -> Hashable:
    return unit.level, unit.session_ids, unit.date


def _are_stubs(one: Unit, other: Unit) -> bool:
    return not (_lines(one) or _lines(other))


def _heading_words(unit: Unit) -> frozenset[str]:
    return frozenset(_NO_WORD.split(unit.words.casefold()))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(len(one), len(other), 1)


def _distinct_lines(
    pairing: _Pairing,
) -> tuple[dict[int, frozenset[str]], dict[int, frozenset[str]]]:
    """Give the lines of what is not paired yet, without those that several siblings share.

    Nothing where all of one version are paired: there is nothing to pair the others with.
    """
    ones, others = pairing.open_ones(), pairing.open_others()
    if not (ones and others):
        return {}, {}
    return _distinct(pairing.one, ones), _distinct(pairing.other, others)


def _distinct(units: Sequence[Unit], indexes: Sequence[int]) -> dict[int, frozenset[str]]:
    counts = Counter(line for unit in units for line in _lines(unit))
    return {
        index: frozenset(line for line in _lines(units[index]) if counts[line] == 1)
        for index in indexes
    }


def _lines(unit: Unit) -> frozenset[str]:
    # A paragraph above a rule is a heading of several lines (CommonMark, section 4.3).
    body = unit.text if unit.heading.count("\n") > _SETEXT_LINES else unit.text[len(unit.heading) :]
    return frozenset(line.strip() for line in body.split("\n") if len(line.strip()) > 1)


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
