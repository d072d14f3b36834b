"""The document's own order of entries: the one place that decides what comes before what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

from handoff_md.syntax.nodes import Entry


def is_newest_first(entries: Sequence[Entry]) -> bool:
    """Tell the order by the majority of adjacent unequal dates; a tie or none is newest first.

    Only where no entry has a date at all do the sessions' numbers tell.
    """
    dates = [entry.date.toordinal() for entry in entries if entry.date]
    keys = dates or [entry.session_ids[0].number or 0 for entry in entries if entry.session_ids]
    falling = sum(1 for before, after in pairwise(keys) if before > after)
    rising = sum(1 for before, after in pairwise(keys) if before < after)
    return falling >= rising


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
