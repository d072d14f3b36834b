"""What an entry's words mean: as in any document, and by its siblings where that leaves it open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from handoff_md.syntax.form.form import Form, Shape, identify
from handoff_md.syntax.form.keys import DATE_KEYS, ID_KEYS, TITLE_KEYS
from handoff_md.syntax.form.moments import UNTOLD
from handoff_md.syntax.form.notation import plain_title
from handoff_md.syntax.form.told import Told, is_entry_label, read_told
from handoff_md.syntax.grammar import EntryHeading, EntryKind, read_entry_heading
from handoff_md.syntax.nodes import Block, BlockKind, Heading, Node
from handoff_md.text.source import NEWLINE, Source
from handoff_md.text.span import Span
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.syntax.form.template import Template

# `re` compiles these when they are first used; few documents need them.
_SIGN = r"(?:[^\x00-\x7f\w\s]{1,4}[ \t]*)?"  # an emoji, perhaps
_FIELD = (
    rf"[ \t]*(?:[-*+>][ \t]+)?{_SIGN}[*_]{{0,2}}{_SIGN}"
    r"(?:%s)[*_]{0,2}[ \t]*:[*_]{0,2}[ \t]*(?P<value>.*)"
)
_DATE_FIELD = "(?i)" + _FIELD % DATE_KEYS
_ID_FIELD = "(?i)" + _FIELD % ID_KEYS
_TIME_FIELD = "(?i:" + _FIELD % "time|zeit|uhrzeit|hora|heure|ora|started|start|when|at" + ")"
_TITLE_FIELD = "(?i)" + _FIELD % TITLE_KEYS
_DATED_LINE = r"[ \t]*(?P<mark>\*\*?|__?)(?P<value>[^*_]*)(?P=mark)[ \t]*$"
_TOPIC = r"(?i)\bsession\s{0,4}#?[0-9]{1,6}\s{1,4}(?:of|from|in)\b"  # of a course, perhaps
_EMPHASIS = "*_`~ "
_SIGNS = "*_`~()[] "
_SEPARATORS = " —–|·:：-"  # noqa: RUF001 - what stands in headings
_MOST_LINES = 8
_MOST_NODES = 3
_LONGEST_LINE = 200


class ShapeReader(Value, dict=True, gc=True):
    """Reads what heads the entries of a form.

    ``in_template`` tells that what is usual anywhere leaves open what most say: ``(82)``, perhaps.
    """

    form: Form
    in_template: bool

    @cached_property
    def template(self) -> Template | None:
        """Give the template that is the document's own: not that of what merges have put there."""
        own = [words for words in self.form.sample if not is_documented(words)]
        return self.form.learn(own) if own else self.form.template

    @property
    def has_learned(self) -> bool:
        """Tell whether what was read so far took the template."""
        return "template" in self.__dict__

    def read(self, words: str, told: Told) -> EntryHeading:
        """Read one entry's words, which tell so much."""
        if told.head is None and told.dated and not self.in_template:
            usual = read_entry_heading(words)
            is_own = words.endswith(")") or not (usual and usual.session_ids)
            if usual and is_own and usual.title.strip(_EMPHASIS):
                return usual
        shape = self._read(words, told)
        title = shape.title
        if title.count("**") == 1:  # of an emphasis whose other end stood at the date
            title = title.replace("**", "").strip()
        return replace(shape, title=title if title.strip(_EMPHASIS) else "")

    def _read(self, words: str, told: Told) -> EntryHeading:
        usual = read_entry_heading(words)
        if usual and usual.kind is EntryKind.PARALLEL:
            return usual
        if usual and re.search(_TOPIC, words) and not (self.template and self.template.ids):
            usual = replace(usual, session_ids=())
        agrees = usual is not None and usual.date == told.date
        if usual and agrees and (usual.session_ids or not self.in_template):
            return self._retitle(_complete(usual, told), words, told)
        reading = self.template.read(words) if self.template else None
        if reading is None:
            return usual or EntryHeading(EntryKind.SESSION, (), None, plain_title(words, ()))
        kind = EntryKind.DATED if reading.date else EntryKind.SESSION
        ids = reading.session_ids
        is_own = reading.fits and self.in_template
        if usual and usual.date == reading.date and not is_own and len(ids) != 1:
            return replace(_complete(usual, told), time=reading.time, last=reading.last)
        title = reading.title.rstrip(_SEPARATORS)
        return EntryHeading(kind, ids, reading.date, title, reading.time, reading.last)

    def _retitle(self, shape: EntryHeading, words: str, told: Told) -> EntryHeading:
        """Give the title that the template tells, where what is usual may have cut it otherwise."""
        if told.head is None or told.head.title == shape.title or self.template is None:
            return shape
        reading = self.template.read(words)
        same = reading and (reading.date, reading.session_ids) == (shape.date, shape.session_ids)
        return replace(shape, title=reading.title) if reading and same and reading.fits else shape


@lru_cache(maxsize=65_536)  # the versions of a document have most of their headings in common
def is_documented(words: str) -> bool:
    """Tell whether a heading is one that a merge puts anywhere: with a date and sessions."""
    shape = read_entry_heading(words)
    if shape is None:
        return False
    return shape.kind is EntryKind.PARALLEL or bool(shape.date and shape.session_ids)


def make_reader(form: Form, told: Sequence[Told]) -> ShapeReader:
    """Make the reader of entries that are headed by headings which tell so much."""
    open_ids = sum(bool(one.head and one.head.ids and not one.of_session) for one in told)
    return ShapeReader(form, in_template=open_ids * 2 > len(told))


def reads_alike(form: Form, like: Form, heads: Iterable[tuple[int, str]]) -> bool:
    """Tell for sure that a document of a form has the same entries when read by the form ``like``.

    ``heads`` are the levels and words of its headings. Its runs have to be those of ``like``, each
    under the only heading that could have been meant, and its entries have to be headed alike
    where that told what they are.
    """
    known = {run.identity for run in like.runs}
    own = [run.identity for run in form.runs]
    if form.customs != UNTOLD or len(own) != len(known) or set(own) != known:
        return False
    if any(shape is not Shape.HEADINGS for shape, _, _ in known):
        return False
    above = {(level, words) for _, level, words in known if level}
    levels = {level for level, _ in above}
    named = (identify(level, words) for level, words in heads if level in levels)
    if sum(one in above for one in named) != len(above):
        return False
    if not form.by_template:
        return True
    same = replace(form, sample=like.sample or form.sample)
    own_template, template = (ShapeReader(one, in_template=False).template for one in (form, same))
    return own_template == template


def _complete(usual: EntryHeading, told: Told) -> EntryHeading:
    """Add the time, and the one session that is named but not where ids are read anywhere."""
    moment = told.moment
    if told.head is None:
        return usual
    if moment and (moment.time or moment.last):
        usual = replace(usual, time=moment.time, last=moment.last)
    ids = told.session_ids
    if not usual.session_ids and len(ids) == 1:
        return replace(usual, session_ids=ids, title=told.head.title)
    found = (one for one in (moment, *told.head.ids[:1]) if one)
    said = [told.head.text[one.start : one.end].strip(_SIGNS) for one in found]
    is_cut = bool(moment and "{W}" in moment.notation.date)
    is_cut |= usual.title[:1] in ("*", "_") or any(words in usual.title for words in said)
    if is_cut and ids[:1] == usual.session_ids[:1]:
        return replace(usual, title=told.head.title)
    return usual


def date_by(shape: EntryHeading, told: Told) -> EntryHeading:
    """Give an undated entry the date that words elsewhere tell."""
    moment = told.moment
    if shape.date or moment is None:
        return shape
    return replace(shape, date=moment.date, time=moment.time, last=moment.last)


def complete_by_keys(source: Source, shape: EntryHeading, first: int, stop: int) -> EntryHeading:
    """Add what the keys in the lines (from 0) below say of an entry: its date, id and title."""
    title = "" if is_entry_label(shape.title.casefold()) else shape.title
    for number in range(first, min(stop, first + _MOST_LINES)):
        line = source.line_text(number)[:_LONGEST_LINE]
        if not title and (match := re.match(_TITLE_FIELD, line)):
            title = match["value"].strip()
        if not shape.date and (match := re.match(_DATE_FIELD, line)):
            shape = date_by(shape, read_told(match["value"]))
        if not shape.session_ids and (match := re.match(_ID_FIELD, line)):
            said = match["value"].strip().strip(_EMPHASIS).removeprefix("#")
            shape = replace(shape, session_ids=read_told(f"Session {said}").session_ids)
        shape = _add_time(shape, line)
    return replace(shape, title=title)


def time_below(
    source: Source, flat: Sequence[Node], index: int, whole: Span, shape: EntryHeading
) -> EntryHeading:
    """Add the time that a field such as ``**Time:** 09:00`` below an entry's heading says.

    ``index`` is the heading's, ``whole`` its span and that of all up to the next one.
    """
    if not _has_time_field(source.slice(whole)):
        return shape
    block = _first_text(flat, index + 1)
    for line in _first_lines(source, block) if block else ():
        shape = _add_time(shape, line)
    return shape


@lru_cache(maxsize=4096)  # the versions of a document have most of their entries in common
def _has_time_field(text: str) -> bool:
    return re.search(rf"(?m)(?:^|(?<=\r)){_TIME_FIELD}", text) is not None


def _add_time(shape: EntryHeading, line: str) -> EntryHeading:
    match = re.match(_TIME_FIELD, line) if shape.date and not shape.time and ":" in line else None
    moment = read_told(f"{shape.date} {match['value']}").moment if match else None
    return replace(shape, time=moment.time) if moment and moment.time else shape


def find_date_field(
    source: Source, flat: Sequence[Node], index: int, *, in_log: bool
) -> Told | None:
    """Find the date in a field such as ``**Date:** 2026-02-25``, in the text from a node on.

    In a log the first line may also be one in emphasis that it leads: ``*2026-02-25, at sea*``.
    """
    block = _first_text(flat, index)
    for number, line in enumerate(_first_lines(source, block) if block else ()):
        match = re.match(_DATE_FIELD, line) if ":" in line else None
        if match and (told := read_told(match["value"])).dated:
            return told
        led = re.match(_DATED_LINE, line) if in_log and number == 0 else None
        if led and (told := read_told(led["value"])).dated and told.first:
            return told
    return None


def _first_text(flat: Sequence[Node], index: int) -> Block | None:
    """Give the paragraph or list that begins at a node, or soon behind it."""
    for number in range(index, min(index + _MOST_NODES, len(flat))):
        node = flat[number]
        if isinstance(node, Heading):
            return None
        if isinstance(node, Block) and node.kind in (BlockKind.PARAGRAPH, BlockKind.LIST):
            return node
    return None


def _first_lines(source: Source, block: Block) -> Iterator[str]:
    lines = NEWLINE.split(source.slice(block.span), _MOST_LINES)
    return (line[:_LONGEST_LINE] for line in lines[:_MOST_LINES])
