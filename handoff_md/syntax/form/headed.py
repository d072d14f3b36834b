"""Finds the headings that are entries: because their siblings are, and what they stand under is."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec.structs import replace

from handoff_md.syntax.form.counts import FEW, Counts, count
from handoff_md.syntax.form.form import Certainty, Series, Shape
from handoff_md.syntax.form.names import names_log, names_other, names_releases
from handoff_md.syntax.form.outline import Outline
from handoff_md.syntax.form.shapes import find_date_field
from handoff_md.syntax.form.told import NOTHING, Told, is_entry_label, is_key_label, read_label
from handoff_md.syntax.grammar import read_entry_heading
from handoff_md.value import Value

_MANY_PARENTS = 3
_LABELS = frozenset({"handoff", "handover", "session"})


class Verdict(Value):
    """How sure it is that siblings are entries, and why; ``why`` are parts of a sentence."""

    certainty: Certainty
    why: tuple[str, ...] = ()


_NO = Verdict(Certainty.NONE)
_NAMED = Verdict(Certainty.SURE, ("it is the section that was named",))


class HeadedRun(Value):
    """A run of headings under a parent; ``members`` are its entries, in no special order.

    ``sunken`` are entries that stand in the one before, by that one's position.
    """

    run: Series
    parent: int | None
    members: tuple[int, ...]
    sunken: tuple[tuple[int, int], ...] = ()


class HeadedRuns:
    """The runs of headings of a document, those that nearly are, and single headings like theirs.

    ``known`` are the runs of another version: what has their parents is a run here, too.
    """

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._verdicts: dict[int | None, Verdict] = {}
        like = outline.hints.like
        self._known = {run.identity[1:] for run in like.runs} if like else frozenset()
        self.runs: list[HeadedRun] = []
        self.close: list[Series] = []
        self.stray: list[int] = []
        self._resolve(None)
        self._drop_scattered()

    def field_below(self, position: int, *, is_usual: bool = False) -> Told | None:
        """Read the date in a field below a heading, unless that heads something else.

        ``is_usual`` tells that the entries of its family are dated so: then it is one of them,
        whatever it is called.
        """
        words = self._outline.words(position)
        if names_log(words) or (names_other(words) and not is_usual):
            return None
        index = self._outline.heads[position].index + 1
        source, flat = self._outline.source, self._outline.flat
        in_log = self._outline.is_named(self._outline.parents[position])
        told = find_date_field(source, flat, index, in_log=in_log)
        return replace(told, leads=True, first=False, versioned=False) if told else None

    def _resolve(self, parent: int | None) -> None:
        """Judge a family, and those below what is no entry in it."""
        members = self._outline.families.get(parent, ())
        entries = frozenset(self._choose(parent) if members else ())
        for member in members:
            if member not in entries:
                self._resolve(member)

    def _choose(self, parent: int | None) -> Sequence[int]:
        """Give the entries of a family, and remember its run."""
        verdict = self._judge(parent)
        candidates = self._outline.members(parent)
        told = self._outline.told
        marked = [member for member in candidates if told[member].marked]
        if verdict.certainty is Certainty.SURE:
            chosen = self._members(parent, candidates, marked) or candidates
            sunken = tuple(self._find_sunken(chosen))
            chosen = [*chosen, *(member for _, member in sunken)]
            run = self._make_run(parent, chosen, verdict)
            self.runs.append(HeadedRun(run, parent, tuple(chosen), sunken))
            return chosen
        if verdict.certainty is Certainty.UNSURE:
            self.close.append(self._make_run(parent, marked or candidates, verdict))
            return ()
        if not names_other(self._outline.words(parent)):
            self.stray += (
                member
                for member in marked
                if self._is_like_entry(member) and not self._is_period(member)
            )
        return [member for member in marked if self._outline.is_parallel(member)]

    def _members(
        self, parent: int | None, candidates: Sequence[int], marked: Sequence[int]
    ) -> Sequence[int]:
        """Give those that are marked, dated below, or labelled as most that are marked are."""
        if len(marked) == len(candidates):
            return self._leave_topics(parent, marked)
        labels = Counter(self._label(member) for member in marked)
        label = max(labels, key=labels.__getitem__, default="")
        is_shared = is_entry_label(label) and labels[label] * 2 > len(marked)
        known = frozenset(marked)
        own = self._outline.others(marked)
        chosen = [
            member
            for member in candidates
            if member in known
            or (is_shared and self._label(member) == label)
            or self.field_below(member, is_usual=not own)
        ]
        return self._leave_topics(parent, chosen)

    def _leave_topics(self, parent: int | None, chosen: Sequence[int]) -> Sequence[int]:
        """Leave out what only mentions a session, where most have a date."""
        told = [self._outline.told[member] for member in chosen]
        if self._outline.is_named(parent) or sum(one.dated for one in told) * 2 <= len(told):
            return chosen
        return [
            member
            for member, one in zip(chosen, told, strict=True)
            if one.dated or one.leads or not one.numbered
        ]

    def _label(self, position: int) -> str:
        return read_label(self._outline.words(position))

    def _find_sunken(self, members: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Give the entries that stand too deep, in the one before: the level changes in mid-file.

        They are all that stands there from the first of them on, and go on with the dates.
        """
        told = self._outline.told
        dates = [told[member].date for member in members if told[member].leads]
        days = [date for date in dates if date]
        falls = bool(days) and days[0] >= days[-1]
        for member in members:
            family = self._outline.families.get(member, ())
            if len(family) < FEW:
                continue
            below = [one for one in family if self._leading_date(one)]
            if len(below) < FEW or not self._go_on(member, below, falls=falls):
                continue
            if below == [one for one in family if one >= below[0]]:
                yield from ((member, one) for one in below)

    def _go_on(self, member: int, below: Sequence[int], *, falls: bool) -> bool:
        """Tell whether headings go on with an entry's date, each of another day.

        What a merge has put among them may be of the day of the one before.
        """
        said = [self._leading_date(one) for one in (member, *below)]
        days = [day for day in said if day]
        if len(days) < len(said) or days != sorted(days, reverse=falls):
            return False
        return days[0] != days[1] and all(
            day != before or self._outline.is_documented(one)
            for (before, day), one in zip(pairwise(days[1:]), below[1:], strict=True)
        )

    def _leading_date(self, position: int) -> dt.date | None:
        told = self._outline.read(position)
        return told.date if told.leads else None

    def _is_like_entry(self, position: int) -> bool:
        """Tell whether a heading by itself is like an entry's, in a document that has others."""
        told, words = self._outline.read(position), self._outline.words(position)
        is_other = told.versioned or not told.leads or names_other(words)
        return not is_other and read_entry_heading(words) is not None

    def _make_run(self, parent: int | None, members: Sequence[int], verdict: Verdict) -> Series:
        outline = self._outline
        levels = Counter([outline.heads[member].level for member in members])
        return Series(
            Shape.HEADINGS,
            None if parent is None else outline.line(parent),
            outline.words(parent),
            outline.level(parent),
            max(levels, key=levels.__getitem__),
            outline.line(members[0]),
            len(members),
            outline.is_named(parent),
            verdict.certainty,
            verdict.why,
        )

    def _judge(self, parent: int | None) -> Verdict:
        """Tell whether the headings under one parent are a run of entries."""
        if parent not in self._verdicts:
            self._verdicts[parent] = self._judge_family(parent)
        return self._verdicts[parent]

    def _judge_family(self, parent: int | None) -> Verdict:
        outline = self._outline
        members = outline.members(parent)
        verdict = self._judge_members(parent, members)
        if verdict.certainty is Certainty.SURE:
            return verdict
        others = outline.others(members)
        if not 0 < len(others) < len(members):
            return verdict
        without = self._judge_members(parent, others)
        return without if without.certainty is not Certainty.NONE else verdict

    def _judge_members(self, parent: int | None, members: Sequence[int]) -> Verdict:
        """Judge siblings; what merges have put among them is left out for a second time."""
        outline = self._outline
        counts = self._count(parent, members)
        if counts is None:
            return _NO
        if outline.identity(parent) in self._known or outline.is_hinted(parent):
            return _NAMED
        if self._is_of_others(parent, counts):
            return _NO
        if naming := outline.naming(parent):
            return Verdict(counts.judge_named(), (*counts.describe(), naming))
        certainty = counts.judge_unnamed(is_handoff=outline.hands_over(parent))
        if certainty is Certainty.SURE and self._holds_log(members, counts):
            return _NO
        return Verdict(certainty, counts.describe())

    def _count(self, parent: int | None, members: Sequence[int]) -> Counts | None:
        """Count what headings are; None where none of them is marked in any way."""
        heads, every = self._outline.heads, self._outline.told
        words = [heads[member].words for member in members]
        told = [NOTHING if self._is_period(member) else every[member] for member in members]
        keys = [
            index
            for index, one in enumerate(told)
            if one.head and one.dated and is_key_label(read_label(words[index]))
        ]
        if len(keys) == 1:
            told[keys[0]] = NOTHING
        if not any(one.marked for one in told):
            told = self._read_below(parent, members) or _read_labels(words, self._levels(members))
        return count(told, words) if any(one.marked for one in told) else None

    def _is_period(self, member: int) -> bool:
        """Tell whether a heading names a month, a week or a year that others stand below.

        Where it has a date, as ``Week of June 1, 2026`` does, these have to be entries.
        """
        told = self._outline.read(member)
        if not (told.marked and self._outline.is_over(member)):
            return False
        return not told.dated or self._judge(member).certainty is Certainty.SURE

    def _levels(self, members: Sequence[int]) -> set[int]:
        return {self._outline.level(member) for member in members}

    def _read_below(self, parent: int | None, members: Sequence[int]) -> list[Told]:
        """Read the dates in fields below headings; nothing unless half of them have one."""
        may_be = len(members) >= FEW and self._outline.hands_over(parent)
        if not may_be and not self._outline.is_named(parent):
            return []
        is_named = self._outline.is_named(parent)
        told = [self.field_below(member, is_usual=is_named) or NOTHING for member in members]
        return told if sum(one.dated for one in told) * 2 >= len(told) else []

    def _is_of_others(self, parent: int | None, counts: Counts) -> bool:
        """Tell whether headings are of releases, decisions, tasks: dated, and no log."""
        if counts.of_sessions * 2 > counts.marked:
            return False
        words = self._outline.title if parent is None else self._outline.words(parent)
        if counts.versioned * 2 > counts.marked:
            named = self._outline.is_title(parent) if parent is not None else True
            title = self._outline.title if named else words
            return not names_log(title) or names_releases(title)
        return names_other(words)

    def _holds_log(self, members: Sequence[int], counts: Counts) -> bool:
        """Tell whether a section among weak headings names a log, and has entries itself."""
        return counts.strong * 2 <= counts.count and any(
            member in self._outline.families
            and not self._outline.read(member).leads
            and names_log(self._outline.words(member))
            and self._judge(member).certainty is Certainty.SURE
            for member in members
        )

    def _drop_scattered(self) -> None:
        """Drop runs of one or two below each of many parents: dated topics, not a log."""
        scattered = [
            found
            for found in self.runs
            if not found.run.named and found.run.count <= FEW and found.parent is not None
        ]
        if len(scattered) >= _MANY_PARENTS:
            parents = {found.parent for found in scattered}
            self.close += (replace(found.run, certainty=Certainty.NONE) for found in scattered)
            self.runs = [found for found in self.runs if found.parent not in parents]


def _read_labels(words: Sequence[str], levels: set[int]) -> list[Told]:
    """Read first-level headings that are labelled alike, ``Handoff: …``, without any date."""
    labels = set(map(read_label, words))
    if len(set(words)) < FEW or levels != {1} or len(labels) != 1 or labels.isdisjoint(_LABELS):
        return []
    return [Told(numbered=True, leads=True)] * len(words)
