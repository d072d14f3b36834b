"""The headings of a document as its form is inferred from them: families, and what each tells."""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache

from msgspec.structs import replace

from handoff_md.syntax.form.form import FormHints, identify
from handoff_md.syntax.form.moments import (
    UNTOLD,
    Customs,
    Days,
    Moment,
    Notation,
    begins_with_day,
    find_moments,
)
from handoff_md.syntax.form.names import (
    file_may_hold_log,
    file_names_log,
    is_headed,
    names_handoff,
    names_log,
    names_other,
    read_line_name,
)
from handoff_md.syntax.form.notation import HeadReading
from handoff_md.syntax.form.periods import Period, PeriodUnit, may_name_span, read_period
from handoff_md.syntax.form.shapes import is_documented
from handoff_md.syntax.form.told import Told, read_told
from handoff_md.syntax.form.turns import are_days, chain_years, find_turn
from handoff_md.syntax.grammar import EntryKind, read_entry_heading
from handoff_md.syntax.nodes import Block, BlockKind, Node
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_NUMERIC = r"(?<![0-9.])[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}(?![0-9])"
_YEAR = r"\b20[0-9]{2}\b"
_HEAD_LENGTH = 1000
_LEAP_YEAR = Customs(year=2000)
_MARKER = "handoff-md:sessions"
_FEW = 2
_MONTH = dt.timedelta(27)  # at least


class Head(Value):
    """A heading: its index among the flat nodes, its level and words, and its offset."""

    index: int
    level: int
    words: str
    start: int


@lru_cache(maxsize=65_536)  # the versions of a document have most of their headings in common
def _holds_numeric(words: str) -> bool:
    return re.search(_NUMERIC, words) is not None


class Outline:
    """What is looked at of a document: its flat nodes, and the headings among them.

    Positions count headings, indexes count flat nodes, lines count from 0. A parent is a heading's
    position, None for the top. ``ends`` are those of sections, by their headings' indexes.
    """

    def __init__(
        self,
        source: Source,
        flat: Sequence[Node],
        heads: Sequence[Head],
        ends: Mapping[int, int],
        title: int | None,
        hints: FormHints,
    ) -> None:
        self.source, self.flat, self.heads, self.ends = source, flat, heads, ends
        self.hints = hints
        self._title = title
        self.customs = self._learn_customs()
        self._years: Mapping[int, int] = {}
        self._days: Mapping[int, Days] = {}
        self._weeks: Mapping[int, Told] = {}
        self._periods: dict[tuple[int, int | None], Period | None] = {}

    @cached_property
    def families(self) -> Mapping[int | None, Sequence[int]]:
        """Give the headings just under each parent that has any; the title aside, on top."""
        families: dict[int | None, list[int]] = {}
        above: list[int | None] = [None]
        levels = [0]
        for position, head in enumerate(self.heads):
            level = head.level
            while levels[-1] >= level:
                levels.pop()
                above.pop()
            if above[-1] in families:
                families[above[-1]].append(position)
            else:
                families[above[-1]] = [position]
            levels.append(level)
            above.append(position)
        return families

    @cached_property
    def title(self) -> str:
        """Give the words of the document's title; empty without one."""
        return next((head.words for head in self.heads if head.index == self._title), "")

    @cached_property
    def is_file_named(self) -> bool:
        """Tell whether the file's name is that of a log."""
        return bool(self.hints.name) and file_names_log(self.hints.name)

    def hands_over(self, parent: int | None) -> bool:
        """Tell whether a parent, or the document for what stands on top, hands work over.

        A document whose file has no name may.
        """
        if names_handoff(self.words(parent)):
            return True
        is_top = parent is None or self.is_title(parent)
        return is_top and (names_handoff(self.title) or file_may_hold_log(self.hints.name))

    def words(self, parent: int | None) -> str:
        """Give a heading's words; empty for the top."""
        return "" if parent is None else self.heads[parent].words

    def level(self, parent: int | None) -> int:
        """Give a heading's level; 0 for the top."""
        return 0 if parent is None else self.heads[parent].level

    def line(self, position: int) -> int:
        """Give the line that a heading begins in."""
        return self.source.line_of(self.heads[position].start)

    def lead_of(self, position: int) -> Span:
        """Give the span of a heading and all up to the next one."""
        behind = self.heads[position + 1 : position + 2]
        return Span(
            self.heads[position].start, behind[0].start if behind else len(self.source.text)
        )

    def members(self, parent: int | None) -> Sequence[int]:
        """Give the headings just under a parent, the document's title aside."""
        family = self.families.get(parent, ())
        if parent is not None:  # the title stands on top
            return family
        return [position for position in family if not self.is_title(position)]

    def is_title(self, position: int) -> bool:
        """Tell whether a heading is the document's title."""
        return self.heads[position].index == self._title

    def read(self, position: int) -> Told:
        """Give what a heading's words tell."""
        return self.told[position]

    @cached_property
    def told(self) -> Sequence[Told]:
        """Give what each heading's words tell, by its position."""
        if not (self._years or self._days or self._weeks):
            known = {words: read_told(words, self.customs) for words in self._distinct}
            return [known[head.words] for head in self.heads]
        return [
            self._weeks.get(position) or read_told(head.words, self.customs_of(position))
            for position, head in enumerate(self.heads)
        ]

    def is_documented(self, position: int) -> bool:
        """Tell whether a heading is one that a merge puts anywhere: dated and with sessions."""
        return position in self._documented

    @cached_property
    def _documented(self) -> frozenset[int]:
        return frozenset(
            position
            for position, (head, told) in enumerate(zip(self.heads, self.told, strict=True))
            if told.marked and is_documented(head.words)
        )

    def others(self, positions: Sequence[int]) -> list[int]:
        """Give those headings that no merge has put there; what a merge writes votes on none."""
        documented = self._documented
        return [position for position in positions if position not in documented]

    def is_parallel(self, position: int) -> bool:
        """Tell whether a heading is a parallel section's."""
        return position in self.parallel

    @cached_property
    def parallel(self) -> frozenset[int]:
        """Give the positions of the headings of parallel sections."""
        if "parallel" not in "\n".join(self._distinct).casefold():
            return frozenset()
        return frozenset(
            position
            for position, head in enumerate(self.heads)
            if "parallel" in head.words[:20].casefold()
            and (shape := read_entry_heading(head.words))
            and shape.kind is EntryKind.PARALLEL
        )

    @cached_property
    def _distinct(self) -> frozenset[str]:
        """Give what the headings' words are; sub-headings have many in common."""
        return frozenset(head.words for head in self.heads)

    def is_named(self, parent: int | None) -> bool:
        """Tell whether a parent is named as a log; the top is as the title or the file is."""
        return self.naming(parent) != ""

    def naming(self, parent: int | None) -> str:
        """Say what names a parent as a log; empty where nothing does."""
        if names_log(self.words(parent)):
            return f"the heading {self.words(parent)!r} names a log"
        if self.is_period(parent):
            return f"the heading {self.words(parent)!r} names a part of a log"
        if parent is not None and not self.is_title(parent) and len(self.heads) > 1:
            return ""
        if names_log(self.title):
            return f"the title {self.title!r} names a log"
        return f"the file {self.hints.name!r} is named as a log" if self.is_file_named else ""

    def is_period(self, parent: int | None) -> bool:
        """Tell whether a heading parts the entries of a log by months, weeks or years."""
        if parent is None or self.period(parent) is None:
            return False
        above = self.parents[parent]
        while above is not None:
            words = self.words(above)
            if names_log(words) or names_other(words):
                return names_log(words)
            above = self.parents[above]
        return self.is_file_named or self.hands_over(None)

    def is_over(self, position: int) -> bool:
        """Tell whether a heading names a period, and others stand below it."""
        return position in self.families and self.period(position) is not None

    def base(self, parent: int | None) -> int | None:
        """Give what the months, weeks or years stand under that a parent is one of; else that."""
        while parent is not None and not self.is_title(parent) and self.period(parent):
            parent = self.parents[parent]
        return parent

    def period(self, position: int) -> Period | None:
        """Give the month, week or year that a heading names, if it does.

        What dates below it tell is its year, where nothing else does.
        """
        year = self.year_of(position)
        if year is None and self._has_spans:
            below = (self.told[at].date for at in self.families.get(position, ()))
            year = next((date.year for date in below if date), None)
        return self._read_period(position, year)

    @cached_property
    def _has_spans(self) -> bool:
        return any(map(may_name_span, self._distinct))

    def _read_period(self, position: int, year: int | None) -> Period | None:
        key = position, year
        if key not in self._periods:
            words = self.words(position)
            is_dated = self.told[position].dated  # as most entries are
            may_be = not is_dated or (self._has_spans and may_name_span(words))
            self._periods[key] = read_period(words, year) if may_be else None
        return self._periods[key]

    @cached_property
    def parents(self) -> Sequence[int | None]:
        """Give the heading that each heading stands under, by their positions."""
        parents: list[int | None] = [None] * len(self.heads)
        for parent, family in self.families.items():
            for position in family:
                parents[position] = parent
        return parents

    def is_hinted(self, parent: int | None) -> bool:
        """Tell whether somebody has named a parent as the one of entries."""
        wanted = self.hints.heading
        if not wanted:
            return self._is_marked(parent)
        number = read_line_name(wanted)
        if number is None:
            return parent is not None and is_headed(self.words(parent), wanted)
        if parent is not None and self.line(parent) == number:
            return True
        return any(
            self.line(position) == number and self.read(position).marked
            for position in self.families.get(parent, ())
        )

    def _is_marked(self, parent: int | None) -> bool:
        """Tell whether the line that marks entries stands just under a parent."""
        return self._marked is not None and self._marked == (-1 if parent is None else parent)

    @cached_property
    def _marked(self) -> int | None:
        """Give the position of the heading above the line that marks entries, -1 for the top."""
        place = self.source.text.find(_MARKER)
        marked = (
            node.span.start <= place < node.span.end
            for node in self.flat
            if isinstance(node, Block) and node.kind is BlockKind.HTML
        )
        return self.above(place) if place >= 0 and any(marked) else None

    def above(self, offset: int) -> int:
        """Give the position of the last heading before an offset; -1 for the top."""
        starts = [head.start for head in self.heads]
        return bisect_right(starts, offset) - 1

    @cached_property
    def named_line(self) -> int | None:
        """Give the line that somebody has named, from 0."""
        return read_line_name(self.hints.heading) if self.hints.heading else None

    def identity(self, parent: int | None) -> tuple[int, str]:
        """Give what a parent has in common with that of another version."""
        return identify(self.level(parent), self.words(parent))

    def year_of(self, position: int) -> int | None:
        """Give the year of a heading's date that has none; None where nothing tells it."""
        return self._years.get(position, self.customs.year)

    def customs_of(self, position: int) -> Customs:
        """Give what a heading's date is of that has no year, or is a day alone."""
        if not (self._years or self._days):
            return self.customs
        return replace(self.customs, year=self.year_of(position), days=self._days.get(position))

    @property
    def newest_customs(self) -> Customs:
        """Give the same of the newest dates."""
        year = max(self._years.values(), default=self.customs.year)
        return Customs(year, days=max(self._days.values(), default=None))

    def lacks(self, position: int) -> bool:
        """Tell whether a heading's date may lack its year, or its month."""
        return self.year_of(position) is not None or position in self._days

    def learn_years(self, parents: Sequence[int | None]) -> bool:
        """Take the years that dates without one are of, and tell whether any heading has such.

        They are told by the month or year that headings stand below, else by the dates beside them
        under the ``parents`` of entries, or where there are no entries by a log's head.
        """
        self._years = self._read_years()
        if not self._years and parents:
            self._years = self._read_years_beside(parents)
        if not self._years and (not parents or self._lack_years(parents)):
            self._read_year_of_head()
        return bool(self._years or self.customs.year) and self._read_anew()

    def _read_anew(self) -> bool:
        """Read all headings again, and tell whether any of them tells something else."""
        before = self.told
        for known in ("told", "_documented"):
            self.__dict__.pop(known, None)
        return self.told != before

    def learn_days(self) -> bool:
        """Take days alone for dates, and read all anew: ``### 28 - Export`` below a month.

        All headings below all months or weeks of a log have to begin with a day of theirs, and what
        they begin with must not count them. Tells whether there are any.
        """
        groups = [
            (own, days)
            for parent, family in self.families.items()
            if parent is not None
            and (period := self.period(parent))
            and any(begins_with_day(self.words(at)) for at in family)
            and (own := self.others(family))
            and self.is_period(parent)
            and (days := period.in_year(self.year_of(parent)).few_days)
        ]
        in_weeks = all(last - first < _MONTH for _, (first, last) in groups)
        read = [self._read_days(*group) for group in groups]
        if not groups or not are_days(read, in_weeks=in_weeks):
            return False
        self._days = {at: days for own, days in groups for at in own}
        return self._read_anew()

    def _read_days(self, own: Sequence[int], days: Days) -> list[Moment | None]:
        customs = Customs(days=days)
        return [next(iter(find_moments(self.words(at), customs)), None) for at in own]

    def learn_weeks(self) -> bool:
        """Take the weeks of a log that have no entries below for entries; tell of any."""
        if not self._has_spans:
            return False
        self._weeks = {
            at: told
            for parent in self.families
            if self.is_named(parent) or self.hands_over(parent)
            for at, told in self._read_weeks(self.others(self.members(parent)))
        }
        return bool(self._weeks) and self._read_anew()

    def _read_weeks(self, members: Sequence[int]) -> Sequence[tuple[int, Told]]:
        """Read headings as weeks; none unless most are, and no merge has written below any."""
        weeks = [
            (at, _tell_days(self.words(at), days))
            for at in members
            if may_name_span(self.words(at))
            and (period := self.period(at))
            and period.unit is PeriodUnit.WEEK
            and (days := period.in_year(self.year_of(at)).few_days)
        ]
        below = [one for at, _ in weeks for one in self.families.get(at, ())]
        is_most = len(weeks) >= _FEW and len(weeks) * 2 > len(members)
        return weeks if is_most and not any(map(self.is_documented, below)) else ()

    def _lack_years(self, parents: Sequence[int | None]) -> bool:
        """Tell whether headings under parents begin with dates, and none of these has a year."""
        own = [at for parent in parents for at in self.others(self.members(parent))]
        if any(self.told[at].dated for at in own):
            return False
        told = map(self._read_in_leap_year, own)
        are_days = any(begins_with_day(self.words(at)) for at in own)
        return are_days or any(one.dated and one.leads for one in told)

    def _read_years_beside(self, parents: Sequence[int | None]) -> Mapping[int, int]:
        """Give the years of dates without one that stand among others."""
        years: dict[int, int] = {}
        for parent in parents:
            members = self.members(parent)
            if all(self.told[at].dated for at in members):
                continue
            dated = [
                (at, told.date, self.told[at].dated)
                for at in members
                if (told := self._read_in_leap_year(at)).date and told.leads
                if not names_other(self.words(at))
            ]
            years.update(chain_years(dated))
        return years

    def _read_in_leap_year(self, position: int) -> Told:
        """Read a heading as if dates without a year were of one that has each day."""
        told = self.told[position]
        return told if told.dated else read_told(self.words(position), _LEAP_YEAR)

    def _read_year_of_head(self) -> None:
        """Take the year that a log's head names; where dates run over the turn of one, both.

        Then the head has to name both years, or a day in the newer.
        """
        is_log = self.is_file_named or any(names_log(head.words) for head in self.heads)
        head = self.source.text[:_HEAD_LENGTH] if is_log else ""
        years = [int(year) for year in re.findall(_YEAR, head)]
        if not years:
            return
        self.customs = replace(self.customs, year=years[0])
        told = [read_told(head.words, self.customs) for head in self.heads]
        dated = [(at, one.date) for at, one in enumerate(told) if one.date and one.leads]
        if turn := find_turn(dated):
            above = self.source.text[: self.heads[dated[0][0]].start]
            years = [int(year) for year in re.findall(_YEAR, above)]
            latest = max((moment.date for moment in find_moments(above)), default=None)
            self._years = turn.settle(sorted(set(years)), latest)
            self.customs = replace(self.customs, year=None)

    def _read_years(self) -> Mapping[int, int]:
        """Give the years that headings name which part a log, for what stands below these."""
        years: dict[int, int] = {}
        for parent in sorted(place for place in self.families if place is not None):
            period = self._read_period(parent, years.get(parent))
            year = period.in_year(years.get(parent)).year if period else None
            if year is not None:
                years.update(dict.fromkeys(self.families[parent], year))
        return years

    def _learn_customs(self) -> Customs:
        """Tell what ``03/04/2026`` is by the others, where dates are written so."""
        if not any(map(_holds_numeric, self._distinct)):
            return UNTOLD
        said = [head.words for head in self.heads if _holds_numeric(head.words)]
        from handoff_md.syntax.form.learning import learn  # noqa: PLC0415 - few documents need it

        return learn(said).customs


def _tell_days(words: str, days: Days) -> Told:
    """Give what words tell that name some days, and say nothing else."""
    first, last = days
    head = HeadReading(words, (Moment(first, None, last, 0, len(words), Notation("")),), ())
    return Told(head, first, leads=True, first=True)
