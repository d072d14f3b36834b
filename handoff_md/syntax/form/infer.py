"""Infers the form of a document from its flat nodes, before a single heading is judged. Linear."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from msgspec.structs import replace

from handoff_md.syntax.form.form import NO_HINTS, Certainty, Form, FormHints, Run, Shape
from handoff_md.syntax.form.leads import Line, candidate_lines
from handoff_md.syntax.form.moments import UNTOLD, Customs, Moment
from handoff_md.syntax.form.names import (
    file_names_log,
    is_headed,
    names_archive,
    names_empty_log,
    names_log,
    names_other,
    read_line_name,
)
from handoff_md.syntax.form.notation import plain_title
from handoff_md.syntax.form.told import (
    NOTHING,
    Told,
    is_entry_label,
    read_label,
    read_told,
)
from handoff_md.syntax.grammar import (
    EntryHeading,
    EntryKind,
    read_entry_heading,
)
from handoff_md.syntax.nodes import Block, BlockKind, Heading, Node
from handoff_md.syntax.session_id import SessionId
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_MOST_LEARNT = 48
_MANY_PARENTS = 3
_FEW = 2
_FEWEST_TRAILING = 3
_MOST_UNDATED = 5  # one in so many of a run whose dates stand behind the titles
_DEEPEST = 6
# `re` compiles these when they are first used; few documents need them.
_FIELD = r"[ \t]*(?:[-*+>][ \t]+)?[*_]{0,2}(?:%s)[*_]{0,2}[ \t]*:[*_]{0,2}[ \t]*(?P<value>.*)"
_DATE_FIELD = "(?i)" + _FIELD % "date|datum|when|time|timestamp|started|fecha|data|day"
_TITLE_FIELD = "(?i)" + _FIELD % "title|summary|task|topic|goal|subject|what"
_NUMERIC = r"(?<![0-9.])[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}(?![0-9])"
_HEAD_LENGTH = 1000
_MOST_FIELD_LINES = 8


class Head(Value):
    """A heading: its place among the flat nodes, its level, and its words."""

    index: int
    level: int
    words: str


class LeadStart(Value):
    """Where an entry without a heading begins: its line, its words, and what they mean."""

    start: int
    words: Span
    end: int
    level: int
    shape: EntryHeading


class Recognised(Value):
    """The form of a document, and which of its flat nodes are entries, by index.

    ``headings`` are those that head entries, with what they mean; ``leads`` are the lists and
    paragraphs in which entries without headings begin. ``ends`` are those of sections, by their
    headings' indexes.
    """

    form: Form
    headings: Mapping[int, EntryHeading]
    leads: Mapping[int, tuple[LeadStart, ...]]
    ends: Mapping[int, int]


class _Verdict(Value):
    certainty: Certainty
    why: tuple[str, ...] = ()


_NO = _Verdict(Certainty.NONE)


def recognise(
    source: Source,
    flat: Sequence[Node],
    heads: Sequence[Head],
    ends: Mapping[int, int],
    title: int | None,
    hints: FormHints = NO_HINTS,
) -> Recognised:
    """Find the entries of a document.

    Args:
        source: its text.
        flat: the nodes that tile it.
        heads: the headings among them.
        ends: by each heading's index that of the next one of its level or above.
        title: the index of the heading that is the document's title.
        hints: what is known beside the text.
    """
    return _Inference(source, flat, heads, ends, title, hints).run()


class _Inference:
    """One inference; positions count headings, indexes count flat nodes."""

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
        self.title, self.hints = title, hints
        self.told: dict[int, Told] = {}
        self.verdicts: dict[int | None, _Verdict] = {}
        self.families = self._find_families()
        self.runs: list[tuple[Run, list[int]]] = []
        self.close: list[Run] = []
        self.stray: list[int] = []
        self.led: tuple[str, ...] = ()
        self.customs = self._customs()
        self.beside: list[int] = []
        self.cuts: list[int] = []
        self.named_file = bool(hints.name) and file_names_log(hints.name)
        like = hints.like
        self.known = {run.identity for run in like.runs} if like else set()

    def run(self) -> Recognised:
        self._resolve(None)
        if not self.runs and (customs := self._customs_of_year()):
            self.customs = customs
            self.told, self.verdicts, self.close, self.stray = {}, {}, [], []
            self._resolve(None)
        self._drop_scattered()
        leads: dict[int, tuple[LeadStart, ...]] = {}
        if all(self._are_beside(members) for _, members in self.runs):
            leads = self._find_leads()
        return self._finish(leads)

    def _are_beside(self, members: Sequence[int]) -> bool:
        """Tell whether headings may stand beside entries that have none, as a merge puts them."""
        return all(map(self._is_documented, members))

    def _is_documented(self, member: int) -> bool:
        if not self.read(member).marked:
            return False
        shape = read_entry_heading(self.heads[member].words)
        return shape is not None and bool(
            shape.kind is EntryKind.PARALLEL or (shape.date and shape.session_ids)
        )

    def _customs(self) -> Customs:
        """Tell what ``03/04/2026`` is by the others, where dates are written so."""
        said = [head.words for head in self.heads if re.search(_NUMERIC, head.words)]
        if not said:
            return UNTOLD
        from handoff_md.syntax.form.learning import learn  # noqa: PLC0415 - few documents need it

        return learn(said).customs

    def _customs_of_year(self) -> Customs | None:
        """Give the year of dates without one, in a log whose head names it."""
        if not (self.named_file or any(names_log(head.words) for head in self.heads)):
            return None
        year = re.search(r"\b20[0-9]{2}\b", self.source.text[:_HEAD_LENGTH])
        return replace(self.customs, year=int(year.group())) if year else None

    def _find_families(self) -> dict[int | None, list[int]]:
        families: dict[int | None, list[int]] = {}
        open_heads: list[int] = []
        for position, head in enumerate(self.heads):
            while open_heads and self.heads[open_heads[-1]].level >= head.level:
                open_heads.pop()
            families.setdefault(open_heads[-1] if open_heads else None, []).append(position)
            open_heads.append(position)
        return families

    def read(self, position: int) -> Told:
        found = self.told.get(position)
        if found is None:
            words = self.heads[position].words
            found = self.told[position] = read_told(words, self.customs)
        return found

    # which families are runs

    def _resolve(self, parent: int | None) -> None:
        """Judge a family, and those below what is no entry in it."""
        members = self.families.get(parent, ())
        entries: frozenset[int] = frozenset()
        if members:
            verdict = self.judge(parent)
            entries = frozenset(self._choose(parent, members, verdict))
        for member in members:
            if member not in entries:
                self._resolve(member)

    def _choose(self, parent: int | None, members: Sequence[int], verdict: _Verdict) -> list[int]:
        """Give the entries of a family, and remember its run."""
        candidates = [member for member in members if self.heads[member].index != self.title]
        marked = [member for member in candidates if self.read(member).marked]
        if verdict.certainty is Certainty.NONE:
            if parent is None or not names_other(self.heads[parent].words):
                self.stray += (member for member in marked if self._is_strong(member))
            return [member for member in marked if self._is_parallel(member)]
        if verdict.certainty is Certainty.UNSURE:
            self.close.append(self._run(parent, marked, verdict))
            return []
        chosen = self._members_of_run(candidates, marked, named=self._is_named(parent))
        chosen += self._sunken(chosen)
        self.runs.append((self._run(parent, chosen, verdict), chosen))
        return chosen

    def _sunken(self, members: Sequence[int]) -> list[int]:
        """Give the entries that stand too deep, inside of the one before: the level has changed.

        They are all that stands there from the first of them on, and go on with the dates.
        """
        falls = self._falls(members)
        found: list[int] = []
        for member in members:
            below = [one for one in self.families.get(member, ()) if self._date(one)]
            first = below[0] if below else None
            dates = [self._date(one) for one in (member, *below)]
            if len(below) < _FEW or first is None or None in dates or len(set(dates)) < len(dates):
                continue
            rest = [one for one in self.families[member] if one >= first]
            told = [day for day in dates if day]
            if rest == below and told == sorted(told, reverse=falls):
                self.cuts.append(self.heads[first].index)
                found += below
        return found

    def _date(self, member: int) -> dt.date | None:
        told = self.read(member)
        return told.head.moments[0].date if told.dated and told.leads and told.head else None

    def _falls(self, members: Sequence[int]) -> bool:
        dates = [date for member in members if (date := self._date(member))]
        return bool(dates) and dates[0] >= dates[-1]

    def _members_of_run(
        self, candidates: Sequence[int], marked: Sequence[int], *, named: bool
    ) -> list[int]:
        """Give those that are marked, or headed by the label that most of these share."""
        labels = Counter(read_label(self.heads[member].words) for member in marked)
        label = max(labels, key=labels.__getitem__, default="")
        shared = (
            label if label and is_entry_label(label) and labels[label] * 2 > len(marked) else ""
        )
        known = set(marked)
        chosen = [
            member
            for member in candidates
            if member in known
            or (shared and read_label(self.heads[member].words) == shared)
            or self._dated_below(member)
        ]
        dated = sum(self.read(member).dated for member in chosen)
        if named or dated * 2 <= len(chosen):
            return chosen
        return [member for member in chosen if not self._is_topic(member)]

    def _is_topic(self, member: int) -> bool:
        told = self.read(member)
        return told.numbered and not told.dated and not told.leads

    def _run(self, parent: int | None, members: Sequence[int], verdict: _Verdict) -> Run:
        levels = Counter(self.heads[member].level for member in members)
        head = None if parent is None else self.heads[parent]
        return Run(
            Shape.HEADINGS,
            None if head is None else self._line(head.index),
            "" if head is None else head.words,
            0 if head is None else head.level,
            max(levels, key=levels.__getitem__),
            self._line(self.heads[members[0]].index),
            len(members),
            self._is_named(parent),
            verdict.certainty,
            verdict.why,
        )

    def _line(self, index: int) -> int:
        return self.source.line_of(self.flat[index].span.start)

    def judge(self, parent: int | None) -> _Verdict:
        """Tell whether the headings under one parent are a run of entries."""
        verdict = self.verdicts.get(parent)
        if verdict is None:
            self.verdicts[parent] = _NO  # for a look from below
            verdict = self.verdicts[parent] = self._judge(parent)
        return verdict

    def _judge(self, parent: int | None) -> _Verdict:
        members = [
            member for member in self.families[parent] if self.heads[member].index != self.title
        ]
        counts = self._count(parent, members)
        if counts is None:
            return _NO
        if self._identity(parent) in self.known or self._is_hinted(parent):
            return _Verdict(Certainty.SURE, ("the section is the one that was named",))
        named = self._is_named(parent)
        why = counts.why(named=named, words=self._naming(parent))
        if self._is_other(parent, counts):
            return _NO
        if named:
            return _Verdict(counts.judge_named(), why)
        certainty = counts.judge_unnamed()
        if certainty is Certainty.SURE and self._holds_log(members, counts):
            return _NO
        return _Verdict(certainty, why)

    def _count(self, parent: int | None, members: Sequence[int]) -> _Counts | None:
        """Count what the members of a family are; None where none is marked."""
        told = [self.read(member) for member in members]
        if not any(one.marked for one in told):
            told = self._told_below(parent, members)
            if not any(one.marked for one in told):
                return self._count_labelled(members)
        return _Counts.of(told, [self.heads[member].words for member in members])

    def _count_labelled(self, members: Sequence[int]) -> _Counts | None:
        """Count first-level headings that are labelled alike, ``Handoff: …``, without any date."""
        labels = {read_label(self.heads[member].words) for member in members}
        level = {self.heads[member].level for member in members}
        if len(members) < _FEW or level != {1} or len(labels) != 1:
            return None
        label = labels.pop()
        if label not in ("handoff", "handover", "session"):
            return None
        marked = Told(None, numbered=True, leads=True, of_session=True)
        return _Counts.of([marked] * len(members), [self.heads[one].words for one in members])

    def _told_below(self, parent: int | None, members: Sequence[int]) -> list[Told]:
        """Read the date that stands in a field below each heading, in a log or where many have."""
        if not self._is_named(parent) and len(members) < _FEW:
            return [NOTHING]
        told = [self._field_below(member) or NOTHING for member in members]
        return told if sum(one.dated for one in told) * 2 >= len(told) else [NOTHING]

    def _dated_below(self, member: int) -> bool:
        return self._field_below(member) is not None

    def _field_below(self, member: int) -> Told | None:
        words = self.heads[member].words
        if names_log(words) or names_other(words):
            return None
        told = find_date_field(self.source, self.flat, self.heads[member].index + 1)
        return replace(told, leads=True, versioned=False) if told else None

    def _holds_log(self, members: Sequence[int], counts: _Counts) -> bool:
        """Tell whether one of the members names a log, and has a run of entries below."""
        if counts.strong * 2 > counts.count:
            return False
        return any(
            member in self.families
            and names_log(self.heads[member].words)
            and self.judge(member).certainty is Certainty.SURE
            for member in members
        )

    def _is_strong(self, member: int) -> bool:
        """Tell whether a heading by itself is that of an entry, in a document that has others."""
        told, words = self.read(member), self.heads[member].words
        if told.versioned or not told.leads or names_other(words):
            return False
        return read_entry_heading(words) is not None

    def _is_parallel(self, member: int) -> bool:
        words = self.heads[member].words
        if "arallel" not in words[:20] and "PARALLEL" not in words[:20]:
            return False
        shape = read_entry_heading(words)
        return shape is not None and shape.kind is EntryKind.PARALLEL

    # names

    def _identity(self, parent: int | None) -> tuple[Shape, int, str]:
        head = None if parent is None else self.heads[parent]
        words = "" if head is None else " ".join(head.words.casefold().split())
        return Shape.HEADINGS, 0 if head is None else head.level, words

    def _is_hinted(self, parent: int | None) -> bool:
        return bool(self.hints.heading) and self._names(parent, self.hints.heading)

    def _names(self, parent: int | None, wanted: str) -> bool:
        number = read_line_name(wanted)
        if number is not None:
            if parent is not None and self._line(self.heads[parent].index) == number:
                return True
            return any(
                self._line(self.heads[member].index) == number
                for member in self.families.get(parent, ())
                if self.read(member).marked
            )
        return parent is not None and is_headed(self.heads[parent].words, wanted)

    def _is_named(self, parent: int | None) -> bool:
        """Tell whether a parent's own name, or the document's just above, is that of a log."""
        if parent is not None and names_log(self.heads[parent].words):
            return True
        return self._is_top(parent) and (self.named_file or names_log(self._title_words()))

    def _is_top(self, parent: int | None) -> bool:
        return parent is None or self.heads[parent].index == self.title

    def _title_words(self) -> str:
        return next((head.words for head in self.heads if head.index == self.title), "")

    def _naming(self, parent: int | None) -> str:
        if parent is not None and names_log(self.heads[parent].words):
            return f"the heading {self.heads[parent].words!r} names a log"
        return (
            f"the title {self._title_words()!r} names a log"
            if names_log(self._title_words())
            else f"the file {self.hints.name!r} is named as a log"
        )

    def _is_other(self, parent: int | None, counts: _Counts) -> bool:
        """Tell whether the family is one of releases, decisions, tasks: dated, and no log."""
        if counts.of_sessions * 2 > counts.marked:
            return False
        if counts.versioned * 2 > counts.marked:
            return True
        words = self._title_words() if parent is None else self.heads[parent].words
        return names_other(words)

    # what the whole is

    def _drop_scattered(self) -> None:
        """Drop runs of one or two below each of many parents: dated topics, not a log."""
        scattered = [
            run for run, _ in self.runs if not run.named and run.count <= _FEW and run.line
        ]
        if len(scattered) < _MANY_PARENTS:
            return
        self.close += scattered
        self.runs = [(run, its) for run, its in self.runs if run not in scattered]

    def _finish(self, leads: dict[int, tuple[LeadStart, ...]]) -> Recognised:
        sure = [run for run, _ in self.runs if run.certainty is Certainty.SURE]
        form = self._form(sure, choose_place(sure))
        members = [member for _, its in self.runs for member in its]
        members += (*self.beside, *self._find_strays(has_runs=bool(sure)))
        reader = ShapeReader.of(form, [(self.heads[one].words, self.read(one)) for one in members])
        headings = {self.heads[one].index: self._shape(one, reader) for one in members}
        return Recognised(form, headings, leads, self._ends())

    def _form(self, sure: Sequence[Run], place: Run | None) -> Form:
        certainty = Certainty.UNSURE if sure or self.close else Certainty.NONE
        return Form(
            Certainty.SURE if place else certainty,
            tuple(sure),
            place,
            tuple(self.close),
            self._sample(place),
            self.hints.order,
            self.hints.entry_heading,
            self.customs.year,
        )

    def _ends(self) -> Mapping[int, int]:
        """Give where sections end: before an entry that is beside them, and not below."""
        if not self.cuts:
            return self.ends
        ends = dict(self.ends)
        lines = {run.line for run, _ in self.runs}
        owners = [head.index for head in self.heads if self._line(head.index) in lines]
        for cut in self.cuts:
            owner = max((index for index in owners if index < cut), default=-1)
            for head in self.heads:
                if owner < head.index < cut < ends[head.index]:
                    ends[head.index] = cut
        return ends

    def _find_strays(self, *, has_runs: bool) -> Iterator[int]:
        for position in range(len(self.heads)):
            if self._is_parallel(position):
                yield position
        if has_runs:
            yield from self.stray

    def _sample(self, place: Run | None) -> tuple[str, ...]:
        """Give words of the entries that the document's template is learned from."""
        if self.hints.like and self.hints.like.sample:
            return self.hints.like.sample
        if place is None or place.shape is not Shape.HEADINGS:
            return self.led
        members = next(its for run, its in self.runs if run is place)
        return _some([self.heads[one].words for one in members if not self._is_parallel(one)])

    def _shape(self, member: int, reader: ShapeReader) -> EntryHeading:
        shape = reader.read(self.heads[member].words, self.read(member))
        if shape.date is None:
            below = self._field_below(member)
            if below and below.head:
                moment = below.head.moments[0]
                shape = replace(shape, date=moment.date, time=moment.time, last=moment.last)
        return shape

    # entries without headings

    def _find_leads(self) -> dict[int, tuple[LeadStart, ...]]:
        """Find entries that are list items, paragraphs or key blocks, each run under one parent.

        Headings stand beside them, or are the entries themselves.
        """
        found = [
            (run, blocks)
            for parent in (None, *range(len(self.heads)))
            if (blocks := self._find_blocks(parent))
            and (run := self._run_of_blocks(parent, blocks))
        ]
        headed = {run.line for run, _ in self.runs}
        if headed:
            found = [(run, blocks) for run, blocks in found if run.line in headed]
        sure = [(run, blocks) for run, blocks in found if run.certainty is Certainty.SURE]
        self.close += (run for run, _ in found if run.certainty is not Certainty.SURE)
        for run, _ in sure:
            self.beside += (
                one for other, its in self.runs if other.line == run.line for one in its
            )
            self.runs = [(other, its) for other, its in self.runs if other.line != run.line]
        chosen = choose_place([run for run, _ in sure])
        self.led = (self.hints.like.sample if self.hints.like else ()) or _some(
            [
                self.source.slice(line.words)
                for run, blocks in sure
                if run is chosen or chosen is None
                for lines in blocks.values()
                for line in lines
            ]
        )
        form = Form(Certainty.SURE, sample=self.led, entry_heading=self.hints.entry_heading)
        reader = ShapeReader(form, in_template=True)
        self.runs += ((run, []) for run, _ in sure)
        return {
            index: tuple(self._leads_of(run, index, lines, reader))
            for run, blocks in sure
            for index, lines in blocks.items()
        }

    def _leads_of(
        self, run: Run, index: int, lines: Sequence[Line], reader: ShapeReader
    ) -> Iterator[LeadStart]:
        last = self.source.line_of(max(self.flat[index].span.end - 1, 0)) + 1
        stops = [*(line.number for line in lines[1:]), last]
        for line, stop in zip(lines, stops, strict=True):
            words = self.source.slice(line.words)
            shape = reader.read(words, read_told(words))
            if is_entry_label(self._key(line)):
                shape = complete_shape(self.source, shape, line.number + 1, stop)
            end = self.source.line_offset(line.number + 1)
            yield LeadStart(line.start, line.words, end, run.level, shape)

    def _find_blocks(self, parent: int | None) -> dict[int, tuple[Line, ...]]:
        """Find the lists, or else the paragraphs, just under a parent in which entries begin."""
        if not self._may_hold_blocks(parent):
            return {}
        blocks = {
            index: marked
            for index in self._own_blocks(parent)
            if (marked := self._find_marked(index))
        }
        counts = Counter({True: 0, False: 0})
        for index, lines in blocks.items():
            counts[self._is_list(index)] += len(lines)
        lists = counts[True] >= counts[False]
        chosen = {index: its for index, its in blocks.items() if self._is_list(index) is lists}
        return self._first_keys(chosen)

    def _first_keys(self, blocks: Mapping[int, tuple[Line, ...]]) -> dict[int, tuple[Line, ...]]:
        """Keep the first key of blocks of keys that name both a session and its date."""
        keys = [self._key(line) for lines in blocks.values() for line in lines]
        if not all(map(is_entry_label, keys)) or len(set(keys)) == 1:
            return dict(blocks)
        kept = {
            index: tuple(line for line in lines if self._key(line) == keys[0])
            for index, lines in blocks.items()
        }
        return {index: lines for index, lines in kept.items() if lines}

    def _key(self, line: Line) -> str:
        return read_label(self.source.slice(line.words))

    def _own_blocks(self, parent: int | None) -> Iterator[int]:
        """Give what stands under a parent itself, and not under a heading below it.

        What a merge has put there is left by a rule that an entry without heading follows.
        """
        head = None if parent is None else self.heads[parent]
        start, end = (
            (0, len(self.flat)) if head is None else (head.index + 1, self.ends[head.index])
        )
        position = 0 if parent is None else parent + 1
        below = 0
        ruled = False
        for index in range(start, end):
            node = self.flat[index]
            if isinstance(node, Heading):
                if not (below and node.level > below):
                    if not self._is_documented(position):
                        return
                    below = node.level
                position += 1
            elif isinstance(node, Block) and node.kind is not BlockKind.BLANK:
                if below and ruled and self._find_marked(index):
                    self.cuts.append(index)
                    below = 0
                ruled = node.kind is BlockKind.RULE
                if not below:
                    yield index

    def _find_marked(self, index: int) -> tuple[Line, ...]:
        """Find the lines of a list or paragraph in which entries begin."""
        node = self.flat[index]
        lines = candidate_lines(self.source, node) if isinstance(node, Block) else ()
        marked = tuple(line for line in lines if not line.is_task and self._leads(line))
        if self._is_list(index) and not _are_entries(lines, marked, self.source):
            return ()
        return marked

    def _leads(self, line: Line) -> bool:
        told = read_told(self.source.slice(line.words))
        return told.leads and (told.dated or told.of_session)

    def _is_list(self, index: int) -> bool:
        node = self.flat[index]
        return isinstance(node, Block) and node.kind is BlockKind.LIST

    def _may_hold_blocks(self, parent: int | None) -> bool:
        if parent is None:
            return not self.heads or self.named_file
        words = self.heads[parent].words
        if self._is_hinted(parent) or names_log(words):
            return True
        head = self.heads[parent]
        identity = " ".join(words.casefold().split())
        return any(above == head.level and name == identity for _, above, name in self.known) or (
            head.index == self.title and self.named_file
        )

    def _run_of_blocks(self, parent: int | None, blocks: Mapping[int, tuple[Line, ...]]) -> Run:
        head = None if parent is None else self.heads[parent]
        words = "" if head is None else head.words
        first = min(lines[0].number for lines in blocks.values())
        count = sum(map(len, blocks.values()))
        shape = Shape.ITEMS if self._is_list(next(iter(blocks))) else Shape.PARAGRAPHS
        sure = count >= _FEW or self._is_hinted(parent) or names_empty_log(words)
        known = (shape, 0 if head is None else head.level, " ".join(words.casefold().split()))
        level = min(_DEEPEST, (head.level if head else 1) + 1)
        why = (
            f"{count} {shape} begin with a date",
            *((f"the heading {words!r} names a log",) if head else ()),
        )
        return Run(
            shape,
            None if head is None else self._line(head.index),
            words,
            0 if head is None else head.level,
            level,
            first,
            count,
            self._is_named(parent),
            Certainty.SURE if sure or known in self.known else Certainty.UNSURE,
            why,
        )


def _are_entries(lines: Sequence[Line], marked: Sequence[Line], source: Source) -> bool:
    """Tell whether the items of a list are entries: half are dated, or each block's first one is."""
    if sum(line.is_task for line in lines) * 2 > len(lines):
        return False
    if len(marked) * 2 >= len(lines):
        return True
    return all(is_entry_label(read_label(source.slice(line.words))) for line in marked)


class _Counts(Value):
    """What the members of a family are.

    ``strong`` have a date that leads or stands behind a label; ``weak`` a date elsewhere;
    ``ids`` an id that leads, and no date; ``topics`` an id behind. ``pairs`` tells that two strong
    ones are neighbours, ``ordered`` that the dates only rise or only fall, and ``repeated`` that
    the same ids stand at many of them.
    """

    count: int
    strong: int
    weak: int
    ids: int
    topics: int
    of_sessions: int
    versioned: int
    pairs: bool
    ordered: bool
    repeated: bool
    full: int

    @classmethod
    def of(cls, told: Sequence[Told], words: Sequence[str]) -> _Counts:
        labelled = [
            one.dated and (one.leads or one.of_session or is_entry_label(read_label(said)))
            for one, said in zip(told, words, strict=True)
        ]
        dates = [one.head.moments[0].date for one in told if one.dated and one.head]
        ids = [
            one.ids[0]
            for one in told
            if one.numbered and one.ids and not one.dated and not (one.leads and one.of_session)
        ]
        return cls(
            count=len(told),
            strong=sum(labelled),
            weak=sum(one.dated for one in told) - sum(labelled),
            ids=sum(one.numbered and not one.dated and one.leads for one in told),
            topics=sum(one.numbered and not one.dated and not one.leads for one in told),
            of_sessions=sum(one.of_session for one in told),
            versioned=sum(one.versioned and not one.of_session for one in told),
            pairs=any(one and other for one, other in pairwise(labelled)),
            ordered=dates in (sorted(dates), sorted(dates, reverse=True)),
            repeated=_repeats(ids),
            full=sum(one.dated and one.numbered and one.leads for one in told),
        )

    @property
    def marked(self) -> int:
        return self.strong + self.weak + self.ids + self.topics

    def judge_named(self) -> Certainty:
        """Judge a family under a heading, a title or a file that names a log."""
        share = self.marked * 2 >= self.count
        if self.strong or (self.ids and not self.repeated):
            return Certainty.SURE
        if self.weak:
            return Certainty.SURE if share else Certainty.NONE
        return Certainty.SURE if share and not self.repeated else Certainty.NONE

    def judge_unnamed(self) -> Certainty:
        """Judge a family under a heading that names nothing."""
        half = self.marked * 2 >= self.count
        if self.strong >= _FEW and (self.pairs or half):
            return Certainty.SURE
        if self.full or (self.strong and (half or self.count == 1)):
            return Certainty.SURE
        if self.ids and self.ids * 2 >= self.count and not self.repeated:
            of_sessions = self.of_sessions * 2 >= self.ids
            if of_sessions and (self.ids >= _FEW or self.count == 1):
                return Certainty.SURE
            return Certainty.UNSURE if self.ids >= _FEW else Certainty.NONE
        if self.weak >= _FEW and half:
            all_dated = (self.count - self.weak - self.strong) * _MOST_UNDATED <= self.count
            sure = self.weak >= _FEWEST_TRAILING and all_dated and self.ordered
            return Certainty.SURE if sure else Certainty.UNSURE
        return Certainty.NONE

    def why(self, *, named: bool, words: str) -> tuple[str, ...]:
        """Say what was found, in parts of a sentence."""
        dated = self.strong + self.weak
        parts = [f"{dated} of {self.count} headings have a date"] if dated else []
        if numbered := self.ids + self.topics:
            parts.append(f"{numbered} of {self.count} headings have only an id")
        if self.strong:
            parts.append(f"it leads {self.strong} of them")
        if dated > 1 and self.ordered:
            parts.append("the dates run one way")
        if named:
            parts.append(words)
        return tuple(parts)


def _repeats(ids: Sequence[SessionId]) -> bool:
    """Tell whether so many ids stand at several headings that they are no entries' own."""
    return len(ids) > _FEW and len(set(ids)) * 4 <= len(ids) * 3


def choose_place(runs: Sequence[Run]) -> Run | None:
    """Choose the run that new entries belong to: the only one, or the only one that is named."""
    open_runs = [run for run in runs if not names_archive(run.words)] or list(runs)
    if len(open_runs) == 1:
        return open_runs[0]
    named = [run for run in open_runs if run.words and names_log(run.words)]
    return named[0] if len(named) == 1 else None


class ShapeReader(Value):
    """Reads entries' headings and leads: as anywhere, and what that leaves open by their template.

    ``in_template`` tells that this leaves open what most of them say, ``(82)`` for instance.
    """

    form: Form
    in_template: bool

    @classmethod
    def of(cls, form: Form, said: Sequence[tuple[str, Told]]) -> ShapeReader:
        """Make a reader of entries with these words; each with what they tell."""
        open_ids = sum(
            bool(told.head and told.head.ids and not told.of_session) for _, told in said
        )
        return cls(form, in_template=open_ids * 2 > len(said))

    def read(self, words: str, told: Told) -> EntryHeading:
        """Read one entry's words, which tell so much."""
        shape = self._read(words, told)
        has_words = any(map(str.isalnum, shape.title))
        return shape if has_words or not shape.title else replace(shape, title="")

    def _read(self, words: str, told: Told) -> EntryHeading:
        usual = read_entry_heading(words)
        moment = told.head.moments[0] if told.head and told.head.moments else None
        if usual and usual.kind is EntryKind.PARALLEL:
            return usual
        agrees = usual is not None and usual.date == (moment.date if moment else None)
        if usual and agrees and (usual.session_ids or not self.in_template):
            return self._complete(usual, told, moment)
        reading = self.form.template.read(words) if self.form.template else None
        if reading is None:
            return usual or EntryHeading(EntryKind.SESSION, (), None, plain_title(words, ()))
        kind = EntryKind.DATED if reading.date else EntryKind.SESSION
        ids = reading.session_ids
        if usual and usual.date == reading.date and (usual.session_ids or len(ids) != 1):
            return replace(usual, time=reading.time, last=reading.last)
        return EntryHeading(kind, ids, reading.date, reading.title, reading.time, reading.last)

    def _complete(self, usual: EntryHeading, told: Told, moment: Moment | None) -> EntryHeading:
        """Add the time, and the one session that is named but not where ids are read anywhere."""
        if moment and (moment.time or moment.last):
            usual = replace(usual, time=moment.time, last=moment.last)
        ids = told.session_ids
        if told.head is None:
            return usual
        if not usual.session_ids and len(ids) == 1:
            return replace(usual, session_ids=ids, title=told.head.title)
        if moment and told.head.text[moment.start : moment.end] in usual.title:
            return replace(usual, title=told.head.title)
        return usual


def complete_shape(source: Source, shape: EntryHeading, first: int, stop: int) -> EntryHeading:
    """Add what the keys in the lines (from 0) below say of an entry: its date, and its title."""
    title = "" if is_entry_label(shape.title.casefold()) else shape.title
    for number in range(first, min(stop, first + _MOST_FIELD_LINES)):
        line = source.line_text(number)[:LONGEST_FIELD]
        match = re.match(_TITLE_FIELD, line) if not title else None
        title = match["value"].strip() if match else title
        match = re.match(_DATE_FIELD, line) if shape.date is None else None
        told = read_told(match["value"]) if match else NOTHING
        if told.dated and told.head:
            moment = told.head.moments[0]
            shape = replace(shape, date=moment.date, time=moment.time, last=moment.last)
    return replace(shape, title=title)


def find_date_field(source: Source, flat: Sequence[Node], index: int) -> Told | None:
    """Find the date in a field such as ``**Date:** 2026-02-25``, in the first lines from a node on."""
    for node in (flat[number] for number in range(index, min(index + 3, len(flat)))):
        if isinstance(node, Heading):
            return None
        if isinstance(node, Block) and node.kind in (BlockKind.PARAGRAPH, BlockKind.LIST):
            first = source.line_of(node.span.start)
            last = source.line_of(max(node.span.start, node.span.end - 1))
            for number in range(first, min(last + 1, first + _MOST_FIELD_LINES)):
                match = re.match(_DATE_FIELD, source.line_text(number)[:LONGEST_FIELD])
                if match and (told := read_told(match["value"])).dated:
                    return told
            return None
    return None


LONGEST_FIELD = 200


def _some(words: Sequence[str]) -> tuple[str, ...]:
    """Give at most so many of the words, from both ends."""
    if len(words) <= _MOST_LEARNT:
        return tuple(words)
    half = _MOST_LEARNT // 2
    return (*words[:half], *words[-half:])
