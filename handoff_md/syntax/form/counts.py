"""Weighs what siblings tell: whether enough of them are marked for them to be entries."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from handoff_md.syntax.form.form import Certainty
from handoff_md.syntax.form.told import Told, is_entry_label, read_label
from handoff_md.syntax.session_id import SessionId
from handoff_md.value import Value

FEW = 2
_FEWEST_TRAILING = 3
_MOST_UNDATED = 5  # one in so many of a run whose dates stand behind the titles


class Counts(Value):
    """What siblings are: so many headings of one parent, or such as they would be.

    ``strong`` have a date that leads or stands behind a label, ``weak`` one elsewhere; ``ids`` have
    an id that leads, and no date, ``topics`` one behind. ``full`` have both, and one leads, and are
    of a session where the document may be of anything. ``planned`` are labelled as what is planned,
    or say what their date is of. ``several`` tells that the dates differ.
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
    planned: int
    pairs: bool
    ordered: bool
    repeated: bool
    several: bool

    @property
    def marked(self) -> int:
        """Give how many have a date or an id."""
        return self.strong + self.weak + self.ids + self.topics

    def judge_named(self) -> Certainty:
        """Judge siblings under a heading, a title or a file that is named as a log."""
        half = self.marked * 2 >= self.count
        sure = self.strong or (self.ids and not self.repeated) or (half and self.weak)
        return Certainty.SURE if sure or (half and not self.repeated) else Certainty.NONE

    def judge_unnamed(self, *, may_be_log: bool) -> Certainty:
        """Judge siblings under a heading that names nothing.

        ``may_be_log`` tells that sessions write to the file, or that it could be any.
        """
        half = self.marked * 2 >= self.count
        if self.planned * 2 > self.count and self.of_sessions * 2 <= self.count:
            return Certainty.UNSURE if half and self.marked >= FEW else Certainty.NONE
        leads = self.strong and (half or self.count == 1 or (self.strong >= FEW and self.pairs))
        if leads or (self.full and (may_be_log or self.of_sessions * 2 >= self.full)):
            return Certainty.SURE
        if self.ids * 2 >= self.count and not self.repeated:
            return self._judge_ids(may_be_log=may_be_log)
        if self.weak >= FEW and half:
            dated = (self.count - self.weak - self.strong) * _MOST_UNDATED <= self.count
            sure = self.weak >= _FEWEST_TRAILING and dated and self.ordered and self.several
            return Certainty.SURE if sure and may_be_log else Certainty.UNSURE
        return Certainty.NONE

    def _judge_ids(self, *, may_be_log: bool) -> Certainty:
        """Judge what is numbered and not dated: sessions of a conference are, too."""
        several = self.ids >= FEW
        if may_be_log and self.of_sessions * 2 >= self.ids and (several or self.count == 1):
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
    strong = [
        one.date is not None and (one.leads or one.of_session or is_entry_label(read_label(said)))
        for one, said in zip(told, words, strict=True)
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
        planned=sum(one.planned for one in told),
        pairs=any(one and other for one, other in pairwise(strong)),
        ordered=dates in (sorted(dates), sorted(dates, reverse=True)),
        repeated=_repeats(ids),
        several=len(set(dates)) > 1,
    )


def _repeats(ids: Sequence[SessionId]) -> bool:
    """Tell whether so many ids stand at several headings that they are no entries' own."""
    return len(ids) > FEW and len(set(ids)) * 4 <= len(ids) * 3
