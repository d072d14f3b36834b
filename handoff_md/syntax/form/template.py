"""How the entries of one document are headed: learned from them, read by it, and written in it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from enum import Enum

from msgspec.structs import replace

from handoff_md.syntax.form.moments import UNTOLD, Customs, Moment, Notation
from handoff_md.syntax.form.notation import (
    HeadReading,
    IdMention,
    lead_end,
    plain_title,
    read_head,
)
from handoff_md.syntax.form.spelling import ISO, turn, write_moment
from handoff_md.syntax.form.words import NUMBER, has_words
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.value import Value

_SESSION = "Session"
_EDGE = " \t:|·•,;–—-*_"


class Slot(Enum):
    """What changes from one heading to the next."""

    DATE = "{date}"
    ID = "{id}"
    TITLE = "{title}"


Parts = tuple[str | Slot, ...]
_Fit = tuple[Moment | None, IdMention | None, tuple[int, int]]


class Ids(Value):
    """How ids are written: around ``{id}``, with a code's prefix, to a number of digits."""

    label: str = "session"
    layout: str = "(Session {id})"
    prefix: str = ""
    width: int = 0

    def has(self, mention: IdMention) -> bool:
        """Tell whether an id is marked as these are."""
        openings = {mention.layout[0], self.layout[0]}
        is_alike = len(openings) == 1 or not openings & {"(", "["}
        return is_alike and mention.label == self.label and mention.prefix == self.prefix

    def write(self, session_id: SessionId) -> str:
        """Write an id with as many digits as the others have."""
        text = session_id.text.removeprefix(self.prefix)
        if session_id.number is not None:
            digits = NUMBER.search(text)
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

    Its parts have a title always; a template without a date, or without an id, has None for it, and
    its parts lack it.
    """

    parts: Parts
    date: Notation | None = ISO
    ids: Ids | None = Ids()
    customs: Customs = UNTOLD

    @property
    def is_documented(self) -> bool:
        """Tell whether entries are headed as documented: ``2025-12-18: Title (Session 19)``."""
        date, ids = self.date, self.ids
        if date is None or ids is None or self.parts != DEFAULT.parts:
            return False
        is_plain = date.date == ISO.date and not (date.clock or date.before or date.after)
        return is_plain and ids.layout == Ids().layout

    @property
    def key(self) -> str:
        """Give the template as the key ``entry-heading`` has it."""
        words = (self._field_key(part) if isinstance(part, Slot) else part for part in self.parts)
        return "".join(words)

    def _field_key(self, field: Slot) -> str:
        if field is Slot.DATE and self.date:
            clock = re.sub(r"\{h\}[^()\[\]]*", "{time}", self.date.clock)
            return f"{self.date.before}{{date}}{clock}{self.date.after}"
        if field is Slot.ID and self.ids:
            return self.ids.layout.replace("{id}", f"{self.ids.prefix}{{id}}")
        return field.value

    def read(self, text: str) -> Reading | None:
        """Say what a heading means; None where it has neither a date nor an id.

        Where it deviates from the template, it says what it would in any document.
        """
        head = read_head(text, self.customs)
        if not head.moments and not head.ids:
            return None
        return (
            self._read_fitting(head)
            or DEFAULT.read_other(head)
            or self._read_parallel(head)
            or self._read_loose(head)
        )

    def write(
        self, *, date: dt.date, time: dt.time | None, session_id: SessionId, title: str
    ) -> str:
        """Head an entry as the others are headed.

        What the template lacks is added as the default has it, and the default itself is written
        where the words would not read back to the same date, id and title. The time is left out
        where the others have none; an aware one is turned to their zone, where they have one, and
        the date with it.
        """
        title = " ".join(title.split())
        own = self.here(session_id)
        if self.date:
            date, time = turn(self.date, date, time)
        here = replace(self, customs=self.customs.around(date))
        for template in (here, DEFAULT, _ID_FIRST):
            text = template.compose(date, time, own, title)
            if not _is_closed(text) and here._says(text, date, own, title):  # noqa: SLF001 - its own
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
        fields = {Slot.TITLE: title}
        if self.date:
            fields[Slot.DATE] = write_moment(self.date, date, time)
        if self.ids:
            fields[Slot.ID] = self.ids.write(session_id)
        parts = self.parts if title else _without_title(self.parts)
        return "".join(fields[part] if isinstance(part, Slot) else part for part in parts)

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

    def _read_fitting(self, head: HeadReading) -> Reading | None:
        """Read a heading that is as the template has it, and what that lacks from the title."""
        fit = self._fit(self.parts, head) or self._fit(_without_title(self.parts), head)
        if fit is None:
            return None
        moment, mention, (start, end) = fit
        if self.ids is None:
            mention = _claim(head, start, end)
            start, end = _cut(head.text, start, end, mention) if mention else (start, end)
        if self.date is None:
            moments = [one for one in head.moments if start <= one.start and one.end <= end]
            moment = _outermost(head.text, moments, start, end)
            start, end = _cut(head.text, start, end, moment) if moment else (start, end)
        return self._reading(moment, mention, head.text[start:end].strip(), fits=True)

    def read_other(self, head: HeadReading) -> Reading | None:
        """Read a heading of a document with another template that is as this one has it."""
        reading = self._read_fitting(head)
        return replace(reading, fits=False) if reading else None

    def _fit(self, parts: Parts, head: HeadReading) -> _Fit | None:
        """Match the parts before the title from the start, and those behind it from the end."""
        at = parts.index(Slot.TITLE) if Slot.TITLE in parts else len(parts)
        found: list[Moment | IdMention] = []
        start, end = 0, len(head.text.rstrip())
        for index in (*range(at), *range(len(parts) - 1, at, -1)):
            place = self._place(parts[index], head, start, end, is_last=index > at)
            if place is None:
                return None
            one, first, behind = place
            start, end = (start, first) if index > at else (behind, end)
            if start > end:
                return None
            found += [one] if one else []
        if at == len(parts) and start < end:
            return None
        moment = next((one for one in found if isinstance(one, Moment)), None)
        mention = next((one for one in found if isinstance(one, IdMention)), None)
        return moment, mention, (start, end)

    def _place(
        self, part: str | Slot, head: HeadReading, start: int, end: int, *, is_last: bool
    ) -> tuple[Moment | IdMention | None, int, int] | None:
        """Find a part at the start of what is left of a heading, or at the end."""
        if isinstance(part, str):
            at = end - len(part) if is_last else start
            is_there = at >= start and head.text.startswith(part, at)
            return (None, at, at + len(part)) if is_there else None
        for one in self._known(part, head):
            if (one.end == end) if is_last else (one.start == start):
                return one, one.start, one.end
        return None

    def _known(self, field: Slot, head: HeadReading) -> Sequence[Moment | IdMention]:
        if field is Slot.DATE:
            return head.moments
        return [one for one in head.ids if self.ids and self.ids.has(one)]

    def _read_parallel(self, head: HeadReading) -> Reading | None:
        """Read the heading of a parallel section: ``Parallel Sessions 19, 20 (2025-12-18)``."""
        words = head.text[lead_end(head.text) :].strip()
        mention = head.ids[0] if head.ids else None
        if mention is None or not words.casefold().startswith("parallel"):
            return None
        moment = head.moments[0] if head.moments else None
        spans = [(one.start, one.end) for one in (mention, moment) if one]
        if plain_title(head.text, spans).casefold() != "parallel":
            return None
        return self._reading(moment, mention, words, fits=False)

    def _read_loose(self, head: HeadReading) -> Reading | None:
        """Read a heading as in any document: a date anywhere, a session's id at an edge of it."""
        start, end = lead_end(head.text), len(head.text)
        moment = _outermost(head.text, head.moments, start, end)
        moment = moment or (head.moments[0] if head.moments else None)
        alike = [one for one in head.ids if self.ids and self.ids.has(one) and not one.is_session]
        mention = _claim(head, start, end) or (alike[0] if len(alike) == 1 else None)
        if moment is None and mention is None:
            return None
        spans = [(moment.start, moment.end)] if moment else []
        if mention and not (moment and _is_phrase(head.text, mention, moment.end)):
            spans.append((mention.start, mention.end))
        return self._reading(moment, mention, plain_title(head.text, spans), fits=False)

    def _reading(
        self, moment: Moment | None, mention: IdMention | None, title: str, *, fits: bool
    ) -> Reading:
        ids = tuple(map(self.here, mention.session_ids)) if mention else ()
        if moment is None:
            return Reading(None, None, None, ids, title, fits)
        return Reading(moment.date, moment.time, moment.last, ids, title, fits)


DEFAULT = Template((Slot.DATE, ": ", Slot.TITLE, " ", Slot.ID))
_ID_FIRST = Template((Slot.DATE, " ", Slot.ID, ": ", Slot.TITLE))


def _without_title(parts: Parts) -> Parts:
    """Take the title out, and what separates it from the rest."""
    at = parts.index(Slot.TITLE)
    before, behind = parts[:at], parts[at + 1 :]
    if before and isinstance(before[-1], str) and len(before) > 1:
        return before[:-1] + behind
    return before + (behind[1:] if behind and isinstance(behind[0], str) else behind)


def _outermost(text: str, moments: Sequence[Moment], start: int, end: int) -> Moment | None:
    """Give the date that opens a part of a text, or else the one that closes it."""
    if not moments:
        return None
    if not has_words(text[start : moments[0].start]):
        return moments[0]
    return None if has_words(text[moments[-1].end : end]) else moments[-1]


def _claim(head: HeadReading, start: int, end: int) -> IdMention | None:
    """Give the session's id that a part of a heading claims, apart from the dates in it.

    It opens the heading, or closes it in brackets or behind a separator, or opens what follows the
    date: ``Session 4: …``, ``… (Session 4)``, ``… — Session 4``. What comes of ``what we learned
    in session 4`` is another's.
    """
    mentions = [one for one in head.ids if one.is_session and start <= one.start and one.end <= end]
    if not mentions:
        return None
    first, last = mentions[0], mentions[-1]
    if first.start <= lead_end(head.text):
        return first
    between = _blank(head, last.end, end)
    if not has_words(between) and _is_apart(head.text, last):
        return last
    return None if has_words(_blank(head, start, first.start)) else first


def _blank(head: HeadReading, start: int, end: int) -> str:
    """Give a part of a heading without the dates in it."""
    text = head.text
    for moment in reversed(head.moments):
        if start <= moment.start and moment.end <= end:
            text = text[: moment.start] + text[moment.end :]
            end -= moment.end - moment.start
    return text[start:end]


def _is_apart(text: str, mention: IdMention) -> bool:
    """Tell whether an id is no part of the sentence before it."""
    before = text[: mention.start].rstrip()[-1:]
    return text[mention.start] in "([" or not before.isalnum()


def _is_phrase(text: str, mention: IdMention, start: int) -> bool:
    """Tell whether an id behind a date opens the title's words: ``2026-03-05: Session 4 ends``."""
    is_behind = mention.start >= start and not has_words(text[start : mention.start])
    words = text[mention.end :]
    return is_behind and text[mention.start].isalpha() and words[:1] == " " and words[1:2].isalnum()


def _cut(text: str, start: int, end: int, found: Moment | IdMention) -> tuple[int, int]:
    """Give what is left of a part of a text whose edge is taken off."""
    if isinstance(found, IdMention) and _is_phrase(text, found, start):
        return start, end
    if has_words(text[found.end : end]):
        return end - len(text[found.end : end].lstrip(_EDGE)), end
    return start, start + len(text[start : found.start].rstrip())


def _is_closed(text: str) -> bool:
    """Tell whether a heading ends with what Markdown would take off, as ``Learn C #``."""
    words = text.rstrip().rstrip("#")
    return len(words) < len(text.rstrip()) and not words[-1:].strip()
