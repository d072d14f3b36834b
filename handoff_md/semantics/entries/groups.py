"""Entries that stand below months, weeks or years: which of these there are, and what is of one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import pairwise

from handoff_md.syntax.form.periods import Period, read_period
from handoff_md.syntax.nodes import Document, Entry, Node, Section, walk
from handoff_md.text.source import Source
from handoff_md.value import Value

_MOST_ELSEWHERE = 4  # one entry in so many may be of another time than its group


class Group(Value):
    """The section of a month, week or year, with those below it, such as the months of a year.

    Where no heading tells a period's year, its entries do.
    """

    section: Section
    period: Period
    below: tuple[Group, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Give the entries that stand in it, in the order of the document."""
        return tuple(node for node in walk(self.section) if isinstance(node, Entry))


def are_as_named(groups: Sequence[Group]) -> bool:
    """Tell whether the entries of groups are of their time, as far as that is told: nearly all."""
    dated = [(one, entry.date) for one in groups for entry in one.entries if entry.date]
    elsewhere = sum(not one.period.holds(date) for one, date in dated)
    return all(one.period.start for one in groups) and elsewhere * _MOST_ELSEWHERE <= len(dated)


def find_groups(source: Source, nodes: Sequence[Node]) -> tuple[Group, ...]:
    """Find the months, weeks or years among nodes; none where entries stand beside them."""
    if any(isinstance(node, Entry) for node in nodes):
        return ()
    groups = tuple(_find(source, nodes, None))
    return groups if any(group.entries for group in groups) else ()


def _find(source: Source, nodes: Sequence[Node], year: int | None) -> Iterator[Group]:
    for node in nodes:
        if not isinstance(node, Section):
            continue
        period = _read(source, node, year)
        if period is None:
            continue
        is_leaf = any(isinstance(child, Entry) for child in node.children)
        below = () if is_leaf else tuple(_find(source, node.children, period.year))
        yield Group(node, period, below)


def _read(source: Source, section: Section, year: int | None = None) -> Period | None:
    """Read the period that a section's heading names, in a year, else in that of its entries."""
    words = source.slice(section.heading.text)
    dates = (entry.date for entry in walk(section) if isinstance(entry, Entry) and entry.date)
    own = year or next((date.year for date in dates), None)
    period = read_period(words, own)
    return period.in_year(own) if period else None


def nodes_of(groups: Sequence[Group]) -> tuple[Node, ...]:
    """Give the nodes among which the entries of groups stand, in the order of the document."""
    nodes: list[Node] = []
    for group in groups:
        nodes += nodes_of(group.below) or group.section.children[1:]
    return tuple(nodes)


def find_base(document: Document, group: Section) -> tuple[Section | None, Sequence[Node]] | None:
    """Give what the months or years stand under of which one is ``group``, and what is below it.

    None where it is none; the document's title is none either.
    """
    base: tuple[Section | None, Sequence[Node]] = (None, document.children)
    parent, siblings = base
    while True:
        inside = next(
            (
                node
                for node in siblings
                if isinstance(node, Section) and node.span.start <= group.span.start < node.span.end
            ),
            None,
        )
        if inside is None:
            return None
        is_title = inside.heading.level == 1 and _is_alone(inside, siblings)
        if not is_title and _read(document.source, inside):
            return parent, siblings
        if inside == group:
            return None
        parent, siblings = inside, inside.children


def _is_alone(section: Section, siblings: Sequence[Node]) -> bool:
    """Tell whether a first-level heading is the only one."""
    levels = [node.heading.level for node in siblings if isinstance(node, Section | Entry)]
    return levels.count(section.heading.level) == 1


def are_newest_first(groups: Sequence[Group], *, otherwise: bool) -> bool:
    """Tell which way groups run."""
    starts = [group.period.start for group in groups if group.period.start]
    falling = sum(one > other for one, other in pairwise(starts))
    rising = sum(one < other for one, other in pairwise(starts))
    return otherwise if falling == rising else falling > rising


def holding(groups: Sequence[Group], date: dt.date) -> Group | None:
    """Give the group that a day is of; None without any."""
    return next((group for group in groups if group.period.holds(date)), None)
