"""How a document's entries are headed, learned from those that there are or from the key."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from msgspec.structs import replace

from handoff_md.errors import ConfigError
from handoff_md.syntax.form.moments import (
    UNTOLD,
    Customs,
    Moment,
    days_of_month,
    find_moments,
)
from handoff_md.syntax.form.notation import (
    LONGEST_READ,
    HeadReading,
    IdMention,
    lead_end,
    read_head,
)
from handoff_md.syntax.form.spelling import agree
from handoff_md.syntax.form.template import DEFAULT, Ids, Parts, Slot, Template
from handoff_md.syntax.form.words import NUMBER, has_words
from handoff_md.value import Value

_MOST_MOMENTS = 3
_MOST_IDS = 5
_LEARNED = 100  # of the newest headings: they tell as much as all would
_BEFORE_TITLE = r"(?:[\s:：|·•,，;–—~→»>)\]-]|/(?=\s))*"  # noqa: RUF001 - what stands in headings
_BEHIND_TITLE = " \t:：|·•,，;–—~→«([/-"  # noqa: RUF001 - the same
_EMPHASIS = r"(?P<mark>\*{1,3}|_{1,3})(?=\S)(?P<words>[^*_]+)(?P=mark)"
_WHO = r"\s*(?:[(\[][^()\[\]*_]{1,40}[)\]]|(?:by|von|par|por)\s+[\w@.-]{1,40}?|@[\w.-]{1,40}?)"
_OPEN = r"(?<!\w)(?:\*{1,3}|_{1,3})$"
_LAST_MONTH = 12
_SHORT_STEP = 3
_MOSTLY = 0.75
_NEARLY_ALL = 0.8
_FAR = 4
_FEWEST = 3  # headings that have words in common for more than chance
_AMBIGUOUS = (
    r"(?<![0-9./-])(?P<first>[0-9]{1,2})(?P<sign>[/-])(?P<second>[0-9]{1,2})(?P=sign)"
    r"(?P<year>[0-9]{4})(?![0-9])"
)
_PLACEHOLDERS = ("{date}", "{time}", "{id}", "{title}")
_HINT = (
    "write it as in `{date} {time} — {title} (Session {id})`; an id may also be `S{id}`, `#{id}`,"
    " `({id})` or `NF-{id}`, and a time stands right behind the date"
)
_SAMPLE_ID = 4711
_SAMPLES = {"{date}": "2026-03-05", "{time}": "10:30", "{id}": "4711", "{title}": "Xyzzy"}


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


def learn(heads: Sequence[str], *, newest_first: bool = True, known: Customs = UNTOLD) -> Template:
    """Learn how entries are headed from the words of those that there are.

    What most have is taken, and of as many the newest. ``known`` is what dates without a year, or
    of a day alone, are of, where these are what most have. Without any date or id it is the
    default.
    """
    words = heads if newest_first else heads[::-1]
    words = words[:_LEARNED]
    customs = _learn_customs(words, known)
    shapes = [_read_shapes(text, customs) for text in words]
    chosen = _choose(shapes)
    customs = replace(customs, days=known.days) if customs.days else customs
    if not chosen:
        return replace(DEFAULT, customs=customs)
    first = chosen[0]
    moments = [shape.moment.notation for shape in chosen if shape.moment]
    mentions = [shape.mention for shape in chosen if shape.mention]
    parts = first.parts if Slot.TITLE in first.parts else (*first.parts, ": ", Slot.TITLE)
    return Template(
        parts,
        agree(moments, " ".join(words)) if moments else None,
        _agree_on_ids(mentions),
        customs,
    )


def _choose(shapes: Sequence[Sequence[_Shape]]) -> list[_Shape]:
    """Give the shapes, one for each heading, that most headings share and that say most."""
    alike: dict[tuple[Parts, str, str], list[_Shape]] = {}
    for of_one in shapes:
        for shape in {shape.key: shape for shape in reversed(of_one)}.values():
            alike.setdefault(shape.key, []).append(shape)
    groups = [
        some
        for some in alike.values()
        if _is_numbered(some) and _is_constant(some[0].parts, len(some) / max(len(shapes), _FEWEST))
    ]
    most = max(map(len, groups), default=0)
    usual = [some for some in groups if len(some) * 2 >= most]
    return max(usual, key=lambda some: (some[0].rank, len(some)), default=[])


def _is_constant(parts: Parts, share: float) -> bool:
    """Tell whether what stands around the title is the same in all headings, and not of these few.

    A number never is; words are where nearly all have them, or where they are a label.
    """
    words = [part for part in parts if isinstance(part, str) and has_words(part)]
    if any(NUMBER.search(part) for part in words):
        return False
    labels = [part for part in words if lead_end(part) == len(part)]
    return len(labels) == len(words) or share >= _NEARLY_ALL


def _is_numbered(shapes: Sequence[_Shape]) -> bool:
    """Tell whether what may be ids are such: those of a session are, others if they go on.

    The numbers of issues leap, those of days repeat, and ``(#12)`` behind a title is a request's.
    """
    mentions = [shape.mention for shape in shapes if shape.mention]
    if not mentions or mentions[0].is_session:
        return True
    fields = [part for part in shapes[0].parts if isinstance(part, Slot)]
    if mentions[0].layout.startswith("(#") and fields[-1] is Slot.ID:
        return False
    numbers = [number for mention in mentions if (number := _number(mention)) is not None]
    steps = [abs(one - other) for one, other in pairwise(numbers)]
    if not steps:
        return _is_labelled(shapes[0])
    is_going_on = sum(0 < step <= _SHORT_STEP for step in steps) * 2 >= len(steps)
    return is_going_on and len(set(numbers)) >= len(numbers) * _MOSTLY


def _is_labelled(shape: _Shape) -> bool:
    """Tell whether what may be an id is one by itself: labelled, or in front with a sign."""
    label = shape.mention.label if shape.mention else ""
    if label in ("s", "#", "["):
        behind = shape.parts[1:2]
        is_apart = not (behind and isinstance(behind[0], str) and behind[0].isspace())
        return shape.parts[0] is Slot.ID and (is_apart or label == "[")
    return label.isalpha() and label not in ("code", "plain")


def _number(mention: IdMention) -> int | None:
    digits = NUMBER.search(mention.session_id.text)
    return int(digits.group()) if digits else None


def _agree_on_ids(mentions: Sequence[IdMention]) -> Ids | None:
    if not mentions:
        return None
    single = [one for one in mentions if len(one.session_ids) == 1] or mentions
    layouts = Counter(re.sub(r"(?i)(?<=session)s\b", "", one.layout) for one in single)
    layout = max(layouts, key=layouts.__getitem__)
    digits = [NUMBER.search(one.session_id.text) for one in mentions]
    padded = [len(found.group()) for found in digits if found and found.group()[0] == "0"]
    label, prefix = mentions[0].label, mentions[0].prefix
    return Ids(label, layout, prefix, max(padded, default=0))


@lru_cache(maxsize=256)  # the versions of a document have most of their headings in common
def _read_shapes(text: str, customs: Customs) -> tuple[_Shape, ...]:
    """Give the ways in which a heading may be meant, as `_shapes` finds them."""
    return tuple(_shapes(read_head(text, customs)))


def _shapes(head: HeadReading) -> Iterator[_Shape]:
    """Give the ways in which a heading may be meant, the likelier first."""
    for mention in (*head.ids[:_MOST_IDS], None):
        for moment in (*head.moments[:_MOST_MOMENTS], None):
            if moment is None and mention is None:
                continue
            for parts in _take_apart(head.text, moment, mention):
                yield _Shape(parts, moment, mention)


def _take_apart(text: str, moment: Moment | None, mention: IdMention | None) -> Iterator[Parts]:
    """Give the parts of a text, once for each of its pieces that may be the title."""
    found = sorted((one for one in (moment, mention) if one), key=lambda one: one.start)
    text = text.rstrip()
    pieces: list[str] = []
    fields: list[Slot] = []
    at = 0
    for one in found:
        pieces.append(text[at : one.start])
        fields.append(Slot.DATE if one is moment else Slot.ID)
        at = one.end
    pieces.append(text[at:])
    worded = [index for index, piece in enumerate(pieces) if has_words(piece)]
    worded = [index for index in worded if index or has_words(pieces[0][lead_end(pieces[0]) :])]
    for chosen in sorted(worded, key=lambda index: -len(pieces[index])) or [-1]:
        parts: list[str | Slot] = []
        for index, piece in enumerate(pieces):
            is_title = index == chosen
            parts += _around_title(pieces, index) if is_title else [piece]
            parts += fields[index : index + 1]
        yield tuple(part for part in parts if part != "")


def _around_title(pieces: Sequence[str], index: int) -> list[str | Slot]:
    """Split what separates a title from what stands beside it off."""
    piece = pieces[index]
    start = len(piece[: lead_end(piece)].rstrip("*_")) if index == 0 else 0
    mark = _open_mark(pieces[:index])
    closed = re.compile(rf"[\s:.,|–—-]*{re.escape(mark)}").match(piece) if mark else None
    aside = re.compile(rf"{_WHO}(?=[:.,]?{re.escape(mark)})").match(piece) if mark else None
    if aside and index == len(pieces) - 1:
        return _around_title([*pieces[:-1], piece[aside.end() :]], index)
    start = closed.end() if closed else start
    before = re.compile(_BEFORE_TITLE).match(piece, start) if index else None
    start = before.end() if before else start
    end = len(piece)
    if index < len(pieces) - 1:
        end = start + len(piece[start:].rstrip(_BEHIND_TITLE))
    opened = re.compile(_OPEN).search(pieces[index - 1]) if index else None
    if opened and piece.endswith(opened.group(), start, end):
        end -= len(opened.group())
    wrapped = re.compile(_EMPHASIS).fullmatch(piece, start, end)
    if wrapped:
        start, end = wrapped.span("words")
    is_open = mark and not closed and mark in piece[start:end] and index == len(pieces) - 1
    return [piece[:start], Slot.TITLE, mark if is_open else piece[end:]]


def _open_mark(pieces: Sequence[str]) -> str:
    """Give the mark of an emphasis that opens at the end of a piece, and goes on behind these."""
    for place, piece in enumerate(pieces):
        opened = re.compile(_OPEN).search(piece)
        if opened and not any(opened.group() in other for other in pieces[place + 1 :]):
            return opened.group()
    return ""


def _learn_customs(heads: Sequence[str], known: Customs) -> Customs:
    """Find what ``03/04/2026`` means where these are, and what most dates do not say."""
    seen = [text[:LONGEST_READ] for text in heads]
    numeric = [match for text in seen for match in re.finditer(_AMBIGUOUS, text)]
    customs = Customs(is_day_first=_learn_day_first(numeric))
    for more in (replace(customs, year=known.year), *_with_days(known)):
        dated = sum(1 for text in seen if find_moments(text, customs)) if more != customs else 0
        if more != customs and dated * 2 < len(seen):
            customs = replace(more, is_day_first=customs.is_day_first)
    return customs


def _with_days(known: Customs) -> Sequence[Customs]:
    """Give customs in which days alone are of any month, or weekdays of any week."""
    if known.days is None:
        return ()
    return replace(known, days=days_of_month(known.days[0].replace(month=1))), known


def _learn_day_first(numeric: Sequence[re.Match[str]]) -> bool | None:
    """Find it by a day that no month can be, or else by the days being in order in one way only.

    Where they are in both, they are those that lie by far closer together.
    """
    pairs = [
        (int(match["first"]), int(match["second"]), int(match["year"]))
        for match in numeric
        if int(match["first"]) and int(match["second"]) and int(match["year"])
    ]
    if any(first > _LAST_MONTH for first, _, _ in pairs):
        return True
    if any(second > _LAST_MONTH for _, second, _ in pairs):
        return False
    day_first = [dt.date(year, second, first) for first, second, year in pairs]
    month_first = [dt.date(year, first, second) for first, second, year in pairs]
    if _is_sorted(day_first) != _is_sorted(month_first):
        return _is_sorted(day_first)
    spans = _span(day_first), _span(month_first)
    return spans[0] < spans[1] if max(spans) > _FAR * min(spans) else None


def _is_sorted(days: Sequence[dt.date]) -> bool:
    return list(days) in (sorted(days), sorted(days, reverse=True))


def _span(days: Sequence[dt.date]) -> int:
    return (max(days) - min(days)).days if days else 0


def parse_template(key: str, like: Template | None = None) -> Template:
    """Read the key ``entry-heading``: ``{date} ({id}) — {title}``, perhaps with ``{time}``.

    Dates and numbers are written as those of ``like``, and what the key leaves out is added as in
    any template.

    Raises:
        ConfigError: there is no ``{title}``, or neither a date nor an id; something stands twice,
            or is no placeholder; or what is written in it would not be read back.
    """
    found = re.findall(r"\{[^{}]*\}", key)
    odd = next((one for one in found if one not in _PLACEHOLDERS or found.count(one) > 1), None)
    if odd:
        kind = "twice" if odd in _PLACEHOLDERS else "which is no placeholder"
        raise ConfigError(f"`entry-heading` has `{odd}`, {kind}: {key}", _HINT)
    if "{title}" not in found or not {"{date}", "{id}"} & set(found):
        raise ConfigError(
            f"`entry-heading` has to say `{{title}}`, and `{{date}}` or `{{id}}`: {key}", _HINT
        )
    template = _learn_sample(key, found) if key.splitlines() == [key] else None
    if template is None:
        raise ConfigError(
            f"Entries that are headed by `entry-heading` would not be read back: {key}", _HINT
        )
    return _spell_alike(template, like) if like else template


def _spell_alike(template: Template, like: Template) -> Template:
    """Write dates as the document does, and ids with as many digits."""
    date, ids = template.date, template.ids
    if date and like.date:
        clock = like.date.clock if date.clock and like.date.clock else date.clock
        date = replace(like.date, before=date.before, after=date.after, clock=clock)
    if ids and like.ids:
        ids = replace(ids, width=like.ids.width)
    return replace(template, date=date, ids=ids, customs=like.customs)


def _learn_sample(key: str, fields: Sequence[str]) -> Template | None:
    """Learn from what a key would write, if all of it is read back."""
    sample = key
    for field, value in _SAMPLES.items():
        sample = sample.replace(field, value)
    for shape in _shapes(read_head(sample)):
        notation = agree([shape.moment.notation]) if shape.moment else None
        template = Template(
            shape.parts, notation, _agree_on_ids([shape.mention] if shape.mention else [])
        )
        reading = template.read(sample)
        if reading is None or not reading.fits or Slot.TITLE not in shape.parts:
            continue
        said = {
            "{title}": reading.title == _SAMPLES["{title}"],
            "{date}": reading.date is not None,
            "{time}": reading.time is not None,
            "{id}": [one.number for one in reading.session_ids] == [_SAMPLE_ID],
        }
        if all(is_said is (field in fields) for field, is_said in said.items()):
            return template
    return None
