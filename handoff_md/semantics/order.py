"""The document's own order of entries: the one place that decides what comes before what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from handoff_md.syntax.nodes import Entry
from handoff_md.syntax.session_id import SessionId


class Dated(Protocol):
    """What has a place in the order: an entry, a part of one, a row of a table."""

    @property
    def date(self) -> dt.date | None:
        """Give its date, if it has one."""

    @property
    def session_ids(self) -> tuple[SessionId, ...]:
        """Give the sessions that it tells of."""


def is_newest_first(entries: Sequence[Dated], *, tie: bool = True) -> bool:
    """Tell the order by the majority of adjacent unequal dates; ``tie`` where there is none.

    Only where no entry has a date at all do the sessions' numbers tell.
    """
    dates = [entry.date.toordinal() for entry in entries if entry.date]
    keys = dates or [entry.session_ids[0].number or 0 for entry in entries if entry.session_ids]
    falling = sum(1 for before, after in pairwise(keys) if before > after)
    rising = sum(1 for before, after in pairwise(keys) if before < after)
    return tie if falling == rising else falling > rising


def place_in_order(entry: Dated) -> tuple[int, tuple[bool, int, str]]:
    """Give the sort key of an entry, oldest first: by date, then by its first session's id."""
    ids = entry.session_ids
    return (
        entry.date.toordinal() if entry.date else 0,
        ids[0].order if ids else (False, -1, ""),
    )


def find_place(entries: Sequence[Entry], date: dt.date) -> int:
    """Give the index before which a new entry of ``date`` belongs; their count for the end.

    It goes to the newest end, unless that would put it before newer ones: then it goes by date.
    """
    if is_newest_first(entries):
        return _behind_newer(entries, date)
    return len(entries) - _behind_newer(entries[::-1], date)


def _behind_newer(entries: Sequence[Entry], date: dt.date) -> int:
    """Give the place from the newest end: behind the newer ones that stand before all others."""
    newer = 0
    for index, entry in enumerate(entries):
        if entry.date is None:
            continue
        if entry.date <= date:
            break
        newer = index + 1
    return newer
