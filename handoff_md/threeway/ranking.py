"""What comes first of the things that both sides have put at one place: sections, or rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from handoff_md.semantics.entries.order import (
    Dated,
    is_falling_in,
    is_newest_first_in,
    place_in_order,
    read_series,
)
from handoff_md.threeway.sequence import Gap
from handoff_md.value import Value

_FIRST, _RANKED, _LAST = range(3)


class Standing(Dated, Protocol):
    """A thing that has a place among its siblings: a section, a row of a table."""

    @property
    def words(self) -> str:
        """Give what it is called."""

    @property
    def text(self) -> str:
        """Give all of its text."""


class _Falling(Value):
    """A value that sorts the other way round."""

    value: Any

    def __lt__(self, other: _Falling) -> bool:
        return bool(other.value < self.value)


Version = Mapping[Hashable, Standing]
_Order = Callable[[Standing], Any]
"""Gives what a thing is ordered by; None for one that has no place in the order."""


class Ranking(Value):
    """Gives what `merge_order` interleaves by: the document's own order, as its versions show it.

    Entries go by date and session; where there are none, numbered sections go by their number.
    Anything else stays where its side put it: before what follows it there, last where nothing
    does. Equal ones are told apart by their words. ``otherwise`` tells whether the newest come
    first where no version shows that; with None their place does.
    """

    base: Version
    ours: Version
    theirs: Version
    otherwise: bool | None = None

    def __call__(self, gap: Gap) -> Callable[[Hashable], Any]:
        """Give the sort key of what is in a gap; different things have different ones."""
        sides = ((self.ours, gap.ours), (self.theirs, gap.theirs))
        here = [version[key] for version, keys in sides for key in keys]
        order = self._by_date(gap) if any(map(_is_dated, here)) else self._by_number(here)
        ranks: dict[Hashable, list[Any]] = {}
        for version, keys in sides:
            standing = [version[key] for key in keys]
            appended = self._is_bare(gap.behind) and not self._is_bare(gap.before)
            for key, rank in zip(keys, _ranks(standing, order, appended=appended), strict=True):
                ranks.setdefault(key, []).append(rank)
        # What both sides added may differ in them: the lower one counts, whichever side has it.
        return lambda key: min(ranks[key])

    def _by_date(self, gap: Gap) -> _Order:
        before, *sides = (list(version.values()) for version in self._versions)
        by_place = self._is_bare(gap.before) or not self._is_bare(gap.behind)
        tie = by_place if self.otherwise is None else self.otherwise
        falling = is_newest_first_in(before, sides, tie=tie)

        def rank(it: Standing) -> Any:  # noqa: ANN401 - whatever sorts
            key = (place_in_order(it), it.words, it.text)
            return (_Falling(key) if falling else key) if _is_dated(it) else None

        return rank

    def _by_number(self, here: Sequence[Standing]) -> _Order:
        """Order by the numbers of the series that most things are of, if there is one."""
        counts = Counter(series[0] for it in here if (series := read_series(it.words)))
        name = max(counts, key=lambda found: (counts[found], found), default=None)

        def number_of(it: Standing) -> Any:  # noqa: ANN401 - a number of the series, or None
            series = read_series(it.words)
            return series[1] if series and series[0] == name else None

        before, *sides = (
            [number for it in version.values() if (number := number_of(it))]
            for version in self._versions
        )
        falling = is_falling_in(before, sides, tie=False)

        def rank(it: Standing) -> Any:  # noqa: ANN401 - whatever sorts
            number = number_of(it)
            key = (number, it.words, it.text)
            return (_Falling(key) if falling else key) if number else None

        return rank

    def _is_bare(self, keys: Sequence[Hashable]) -> bool:
        """Tell whether keys of the base are of nothing that has words: asides at most."""
        return not any(self.base[key].words for key in keys)

    @property
    def _versions(self) -> Sequence[Version]:
        return self.base, self.ours, self.theirs


def _is_dated(it: Dated) -> bool:
    return bool(it.date or it.session_ids)


def _ranks(things: Sequence[Standing], order: _Order, *, appended: bool) -> Iterator[Any]:
    """Give the ranks of what one side has put at a place; ``appended`` where that is the end."""
    known = [order(it) for it in things]
    ranked = [number for number, rank in enumerate(known) if rank is not None]
    leading = ranked[-1] if ranked else 0 if appended else len(things)
    for number, (it, rank) in enumerate(zip(things, known, strict=True)):
        if rank is not None:
            yield _RANKED, rank
        else:
            yield _FIRST if number < leading else _LAST, (it.words, it.text)
