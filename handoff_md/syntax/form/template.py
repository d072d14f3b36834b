"""How the entries of one document are headed: learned from them, read by it, and written in it."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import pairwise
from typing import TypeVar

from msgspec.structs import replace

from handoff_md.errors import ConfigError
from handoff_md.syntax.form.moments import UNTOLD, Customs, Moment, Notation, find_moments
from handoff_md.syntax.form.notation import (
    LONGEST_READ,
    Head,
    IdMention,
    lead_end,
    plain_title,
    read_head,
)
from handoff_md.syntax.form.spelling import ISO, agree, turn, write_moment
from handoff_md.syntax.form.words import NUMBER
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.value import Value

_MOST_MOMENTS = 3
_MOST_IDS = 5
_LEARNED = 500  # headings at each end of a long document; they tell as much as all would
_BEFORE_TITLE = re.compile(r"(?:[\s:|·•,;–—~→»>)\]-]|/(?=\s))*")
_BEHIND_TITLE = re.compile(r"[\s:|·•,;–—~→«(\[/-]+$")
_WIDEST_SEPARATOR = 12
_EMPHASIS = re.compile(r"(?P<mark>\*{1,3}|_{1,3})(?=\S)(?P<words>[^*_]+)(?P=mark)")
_OPEN = re.compile(r"(?<!\w)(?:\*{1,3}|_{1,3})$")
_CLOSING_SEQUENCE = re.compile(r"(?:^|\s)#+\s*$")
_EDGE = " \t:|·•,;–—-*_"
_LAST_MONTH = 12
_SHORT_STEP = 3
_SESSION = "Session"
_AMBIGUOUS = re.compile(
    r"(?<![0-9./-])(?P<first>[0-9]{1,2})(?P<sign>[/-])(?P<second>[0-9]{1,2})(?P=sign)"
    r"(?P<year>[0-9]{4})(?![0-9])"
)
_PLACEHOLDERS = ("{date}", "{time}", "{id}", "{title}")
_SAMPLE_DATE = dt.date(2026, 3, 5)
_SAMPLE_ID = 4711
_SAMPLES = {"{date}": "2026-03-05", "{time}": "10:30", "{id}": "4711", "{title}": "Xyzzy"}


class Field(Enum):
    """What changes from one heading to the next."""

    DATE = "{date}"
    ID = "{id}"
    TITLE = "{title}"


Parts = tuple[str | Field, ...]
_Fit = tuple[Moment | None, IdMention | None, tuple[int, int]]
_Found = TypeVar("_Found", Moment, IdMention)


class Ids(Value):
    """How ids are written: around ``{id}``, with a code's prefix, to a number of digits."""

    label: str = "session"
    layout: str = "(Session {id})"
    prefix: str = ""
    width: int = 0

    def has(self, mention: IdMention) -> bool:
        """Tell whether an id is marked as these are."""
        return mention.label == self.label and mention.prefix == self.prefix

    def write(self, session_id: SessionId) -> str:
        """Write an id with as many digits as the others have."""
        text = session_id.text.removeprefix(self.prefix)
        if session_id.number is not None:
            digits = NUMBER.match(text)
            rest = text[digits.end() :] if digits else ""
            text = f"{self.prefix}{session_id.number:0{self.width}}{rest}"
        return self.layout.replace("{id}", text)


class Reading(Value):
    """What one heading says; ``fits`` tells whether it says so as the template has it."""

    date: dt.date | None
    time: dt.time | None
    last: dt.date | None
    session_ids: tuple[SessionId, ...]
    title: str
    fits: bool = True


class Template(Value):
    """How entries are headed: words and signs around a date, an id and a title, and how these are.

    A template without a date, an id or a title has None for it, and its parts lack it.
    """

    parts: Parts
    date: Notation | None = ISO
    ids: Ids | None = Ids()  # noqa: RUF009 - a value
    customs: Customs = UNTOLD

    @property
    def key(self) -> str:
        """Give the template as the key ``entry-heading`` has it."""
        words = (self._field_key(part) if isinstance(part, Field) else part for part in self.parts)
        return "".join(words)

    def _field_key(self, field: Field) -> str:
        if field is Field.DATE and self.date:
            clock = re.sub(r"\{h\}.*", "{time}", self.date.clock, flags=re.DOTALL)
            return f"{self.date.before}{{date}}{clock}{self.date.after}"
        if field is Field.ID and self.ids:
            return self.ids.layout.replace("{id}", f"{self.ids.prefix}{{id}}")
        return field.value

    def read(self, text: str) -> Reading | None:
        """Say what a heading means; None where it has neither a date nor an id.

        Where it deviates from the template, it says what it would in any document.
        """
        head = read_head(text, self.customs)
        if not head.moments and not head.ids:
            return None
        return self._read_fitting(head) or self._read_loose(head)

    def write(
        self, *, date: dt.date, time: dt.time | None, session_id: SessionId, title: str
    ) -> str:
        """Head an entry as the others are headed.

        What the template lacks is added as the default has it, and the default itself is written
        where the words would not read back to the same date, id and title. The time is left out
        where the others have none; an aware one is turned to their zone, and the date with it.
        """
        title = " ".join(title.split())
        own = self.here(session_id)
        if self.date:
            date, time = turn(self.date, date, time)
        for template in (self, DEFAULT, _ID_FIRST):
            text = template.compose(date, time, own, title)
            if _CLOSING_SEQUENCE.search(text) is None and self._says(text, date, own, title):
                return text
        return DEFAULT.compose(date, time, own, title)

    def compose(
        self, date: dt.date, time: dt.time | None, session_id: SessionId, title: str
    ) -> str:
        """Put words together, whatever they read back to."""
        if self.ids is None:
            title = f"{title} ({_SESSION} {session_id})".lstrip()
        if self.date is None:
            title = f"{title} ({date.isoformat()})".lstrip()
        fields = {Field.TITLE: title}
        if self.date:
            fields[Field.DATE] = write_moment(self.date, date, time)
        if self.ids:
            fields[Field.ID] = self.ids.write(session_id)
        parts = self.parts if title else _without_title(self.parts)
        return "".join(fields[part] if isinstance(part, Field) else part for part in parts)

    def here(self, session_id: SessionId) -> SessionId:
        """Give an id as this document has it: ``NF-107`` is 107 where all ids have that code."""
        prefix = self.ids.prefix if self.ids else ""
        if not prefix or not session_id.text.startswith(prefix):
            return session_id
        numbered = read_session_id(session_id.text.removeprefix(prefix))
        return replace(numbered, text=session_id.text) if numbered else session_id

    def _says(self, text: str, date: dt.date, session_id: SessionId, title: str) -> bool:
        reading = self.read(text)
        return (
            reading is not None
            and reading.date == date
            and reading.session_ids == (session_id,)
            and reading.title == title
        )

    def _read_fitting(self, head: Head) -> Reading | None:
        """Read a heading that is as the template has it; what the template lacks, from the title."""
        fit = self._fit(self.parts, head) or self._fit(_without_title(self.parts), head)
        if fit is None:
            return None
        moment, mention, (start, end) = fit
        moments = [one for one in head.moments if start <= one.start and one.end <= end]
        mentions = [
            one for one in head.ids if one.is_session and start <= one.start and one.end <= end
        ]
        if self.ids is None and (mention := _at_edge(head.text, mentions, start, end)):
            start, end = _cut(head.text, start, end, mention)
        if self.date is None and (moment := _at_edge(head.text, moments, start, end)):
            start, end = _cut(head.text, start, end, moment)
        return self._reading(moment, mention, head.text[start:end].strip(), fits=True)

    def _fit(self, parts: Parts, head: Head) -> _Fit | None:
        """Match the parts before the title from the start, and those behind it from the end."""
        at = parts.index(Field.TITLE) if Field.TITLE in parts else len(parts)
        text = head.text
        found: list[Moment | IdMention] = []
        start, end = 0, len(text.rstrip())
        for part in parts[:at]:
            if isinstance(part, Field):
                one = next((one for one in self._known(part, head) if one.start == start), None)
                if one is None:
                    return None
                found.append(one)
                start = one.end
            elif text.startswith(part, start):
                start += len(part)
            else:
                return None
        for part in reversed(parts[at + 1 :]):
            if isinstance(part, Field):
                one = next((one for one in self._known(part, head) if one.end == end), None)
                if one is None:
                    return None
                found.append(one)
                end = one.start
            elif text.endswith(part, 0, end):
                end -= len(part)
            else:
                return None
        if start > end or (at == len(parts) and start < end):
            return None
        moment = next((one for one in found if isinstance(one, Moment)), None)
        mention = next((one for one in found if isinstance(one, IdMention)), None)
        return moment, mention, (start, end)

    def _known(self, field: Field, head: Head) -> Sequence[Moment | IdMention]:
        if field is Field.DATE:
            return head.moments
        return [one for one in head.ids if self.ids and self.ids.has(one)]

    def _read_loose(self, head: Head) -> Reading | None:
        """Read a heading as in any document: a date anywhere, a session's id at an edge of it."""
        moment = _leading(head.text, head.moments) or (head.moments[0] if head.moments else None)
        alike = [one for one in head.ids if self.ids and self.ids.has(one)]
        sessions = [one for one in head.ids if one.is_session]
        mention = _claim(head, sessions) or (alike[0] if len(alike) == 1 else None)
        if moment is None and mention is None:
            return None
        spans = [(one.start, one.end) for one in (moment, mention) if one]
        return self._reading(moment, mention, plain_title(head.text, spans), fits=False)

    def _reading(
        self, moment: Moment | None, mention: IdMention | None, title: str, *, fits: bool
    ) -> Reading:
        ids = tuple(map(self.here, mention.session_ids)) if mention else ()
        if moment is None:
            return Reading(None, None, None, ids, title, fits)
        return Reading(moment.date, moment.time, moment.last, ids, title, fits)


DEFAULT = Template((Field.DATE, ": ", Field.TITLE, " ", Field.ID))
_ID_FIRST = Template((Field.DATE, " ", Field.ID, ": ", Field.TITLE))


def _without_title(parts: Parts) -> Parts:
    """Take the title out, and what separates it from the rest."""
    at = parts.index(Field.TITLE)
    before, behind = parts[:at], parts[at + 1 :]
    if before and isinstance(before[-1], str) and len(before) > 1:
        return before[:-1] + behind
    return before + (behind[1:] if behind and isinstance(behind[0], str) else behind)


def _at_edge(text: str, found: Sequence[_Found], start: int, end: int) -> _Found | None:
    """Give what closes a part of a text, or else what opens it."""
    if found and not text[found[-1].end : end].strip():
        return found[-1]
    return found[0] if found and not text[start : found[0].start].strip() else None


def _cut(text: str, start: int, end: int, found: Moment | IdMention) -> tuple[int, int]:
    """Give what is left of a part of a text whose edge is taken off."""
    if text[found.end : end].strip():
        return end - len(text[found.end : end].lstrip(_EDGE)), end
    return start, start + len(text[start : found.start].rstrip())


def _leading(text: str, moments: Sequence[Moment]) -> Moment | None:
    """Give the date that opens a text, or else the one that closes it."""
    if moments and moments[0].start <= lead_end(text):
        return moments[0]
    return moments[-1] if moments and not _has_words(text[moments[-1].end :]) else None


def _claim(head: Head, mentions: Sequence[IdMention]) -> IdMention | None:
    """Give the session's id that opens or closes a text beside its dates, or stands in brackets."""
    rest = head.text
    for moment in head.moments:
        blank = " " * (moment.end - moment.start)
        rest = rest[: moment.start] + blank + rest[moment.end :]
    for mention in reversed(mentions):
        is_last = not _has_words(rest[mention.end :])
        if is_last or rest[mention.start] in "([":
            return mention
    first = mentions[0] if mentions else None
    return first if first and not _has_words(rest[lead_end(rest) : first.start]) else None


def _has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)


class _Shape(Value):
    """One way in which a heading may be meant: what is between its date, its id and its title."""

    parts: Parts
    moment: Moment | None
    mention: IdMention | None

    @property
    def key(self) -> tuple[Parts, str, str]:
        """Give what the shapes of headings of one template share."""
        if self.mention is None:
            return self.parts, "", ""
        return self.parts, self.mention.label, self.mention.prefix

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """Give the order of shapes that about as many headings have: what says most comes first."""
        is_session = self.mention is not None and self.mention.is_session
        return self.moment is not None, self.mention is not None, is_session


def learn(heads: Sequence[str], *, newest_first: bool = True, year: int | None = None) -> Template:
    """Learn how entries are headed from the words of those that there are.

    What most have is taken, and of as many the newest. ``year`` is that of dates without one, where
    these are what most have. Without any date or id it is the default.
    """
    words = heads if newest_first else heads[::-1]
    words = words[:_LEARNED]
    customs = _learn_customs(words, year)
    shapes = [list(_shapes(read_head(text, customs))) for text in words]
    chosen = _choose(shapes)
    if not chosen:
        return replace(DEFAULT, customs=customs)
    first = chosen[0]
    moments = [shape.moment.notation for shape in chosen if shape.moment]
    mentions = [shape.mention for shape in chosen if shape.mention]
    parts = first.parts if Field.TITLE in first.parts else (*first.parts, ": ", Field.TITLE)
    return Template(parts, agree(moments) if moments else None, _agree_on_ids(mentions), customs)


def _choose(shapes: Sequence[Sequence[_Shape]]) -> list[_Shape]:
    """Give the shapes, one for each heading, that most headings share and that say most."""
    alike: dict[tuple[Parts, str, str], list[_Shape]] = {}
    for of_one in shapes:
        for shape in {shape.key: shape for shape in reversed(of_one)}.values():
            alike.setdefault(shape.key, []).append(shape)
    groups = [some for some in alike.values() if _is_numbered(some)]
    most = max(map(len, groups), default=0)
    usual = [some for some in groups if len(some) * 2 >= most]
    return max(usual, key=lambda some: (some[0].rank, len(some)), default=[])


def _is_numbered(shapes: Sequence[_Shape]) -> bool:
    """Tell whether what may be ids are such: those of a session are, others if they go on.

    The numbers of issues in titles repeat, and leap.
    """
    mentions = [shape.mention for shape in shapes if shape.mention]
    if not mentions or mentions[0].is_session:
        return True
    numbers = [number for mention in mentions if (number := _number(mention)) is not None]
    steps = [abs(one - other) for one, other in pairwise(numbers)]
    if not steps:
        return mentions[0].label.isalpha() and mentions[0].label not in ("code", "plain")
    return sum(0 < step <= _SHORT_STEP for step in steps) * 2 >= len(steps)


def _number(mention: IdMention) -> int | None:
    digits = NUMBER.search(mention.session_id.text)
    return int(digits.group()) if digits else None


def _agree_on_ids(mentions: Sequence[IdMention]) -> Ids | None:
    if not mentions:
        return None
    single = [one for one in mentions if len(one.session_ids) == 1] or mentions
    layout = Counter(one.layout for one in single).most_common(1)[0][0]
    digits = [NUMBER.search(one.session_id.text) for one in mentions]
    padded = [len(found.group()) for found in digits if found and found.group()[0] == "0"]
    label, prefix = mentions[0].label, mentions[0].prefix
    return Ids(label, layout, prefix, max(padded, default=0))


def _shapes(head: Head) -> Iterator[_Shape]:
    """Give the ways in which a heading may be meant, the likelier first."""
    for mention in (*head.ids[:_MOST_IDS], None):
        for moment in (*head.moments[:_MOST_MOMENTS], None):
            if moment is None and (mention is None or not mention.is_session):
                continue
            for parts in _take_apart(head.text, moment, mention):
                yield _Shape(parts, moment, mention)


def _take_apart(text: str, moment: Moment | None, mention: IdMention | None) -> Iterator[Parts]:
    """Give the parts of a text, once for each of its pieces that may be the title."""
    found = sorted((one for one in (moment, mention) if one), key=lambda one: one.start)
    text = text.rstrip()
    pieces: list[str] = []
    fields: list[Field] = []
    at = 0
    for one in found:
        pieces.append(text[at : one.start])
        fields.append(Field.DATE if one is moment else Field.ID)
        at = one.end
    pieces.append(text[at:])
    worded = [index for index, piece in enumerate(pieces) if _has_words(piece)]
    worded = [index for index in worded if index or _has_words(pieces[0][lead_end(pieces[0]) :])]
    for chosen in sorted(worded, key=lambda index: -len(pieces[index])) or [-1]:
        parts: list[str | Field] = []
        for index, piece in enumerate(pieces):
            is_title = index == chosen
            parts += _around_title(pieces, index) if is_title else [piece]
            parts += fields[index : index + 1]
        yield tuple(part for part in parts if part != "")


def _around_title(pieces: Sequence[str], index: int) -> list[str | Field]:
    """Split what separates a title from what stands beside it off."""
    piece = pieces[index]
    start = lead_end(piece) if index == 0 else 0
    before = _BEFORE_TITLE.match(piece, start) if index else None
    start = before.end() if before else start
    behind = _BEHIND_TITLE.search(piece[start:]) if index < len(pieces) - 1 else None
    end = start + behind.start() if behind else len(piece)
    opened = _OPEN.search(pieces[index - 1]) if index else None
    if opened and piece.endswith(opened.group(), start, end):
        end -= len(opened.group())
    wrapped = _EMPHASIS.fullmatch(piece, start, end)
    if wrapped:
        start, end = wrapped.span("words")
    return [piece[:start], Field.TITLE, piece[end:]]


def _learn_customs(heads: Sequence[str], year: int | None) -> Customs:
    """Find what ``03/04/2026`` means where these are, and whether most dates have no year."""
    numeric = [match for text in heads for match in _AMBIGUOUS.finditer(text[:LONGEST_READ])]
    is_day_first = _learn_day_first(numeric)
    customs = Customs(is_day_first=is_day_first)
    if year is None or not heads:
        return customs
    dated = sum(1 for text in heads if find_moments(text[:LONGEST_READ], customs))
    return replace(customs, year=year) if dated * 2 < len(heads) else customs


def _learn_day_first(numeric: Sequence[re.Match[str]]) -> bool | None:
    """Find it by a day that no month can be, or else by the days being in order in one way only."""
    pairs = [(int(match["first"]), int(match["second"]), int(match["year"])) for match in numeric]
    if any(first > _LAST_MONTH for first, _, _ in pairs):
        return True
    if any(second > _LAST_MONTH for _, second, _ in pairs):
        return False
    day_first = [(year, second, first) for first, second, year in pairs]
    month_first = [(year, first, second) for first, second, year in pairs]
    if _is_sorted(day_first) == _is_sorted(month_first):
        return None
    return _is_sorted(day_first)


def _is_sorted(days: Sequence[tuple[int, int, int]]) -> bool:
    return list(days) in (sorted(days), sorted(days, reverse=True))


def parse_template(key: str, like: Template | None = None) -> Template:
    """Read the key ``entry-heading``: ``{date} ({id}) — {title}``, perhaps with ``{time}``.

    Dates are written as those of ``like``.

    Raises:
        ConfigError: the text has no place for one of them, or has two, or it would not be read back.
    """
    for field in ("date", "id", "title"):
        if key.count(f"{{{field}}}") != 1:
            raise ConfigError(
                f"`entry-heading` has to have `{{{field}}}` once: {key!r}",
                "write it as in `{date}: {title} (Session {id})`",
            )
    unknown = [name for name in re.findall(r"\{[^{}]*\}", key) if name not in _PLACEHOLDERS]
    if unknown or key.count("{time}") > 1:
        raise ConfigError(
            f"`entry-heading` has `{unknown[0] if unknown else '{time}'}` in a place where it means nothing: {key!r}",
            "the placeholders are `{date}`, `{time}`, `{id}` and `{title}`",
        )
    sample = key
    for field, value in _SAMPLES.items():
        sample = sample.replace(field, value)
    template = _learn_sample(sample, has_time="{time}" in key)
    if template is None:
        raise ConfigError(
            f"`entry-heading` would not be read back: {key!r}",
            "write the id as in `Session {id}`, `#{id}`, `({id})` or `S{id}`, and `{time}` right behind `{date}`",
        )
    if like is None or like.date is None or template.date is None:
        return template
    clock = template.date.clock
    notation = replace(
        like.date, before=template.date.before, after=template.date.after, clock=clock
    )
    return replace(template, date=notation, customs=like.customs)


def _learn_sample(sample: str, *, has_time: bool) -> Template | None:
    for shape in _shapes(read_head(sample)):
        if shape.moment is None or shape.mention is None or Field.TITLE not in shape.parts:
            continue
        ids = _agree_on_ids([shape.mention])
        template = Template(shape.parts, agree([shape.moment.notation]), ids)
        reading = template.read(sample)
        if (
            reading is not None
            and reading.fits
            and (reading.title, reading.date) == (_SAMPLES["{title}"], _SAMPLE_DATE)
            and [one.number for one in reading.session_ids] == [_SAMPLE_ID]
            and (reading.time is not None) is has_time
        ):
            return template
    return None
