"""Finds the entries that have no heading: list items, paragraphs, and blocks of keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from handoff_md.syntax.form.counts import FEW
from handoff_md.syntax.form.form import Certainty, Series, Shape, count_shapes
from handoff_md.syntax.form.leads import Line, candidate_lines, find_telling_lines, first_lines
from handoff_md.syntax.form.names import (
    RECENT,
    is_headed,
    names_empty_log,
    names_handoff,
    names_log,
)
from handoff_md.syntax.form.outline import Outline
from handoff_md.syntax.form.shapes import ShapeReader, complete_by_keys
from handoff_md.syntax.form.ties import count_days
from handoff_md.syntax.form.told import Told, is_entry_label, read_label, read_told
from handoff_md.syntax.form.words import has_words
from handoff_md.syntax.grammar import EntryHeading, is_log_line
from handoff_md.syntax.nodes import Block, BlockKind, Heading
from handoff_md.text.span import Span
from handoff_md.value import Value

_DEEPEST = 6
_BOLD = r"(?P<mark>\*\*|__)[^*_]++(?P=mark):?"
_TOLD_IN = frozenset({BlockKind.LIST, BlockKind.PARAGRAPH, BlockKind.QUOTE, BlockKind.HTML})


class LedEntry(Value):
    """Where an entry without a heading begins: its line, its words, and what they mean.

    ``start`` and ``end`` are the line's offsets; ``level`` is that of a heading beside the entry.
    """

    start: int
    end: int
    words: Span
    level: int
    shape: EntryHeading


class LedRun(Value):
    """A run of entries without headings, under a parent.

    ``blocks`` are the lines that they begin with, by the indexes of the lists or paragraphs there.
    ``cuts`` are the positions of headings that stand beside them, with the indexes where the
    section of each ends although no heading follows.
    """

    run: Series
    parent: int | None
    blocks: Mapping[int, tuple[Line, ...]]
    cuts: tuple[tuple[int, int], ...]


class LedRuns:
    """Looks for entries without headings."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        like = outline.hints.like
        self._known = {run.identity for run in like.runs} if like else frozenset()

    def find_all(self) -> Iterator[LedRun]:
        """Give all runs in the document, sure or not: under what is named as a log, or on top."""
        for parent in (None, *range(len(self._outline.heads))):
            if self._may_hold(parent) and (found := self.find(parent)):
                yield found

    def find(self, parent: int | None) -> LedRun | None:
        """Give the run just under a parent; None without any."""
        cuts: list[tuple[int, int]] = []
        own = tuple(self._own_blocks(parent, cuts))
        marked = self._mark(parent, own)
        items = {index: lines for index, lines in marked.items() if self._is_list(index)}
        others = {index: lines for index, lines in marked.items() if index not in items}
        chosen = items if _count(items) >= _count(others) else others
        blocks = self._keep_first_keys(chosen)
        if blocks:
            shape = Shape.ITEMS if chosen is items else Shape.PARAGRAPHS
            run = self._make_run(parent, shape, _first(blocks), _count(blocks))
            return LedRun(run, parent, blocks, tuple(cuts)) if self._may_be(run) else None
        return self._find_unread(parent)

    def _may_be(self, run: Series) -> bool:
        """Tell whether a run may be one: three entries at least, two in what is named as a log.

        A single date below a heading, and above others, is of the document.
        """
        fewest = (FEW if self._outline.heads else 1) if run.named else FEW + 1
        return run.certainty is Certainty.SURE or run.count >= fewest

    def _find_unread(self, parent: int | None) -> LedRun | None:
        """Give what tells of sessions in a log although it is not known where entries begin.

        The section of recent sessions is the place of entries whatever it holds, a table perhaps.
        """
        words = self._outline.words(parent)
        is_log = names_empty_log(words) and not is_headed(words, RECENT)
        found = find_telling_lines(self._outline, parent) if is_log else ()
        if not found:
            return None
        run = self._make_run(parent, Shape.LINES, found[0], len(found))
        why = "there are dates or sessions, but it is not clear where entries begin"
        unsure = replace(run, certainty=Certainty.UNSURE, why=(why, *run.why[1:]))
        return LedRun(unsure, parent, {}, ())

    def _mark(self, parent: int | None, own: Sequence[int]) -> Mapping[int, tuple[Line, ...]]:
        """Find the lines that entries begin with in what stands under a parent, by its indexes."""
        marked = {index: lines for index in own if (lines := self._find_lines(index, parent))}
        is_named = self._is_named(parent)
        if not marked and is_named:
            return {index: lines for index in own if (lines := self._find_dated(index))}
        is_log = is_named or names_empty_log(self._outline.words(parent))
        if not is_log or not self._are_bold(marked):
            return marked
        found = ((index, marked.get(index) or self._find_trailing(index)) for index in own)
        return {index: lines for index, lines in found if lines}

    def _are_bold(self, blocks: Mapping[int, tuple[Line, ...]]) -> bool:
        """Tell whether all entries begin with a line that is bold; true where there are none."""
        said = (self._said(line) for lines in blocks.values() for line in lines)
        return all(re.fullmatch(_BOLD, words) for words in said)

    def _find_trailing(self, index: int) -> tuple[Line, ...]:
        """Find entries of a log whose dates stand behind their titles.

        They are the items of a list that all have a date, and paragraphs whose first line is bold.
        """
        node = self._outline.flat[index]
        lines = candidate_lines(self._outline.source, node) if isinstance(node, Block) else ()
        if lines and not self._is_list(index):
            lines = lines[:1] if re.fullmatch(_BOLD, self._said(lines[0])) else ()
        told = [read_told(self._said(line), self._outline.customs) for line in lines]
        are_entries = all(one.dated and not one.aside and not _mentions(one) for one in told)
        return tuple(lines) if are_entries and not any(line.is_task for line in lines) else ()

    def _find_dated(self, index: int) -> tuple[Line, ...]:
        """Find where a date or a session stands in items, or in the first line of another block."""
        node = self._outline.flat[index]
        if not isinstance(node, Block) or node.kind not in _TOLD_IN:
            return ()
        lines = first_lines(self._outline.source, node)
        return tuple(line for line in lines if read_told(self._said(line)).marked)

    def stand_beside(self, parent: int | None, members: Sequence[int]) -> bool:
        """Tell whether headings under a parent may stand beside entries that have none.

        That takes headings as a merge writes them, and such an entry before the first of them, or
        behind a rule in the last.
        """
        outline = self._outline
        start = 0 if parent is None else outline.heads[parent].index + 1
        first, last = (outline.heads[place].index for place in (min(members), max(members)))
        places = (*range(start, first), *self._behind_rules(last, outline.ends[last]))
        beside = any(self._find_lines(index, parent) for index in places)
        return beside and all(map(outline.is_documented, members))

    def read(
        self, found: LedRun, reader: ShapeReader
    ) -> Iterator[tuple[int, tuple[LedEntry, ...]]]:
        """Give where the entries of a run begin, by the index of the list or paragraph."""
        every = dict(self._read_all(found, reader))
        leads = [lead for some in every.values() for lead in some]
        heads = [(self._outline.source.slice(lead.words), lead.shape) for lead in leads]
        counted = iter(count_days(heads, self._outline.customs))
        for index, some in every.items():
            yield index, tuple(replace(lead, shape=next(counted)) for lead in some)

    def _read_all(
        self, found: LedRun, reader: ShapeReader
    ) -> Iterator[tuple[int, tuple[LedEntry, ...]]]:
        for index, lines in found.blocks.items():
            stop = self._outline.source.line_of(self._outline.flat[index].span.end - 1) + 1
            stops = (*(line.number for line in lines[1:]), stop)
            leads = (
                self._lead(found.run, line, stop, reader)
                for line, stop in zip(lines, stops, strict=True)
            )
            yield index, tuple(leads)

    def words(self, found: LedRun) -> list[str]:
        """Give the words that the entries of a run begin with."""
        return [self._said(line) for lines in found.blocks.values() for line in lines]

    def _lead(self, run: Series, line: Line, stop: int, reader: ShapeReader) -> LedEntry:
        source, words = self._outline.source, self._said(line)
        shape = reader.read(words, read_told(words))
        if is_entry_label(read_label(words)):
            shape = complete_by_keys(source, shape, line.number + 1, stop)
        end = source.line_offset(line.number + 1)
        return LedEntry(line.start, end, line.words, run.level, shape)

    def _may_hold(self, parent: int | None) -> bool:
        outline = self._outline
        if self._is_named(parent):
            return True
        if parent is None:
            return not outline.heads or outline.is_file_named
        words = outline.words(parent)
        is_known = any(outline.identity(parent) == known[1:] for known in self._known)
        is_title = outline.is_title(parent) or len(outline.heads) == 1
        is_titled = is_title and (outline.is_file_named or names_handoff(words))
        return names_log(words) or is_known or is_titled or outline.is_period(parent)

    def _is_named(self, parent: int | None) -> bool:
        """Tell whether somebody has named a parent, or a line below it."""
        outline, line = self._outline, self._outline.named_line
        if outline.is_hinted(parent):
            return True
        if line is None or line >= outline.source.line_count:
            return False
        return outline.above(outline.source.line_offset(line)) == (-1 if parent is None else parent)

    def _own_blocks(self, parent: int | None, cuts: list[tuple[int, int]]) -> Iterator[int]:
        """Give what stands under a parent itself, and not under a heading below it.

        The section that a merge has put there ends at a rule, if an entry without heading follows
        that: its heading and those below are added to ``cuts``.
        """
        outline = self._outline
        position = 0 if parent is None else parent + 1
        start = 0 if parent is None else outline.heads[parent].index + 1
        end = len(outline.flat) if parent is None else outline.ends[start - 1]
        beside: int | None = None
        ruled = False
        for index in range(start, end):
            node = outline.flat[index]
            if isinstance(node, Heading):
                if beside is None or node.level <= outline.level(beside):
                    if not outline.is_documented(position):
                        return
                    beside = position
                position += 1
            elif isinstance(node, Block) and node.kind is not BlockKind.BLANK:
                if beside is not None and ruled and self._find_lines(index, parent):
                    cuts += ((place, index) for place in range(beside, position))
                    beside = None
                ruled = node.kind is BlockKind.RULE
                if beside is None:
                    yield index

    def _behind_rules(self, start: int, stop: int) -> Iterator[int]:
        """Give the indexes of what follows a rule, from one index to another."""
        ruled = False
        for index in range(start, stop):
            node = self._outline.flat[index]
            if isinstance(node, Block) and node.kind is not BlockKind.BLANK:
                if ruled:
                    yield index
                ruled = node.kind is BlockKind.RULE

    def _find_lines(self, index: int, parent: int | None) -> tuple[Line, ...]:
        """Find the lines of a list or paragraph in which entries begin.

        In a log they may be tasks, where all of the list are done.
        """
        node = self._outline.flat[index]
        if not isinstance(node, Block):
            return ()
        lines = candidate_lines(self._outline.source, node)
        if any(line.is_task for line in lines) and self._outline.is_named(parent):
            are_done = all(line.is_done for line in lines if line.is_task)
            lines = [
                replace(line, is_task=not are_done) if line.is_task else line for line in lines
            ]
        marked = tuple(line for line in lines if self._begins(line))
        return marked if marked and self._are_entries(node, lines, marked) else ()

    def _begins(self, line: Line) -> bool:
        words = self._said(line)
        told = read_told(words, self._outline.customs)
        begins = told.leads and (told.dated or told.of_session)
        return begins and not line.is_task and not is_log_line(words)

    def _are_entries(self, block: Block, lines: Sequence[Line], marked: Sequence[Line]) -> bool:
        """Tell whether a list is of entries: half its items are dated, or a group's first key."""
        if block.kind is not BlockKind.LIST or len(marked) * 2 >= len(lines):
            return True
        is_of_tasks = sum(line.is_task for line in lines) * 2 > len(lines)
        return not is_of_tasks and all(
            is_entry_label(read_label(self._said(line))) for line in marked
        )

    def _keep_first_keys(
        self, blocks: Mapping[int, tuple[Line, ...]]
    ) -> Mapping[int, tuple[Line, ...]]:
        """Keep the first key of blocks of keys that name both a session and its date."""
        keys = [read_label(self._said(line)) for lines in blocks.values() for line in lines]
        if len(set(keys)) == 1 or not all(map(is_entry_label, keys)):
            return blocks
        kept = {
            index: tuple(line for line in lines if read_label(self._said(line)) == keys[0])
            for index, lines in blocks.items()
        }
        return {index: lines for index, lines in kept.items() if lines}

    def _said(self, line: Line) -> str:
        return self._outline.source.slice(line.words)

    def _is_list(self, index: int) -> bool:
        node = self._outline.flat[index]
        return isinstance(node, Block) and node.kind is BlockKind.LIST

    def _make_run(self, parent: int | None, shape: Shape, first: int, number: int) -> Series:
        outline, words = self._outline, self._outline.words(parent)
        is_known = (shape, *outline.identity(parent)) in self._known
        naming = outline.naming(parent)
        may_be_log = bool(naming) or (parent is None and outline.hands_over(parent))
        is_named = self._is_named(parent) or names_empty_log(words)
        is_sure = is_named or outline.is_period(parent) or (number >= FEW and may_be_log)
        said = f"{count_shapes(shape, number)} {'begins' if number == 1 else 'begin'}"
        return Series(
            shape,
            None if parent is None else outline.line(parent),
            words,
            outline.level(parent),
            min(_DEEPEST, max(outline.level(parent), 1) + 1),
            first,
            number,
            bool(naming),
            Certainty.SURE if is_known or is_sure else Certainty.UNSURE,
            (f"{said} with a date or a session", *([naming] if naming else [])),
        )


def _mentions(told: Told) -> bool:
    """Tell whether a session stands among a title's words: it may be another one than this."""
    head, moment = told.head, told.moment
    if head is None or moment is None or not told.of_session or not head.ids:
        return False
    return has_words(head.text[head.ids[0].end : moment.start])


def _first(blocks: Mapping[int, tuple[Line, ...]]) -> int:
    return min(lines[0].number for lines in blocks.values())


def _count(blocks: Mapping[int, tuple[Line, ...]]) -> int:
    return sum(map(len, blocks.values()))
