"""Weighs what siblings tell: whether enough of them are marked for them to be entries."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from handoff_md.syntax.form.against import Aside, read_series
from handoff_md.syntax.form.form import Certainty
from handoff_md.syntax.form.told import Told, is_entry_label, read_label
from handoff_md.syntax.session_id import SessionId
from handoff_md.value import Value

FEW = 2
_FEWEST_TRAILING = 3
_LABELS_OF_LOGS = frozenset({"session", "sessions", "handoff", "handover", "parallel"})
_MOST_UNDATED = 5  # one in so many of a run whose dates stand behind the titles


class Counts(Value):
    """What siblings are: so many headings of one parent, or such as they would be.

    ``strong`` have a date that leads or stands behind a label, ``weak`` one elsewhere; ``ids`` have
    an id that leads, and no date, ``topics`` one behind. ``full`` have both, and one leads, and are
    of a session where the document may be of anything. ``first`` are strong in any document: their
    date stands first, or they are labelled as a session's. ``plans`` and ``states`` have a date of
    something else, ``days`` are how many dates there are, and ``series`` is the word that most are
    numbered by.
    ``pairs`` tells that two strong ones are neighbours, ``ordered`` that the dates only rise or
    only fall, and ``repeated`` that the same ids stand at many of them.
    """

    count: int
    strong: int
    weak: int
    ids: int
    topics: int
    full: int
    of_sessions: int
    versioned: int
    pairs: bool
    ordered: bool
    repeated: bool
    first: int
    plans: int
    states: int
    days: int
    series: str

    @property
    def marked(self) -> int:
        """Give how many have a date or an id."""
        return self.strong + self.weak + self.ids + self.topics

    @property
    def _is_series(self) -> bool:
        return bool(self.series) and not is_entry_label(self.series)

    def judge_named(self) -> Certainty:
        """Judge siblings under a heading, a title or a file that is named as a log."""
        if self.plans * 2 > self.marked:
            return Certainty.NONE
        half = self.marked * 2 >= self.count
        sure = self.strong or (self.ids and not self.repeated) or (half and self.weak)
        return Certainty.SURE if sure or (half and not self.repeated) else Certainty.NONE

    def judge_unnamed(self, *, is_handoff: bool) -> Certainty:
        """Judge siblings under a heading that names no log, or in a document that hands over.

        Elsewhere only a date that leads or a session makes entries: in a plan, a page of people or
        of invoices things have dates, too.
        """
        half = self.marked * 2 >= self.count
        strong = self.strong if is_handoff else self.first
        leads = strong and (half or self.count == 1 or (strong >= FEW and self.pairs))
        if leads or (self.full and (is_handoff or self.of_sessions * 2 >= self.full)):
            return Certainty.SURE
        if self.ids * 2 >= self.count and not self.repeated:
            return self._judge_ids(is_handoff=is_handoff)
        if self.weak + self.strong < FEW or not half or self._are_of_others(is_handoff=is_handoff):
            return Certainty.NONE
        is_sure = is_handoff and self._is_run_of_work()
        return Certainty.SURE if is_sure else Certainty.UNSURE

    def _are_of_others(self, *, is_handoff: bool) -> bool:
        """Tell whether the dates are of other things than work that was done."""
        others = self.plans + self.states
        return others * 2 > self.weak + self.strong or (self._is_series and not is_handoff)

    def _is_run_of_work(self) -> bool:
        """Tell whether dates behind titles are as a log has them: all along, running one way."""
        dated = (self.count - self.weak - self.strong) * _MOST_UNDATED <= self.count
        runs = self.ordered and self.days > 1
        return self.weak >= _FEWEST_TRAILING and dated and runs and not self._is_series

    def _judge_ids(self, *, is_handoff: bool) -> Certainty:
        """Judge what is numbered and not dated: sessions of a conference are, too."""
        several = self.ids >= FEW
        if is_handoff and self.of_sessions * 2 >= self.ids and (several or self.count == 1):
            return Certainty.SURE
        return Certainty.UNSURE if several else Certainty.NONE

    def describe(self) -> tuple[str, ...]:
        """Say what was found, in parts of a sentence."""
        dated, numbered = self.strong + self.weak, self.ids + self.topics
        parts = [f"{dated} of {self.count} headings have a date"] if dated else []
        if self.strong:
            parts.append(f"it leads in {self.strong} of them")
        if numbered:
            parts.append(f"{numbered} of {self.count} headings have an id and no date")
        if dated > 1 and self.ordered:
            parts.append("the dates run one way")
        return tuple(parts)


def count(told: Sequence[Told], words: Sequence[str]) -> Counts:
    """Count what siblings with these words tell."""
    labels = [read_label(said) for said in words]
    series = read_series(words)
    is_led = not series or is_entry_label(series)
    first = [
        one.dated and (one.first or one.of_session or label in _LABELS_OF_LOGS)
        for one, label in zip(told, labels, strict=True)
    ]
    strong = [
        is_first
        or (one.dated and not one.aside and ((one.leads and is_led) or is_entry_label(label)))
        for one, label, is_first in zip(told, labels, first, strict=True)
    ]
    dates = [one.date for one in told if one.date]
    undated = [one for one in told if one.numbered and one.date is None]
    ids = [one.ids[0] for one in undated if one.ids and not (one.leads and one.of_session)]
    return Counts(
        count=len(told),
        strong=sum(strong),
        weak=len(dates) - sum(strong),
        ids=sum(one.leads for one in undated),
        topics=sum(not one.leads for one in undated),
        full=sum(one.numbered and one.leads for one in told if one.date),
        of_sessions=sum(one.of_session for one in told),
        versioned=sum(one.versioned and not one.of_session for one in told),
        pairs=any(one and other for one, other in pairwise(strong)),
        ordered=dates in (sorted(dates), sorted(dates, reverse=True)),
        repeated=_repeats(ids),
        first=sum(first),
        plans=sum(one.aside is Aside.PLAN for one in told),
        states=sum(one.aside is Aside.STATE for one in told),
        days=len(set(dates)),
        series=series,
    )


def _repeats(ids: Sequence[SessionId]) -> bool:
    """Tell whether so many ids stand at several headings that they are no entries' own."""
    return len(ids) > FEW and len(set(ids)) * 4 <= len(ids) * 3
