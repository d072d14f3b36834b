"""Tells what dates are that say less: of which years (``Dec 30``), or days below months (``2``)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import pairwise

from handoff_md.syntax.form.moments import Moment
from handoff_md.value import Value

_HALF = 183  # days
_GAP = 3  # between numbers that count nothing
_MARKS = ("{O}", "{W}", "日", "일")


class Turn(Value):
    """What stands on each side of a turn of the year, by position."""

    older: tuple[int, ...]
    newer: tuple[int, ...]
    newest: dt.date

    def settle(self, years: Sequence[int], latest: dt.date | None) -> Mapping[int, int]:
        """Give the year of each position; none where that is not told.

        ``years`` are those that the document's head names: both, or only one of which ``latest`` is
        a day, on which the newest entry may have been written.
        """
        year = years[-1] if len(years) > 1 and years[-1] - years[-2] == 1 else None
        newest = _in_year(self.newest, latest.year) if latest else None
        if year is None and latest and newest and latest >= newest:
            year = latest.year
        if year is None:
            return {}
        return dict.fromkeys(self.older, year - 1) | dict.fromkeys(self.newer, year)


def find_turn(dated: Sequence[tuple[int, dt.date]]) -> Turn | None:
    """Find the one place where dates that were read in one year leap over more than half of it.

    All others run one way, and that way leads over the turn of the year. None without any.
    """
    steps = [(other - one).days for (_, one), (_, other) in pairwise(dated)]
    leaps = [at for at, step in enumerate(steps, 1) if abs(step) > _HALF]
    if len(leaps) != 1:
        return None
    falls = steps[leaps[0] - 1] > 0
    others = [step for at, step in enumerate(steps, 1) if at != leaps[0]]
    if any(step > 0 if falls else step < 0 for step in others):
        return None
    sides = dated[: leaps[0]], dated[leaps[0] :]
    newer, older = sides if falls else sides[::-1]
    newest = max(date for _, date in newer)
    return Turn(tuple(at for at, _ in older), tuple(at for at, _ in newer), newest)


def chain_years(dated: Sequence[tuple[int, dt.date, bool]]) -> Mapping[int, int]:
    """Give the year of each date without one that lies next to its neighbour's, by position.

    The neighbour is the one before, or the one behind for what stands before the first date that
    has a year. None where no date has one, or where the dates would not run one way.
    """
    first = next((at for at, (_, _, is_known) in enumerate(dated) if is_known), None)
    if first is None:
        return {}
    days = [date for _, date, _ in dated]
    for places in (range(first + 1, len(dated)), range(first - 1, -1, -1)):
        step = places.step
        for at in places:
            if not dated[at][2]:
                days[at] = _nearest(days[at], days[at - step])
    if days not in (sorted(days), sorted(days, reverse=True)):
        return {}
    return {
        position: day.year
        for (position, _, is_known), day in zip(dated, days, strict=True)
        if not is_known
    }


def are_days(groups: Sequence[Sequence[Moment | None]], *, in_weeks: bool) -> bool:
    """Tell whether what headings begin with, group by group, are days of their months or weeks.

    All are, and run one way. Numbers without a mark (``2nd``, ``Tue``) may count something else:
    they must not begin with 1 in each group, nor below months go on over all of them without a gap.
    """
    days = [[one.date for one in group if one] for group in groups]
    every = [date for some in days for date in some]
    if not all(one for group in groups for one in group) or not _run_one_way(days):
        return False
    patterns = [one.notation.date for group in groups for one in group if one]
    if all(any(mark in pattern for mark in _MARKS) for pattern in patterns):
        return True
    numbers = [[date.day for date in some] for some in days]
    if all(sorted(some) == list(range(1, len(some) + 1)) for some in numbers):
        return False
    if in_weeks:
        return True
    steps = [other.day - one.day for one, other in pairwise(every)]
    turns = len({step > 0 for step in steps if step}) > 1
    return turns or any(abs(step) >= _GAP for step in steps)


def _run_one_way(groups: Sequence[Sequence[dt.date]]) -> bool:
    """Tell whether the dates of all groups together only rise or only fall."""
    every = [date for some in groups for date in some]
    return every in (sorted(every), sorted(every, reverse=True))


def _nearest(date: dt.date, near: dt.date) -> dt.date:
    """Give a day, whose year may be any, in the year in which it lies nearest to another."""
    days = (_in_year(date, near.year + step) for step in (-1, 0, 1))
    return min((day for day in days if day), key=lambda day: abs((day - near).days), default=near)


def _in_year(date: dt.date, year: int) -> dt.date | None:
    try:
        return date.replace(year=year)
    except ValueError:  # February 29, or a year that is none
        return None
