"""What the words of one heading, list item or first line say: dates, times, ids and a title."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from msgspec.structs import replace

from handoff_md.syntax.form.moments import UNTOLD, Customs, Moment, find_moments
from handoff_md.syntax.form.words import NUMBER, enclose, fill, word_before
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.value import Value

LONGEST_READ = 1000
_LONGEST_RANGE = 50
_PAIR = 2
_LAST_MONTH = 12
_SESSIONS = (
    "session sess sitzung sesión sesion séance seance sessão sessao sessione sessie sesja сессия"
    " сеанс セッション 会话 會話 세션"
)
_MANY_SESSIONS = (
    "sessions sitzungen sesiones séances seances sessões sessoes sessioni sessies sesje сессии"
)
_LABELS = (
    "day tag jour día dia dag giorno dzień день iteration itération iter handoff hand-off entry"
    " eintrag log update run loop round checkpoint conversation chat"
)
_NUMBER_WORDS = frozenset(("no", "nr", "n", "id"))
_NUMBER = r"[0-9]{1,18}(?:-[A-Za-z][A-Za-z0-9]*|[A-Za-z])?(?!\w|[.-]\w)"
_HASH = r"(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{7,40}(?!\w)"
_CODE = r"(?-i:[A-Z]{1,6}-?[0-9]{1,9}[a-z]?)(?!\w|[.-]\w)"
_RANGE = r"[0-9]{1,9}\s*[–-]\s*[0-9]{1,9}(?!\w|[.-]\w)"
_TIGHT_RANGE = r"[0-9]{1,9}[–-][0-9]{1,9}(?!\w|[.-]\w)"
_ID = rf"(?>{_NUMBER}|{_CODE}|{_HASH})"
_WORD = "|".join(f"{_MANY_SESSIONS} {_SESSIONS}".split())
_AGAIN = rf"(?:(?P<again>{_WORD})\s*+\#?\s*+(?=[0-9A-Z]))?+"
_CONJUNCTION = r"\b(?:and|und|et|y|e|en)\b"
_AND = rf"\s*+(?P<and>,(?:\s*+{_CONJUNCTION})?|&|\+|/|{_CONJUNCTION})\s*+"
_SIGN = r"(?i)[*_]{0,3}\s*(?:id\b)?\s*(?:[#:№]|no\.?|nr\.?|n[º°])?[*_]{0,3}\s*|-"
_CODE_BACKWARD = r"[A-Za-z]{0,40}(?:-[A-Z]{1,6}(?![A-Za-z0-9]))?"
_ALONE = r"\s?(?P<id>[0-9]{1,5}[a-z]?)\s?[)\]]"
_WIDEST_CODE = 48
_COUNTED = r"第\s?(?P<id>[0-9]{1,9})\s?[回次期]"
_SIGNS = r"[^\w(\[\0#]*"
_PLAIN = r"[0-9]{1,5}[a-z]?(?=[.:)]\s|\s*[—–|]|\s+-\s)"
_ENDS = r"(?P<first>[0-9]{1,9})\s*[–-]\s*(?P<last>[0-9]{1,9})"
_CODED = r"(?P<prefix>[A-Z]{1,6}-?)(?P<digits>[0-9]{1,9}[a-z]?)"
_WORD_BEHIND = r"\s+\w|/"
_VERSION = r"(?i)(?<![\w.])(?:v[0-9]+(?:\.[0-9]+)+|[0-9]+(?:\.[0-9]+){2})[\w.+-]*"
_MORE = r"\+?(?:\s*[,;:–—-][^()\[\]\0]{1,80})?(?=[)\]])"
_IN_WORDS = r"\w\s?\Z"
_HIDDEN = "\0"
_LEADING_ANCHOR = r"<a\s[^<>]*+>\s*+</a>\s*+"
_LEADING_LINK = r"\[(?P<words>(?=[^][]*[0-9])[^][]*(?:[^\W\d_]|#)[^][]*)\]\([^()\s]*\)"
_DECORATION = r"^(?:[^\w\[(`#]|_)+"
_LEAD = (
    rf"(?i)(?:{'|'.join(_SESSIONS.split())}|Hand-?off|Log|Entry|Eintrag|Update)"
    r"(?:\s*[:|·]|\s+[–—-])[\s:|·–—-]*"
)
_SEPARATORS = " \t\n:：|·•,;@–—-"  # noqa: RUF001 - what stands in headings
_OPENING = r"(?:(?<!\w)(?:\*{1,3}|_{1,3})|[(\[])$"
_ENDINGS = {"(": ")", "[": "]"}
_HOLLOW = r"\(\s*+(?:[,;]\s*+)?\)|\[\s*+(?:[,;]\s*+)?\]"


class IdMention(Value):
    """A session's id, or a list of ids, in the words of a heading; offsets count characters.

    ``label`` tells how it is marked: ``session`` (in whatever language), another word such as
    ``day``, a sign (``#``, ``(``, ``[``, ``第``), ``code`` for ``AB-107`` or ``S7``, or ``plain``
    for a number that the words begin with. Only ``session`` is an id by itself: the others are
    where the document's other headings have one at that place. ``range`` (``Sessions 19-21``) and
    ``parallel`` are of several sessions, and mostly about them. ``layout`` is how it is written,
    around ``{id}``; ``prefix`` is what stands before a code's number.
    """

    session_ids: tuple[SessionId, ...]
    start: int
    end: int
    label: str
    layout: str
    prefix: str = ""

    @property
    def session_id(self) -> SessionId:
        """Give the first id."""
        return self.session_ids[0]

    @property
    def is_session(self) -> bool:
        """Tell whether the words say that this is a session's id."""
        return self.label == "session"


class HeadReading(Value):
    """What a heading says: dates with their times, and what are, or may be, sessions' ids."""

    text: str
    moments: tuple[Moment, ...]
    ids: tuple[IdMention, ...]

    @property
    def title(self) -> str:
        """Give what is left without dates and sessions' ids."""
        spans = [(one.start, one.end) for one in self.moments]
        spans += [(one.start, one.end) for one in self.ids if one.is_session]
        return plain_title(self.text, spans)

    @property
    def versions(self) -> tuple[str, ...]:
        """Give the numbers of releases, which are no ids."""
        if "." not in self.text:
            return ()
        hidden = _hide(self.text[:LONGEST_READ], self.moments)
        return tuple(match.group() for match in re.compile(_VERSION).finditer(hidden))


def read_head(text: str, customs: Customs = UNTOLD) -> HeadReading:
    """Read the words of a heading, of a list item, or of a paragraph's first line.

    What stands behind the first 1,000 characters belongs to the title.
    """
    text = _without_markup(text)
    seen = text[:LONGEST_READ]
    if NUMBER.search(seen) is None and customs.days is None:
        return HeadReading(text, (), ())
    moments = find_moments(seen, customs)
    return HeadReading(text, moments, tuple(_find_ids(_hide(seen, moments))))


def _without_markup(text: str) -> str:
    """Take off an anchor that leads the words, and the target of a link with date or id in it.

    A date alone in a link's brackets is read with them, and its notation too.
    """
    if text.startswith("<a"):
        text = re.compile(_LEADING_ANCHOR).sub("", text, count=1)
    if text.startswith("[") and (led := re.compile(_LEADING_LINK).match(text[:LONGEST_READ])):
        text = led["words"] + text[led.end() :]
    return text


def plain_title(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Give the words beside some spans, without what separated them."""
    pieces: list[str] = []
    at = 0
    for start, end in sorted(spans):
        pieces.append(text[at:start])
        at = max(at, end)
    pieces.append(_close(pieces, text[at:]))
    pieces[0] = pieces[0][lead_end(pieces[0]) :]
    if len(pieces) == 1:
        return pieces[0].strip()
    pieces[1:] = [piece[1:] if piece.startswith(". ") else piece for piece in pieces[1:]]
    joined = " ".join(filter(None, (_strip(piece) for piece in pieces)))
    return re.compile(_HOLLOW).sub("", joined).strip(_SEPARATORS)


def _strip(piece: str) -> str:
    words = piece.strip(_SEPARATORS)
    opened = words[-1:] in _ENDINGS
    return words[:-1].strip(_SEPARATORS) if opened else words


def lead_end(text: str) -> int:
    """Give where words begin, behind signs and a label without a number (``Session: …``)."""
    signs = re.compile(_DECORATION).match(text)
    start = signs.end() if signs else 0
    label = re.compile(_LEAD).match(text, start)
    return label.end() if label else start


def _close(pieces: Sequence[str], rest: str) -> str:
    """Take the end of an emphasis, or of brackets, off that began right before what was cut out."""
    for place, piece in enumerate(pieces):
        opening = re.compile(_OPENING).search(piece)
        closing = _ENDINGS.get(opening.group(), opening.group()) if opening else ""
        if closing and not any(closing in other for other in pieces[place + 1 :]):
            return rest.replace(closing, "", 1)
    return rest


def _hide(text: str, moments: Sequence[Moment]) -> str:
    """Blank dates out, with their brackets, so that no number in them is an id."""
    for moment in moments:
        text = text[: moment.start] + _HIDDEN * (moment.end - moment.start) + text[moment.end :]
    return text


def _find_ids(text: str) -> Iterator[IdMention]:
    at = 0
    for number in NUMBER.finditer(text):
        if number.start() < at:
            continue
        mention = _read_mention(text, number.start())
        if mention:
            at = mention.end
            yield _enclose(text, mention)


def _read_mention(text: str, at: int) -> IdMention | None:
    """Read the id that has a number at a place, by what stands before it; None where none has."""
    backward = re.compile(_CODE_BACKWARD).match(text[max(0, at - _WIDEST_CODE) : at][::-1])
    start = at - backward.end() if backward else at
    label_at, label = start, text[start:at].casefold()
    if label not in _sessions() and label not in _labels():
        label_at, label = _label_before(text, start)
    else:
        start = at
    if label not in _sessions() and start > 0 and text[start - 1].isalnum():
        return _read_counted(text, at)
    if label in _sessions():
        return _read_list(text, label_at, start, is_plural=_sessions()[label])
    if text[start:at] == "S":
        return _read_single(text, start, at, "s", _NUMBER)
    if start < at:
        return _read_single(text, start, start, "code", _CODE)
    if label:
        return _read_single(text, label_at, at, label, _NUMBER)
    return _read_signed(text, at)


def _read_signed(text: str, at: int) -> IdMention | None:
    """Read ``#12``, ``(82)``, ``[82]``, ``第4回``, or a number that opens the text."""
    before = text[max(0, at - 2) : at]
    if before.endswith("#"):
        if re.compile(_IN_WORDS).search(text, max(0, at - _PAIR - 1), at - 1):
            return None
        return _read_single(text, at - 1, at, "#", _NUMBER)
    if before.rstrip().endswith(("(", "[")) and (alone := re.compile(_ALONE).match(text, at)):
        start = at - len(before) + max(before.rfind("("), before.rfind("["))
        return _mention(text, start, alone.end(), text[start], *alone.span("id"))
    if re.compile(_SIGNS).fullmatch(text, 0, at):
        return _read_single(text, at, at, "plain", _PLAIN)
    return _read_counted(text, at)


def _label_before(text: str, at: int) -> tuple[int, str]:
    """Give the label that a number has, and where it starts; an empty one where there is none."""
    start, word, hyphened = word_before(text, at)
    if not word:
        return at, ""
    numbering = word in _NUMBER_WORDS
    known = _sessions()
    if numbering:
        before, session, _ = word_before(text, start)
        if session in known and re.compile(_SIGN).fullmatch(text, before + len(session), at):
            return before, session
    if re.compile(_SIGN).fullmatch(text, start + len(word), at) is None:
        return at, ""
    if hyphened in _labels():
        return start + len(word) - len(hyphened), hyphened
    return (start, word) if numbering or word in known or word in _labels() else (at, "")


def _read_single(text: str, start: int, at: int, label: str, expression: str) -> IdMention | None:
    match = re.compile(expression).match(text, at)
    return _mention(text, start, match.end(), label, at, match.end()) if match else None


def _read_counted(text: str, at: int) -> IdMention | None:
    """Read ``第4回``."""
    start = text.rfind("第", max(0, at - 2), at)
    match = re.compile(_COUNTED).match(text, start) if start >= 0 else None
    if match is None:
        return None
    return _mention(text, start, match.end(), "第", *match.span("id"))


def _mention(
    text: str, start: int, end: int, label: str, first: int, behind: int
) -> IdMention | None:
    session_id = read_session_id(text[first:behind])
    if session_id is None:
        return None
    coded = re.compile(_CODED).fullmatch(text, first, behind)
    layout = fill(text, start, end, {(first, behind): "{id}"})
    return IdMention((session_id,), start, end, label, layout, coded["prefix"] if coded else "")


def _read_list(text: str, start: int, first: int, *, is_plural: bool) -> IdMention | None:
    """Read what stands behind ``Session``: one id, a list, or a range of many.

    Of ``Session 5, 3 bugs fixed`` it is the first number only: words go on behind the other.
    """
    _, word, _ = word_before(text, start)
    is_plural = is_plural or word == "parallel"
    found: list[SessionId] = []
    behind, sure, sure_end = first, 0, first
    while element := _match_element(text, behind, is_first=not found, is_plural=is_plural):
        ids = _read_element(element, found)
        if not ids:
            break
        is_first = not found
        found += ids
        behind = element.end()
        if is_first or is_plural or element["again"]:
            sure, sure_end = len(found), behind
    if not found:
        return None
    if sure < len(found) and re.compile(_WORD_BEHIND).match(text, behind):
        found, behind = found[:sure], sure_end
    layout = fill(text, start, behind, {(first, behind): "{id}"})
    coded = re.compile(_CODED).fullmatch(text, first, behind)
    prefix = coded["prefix"] if coded else ""
    is_range = is_plural and re.search(_RANGE, text[first:behind]) is not None
    label = "parallel" if word == "parallel" else "range" if is_range else "session"
    return IdMention(tuple(found), start, behind, label, layout, prefix)


def _match_element(text: str, at: int, *, is_first: bool, is_plural: bool) -> re.Match[str] | None:
    """Match a range of ids, where it is one, or else an id, with what joins it to those before."""
    ranges, single = _elements(is_first=is_first, is_plural=is_plural)
    match = ranges.match(text, at)
    numbers = _numbers(match["id"]) if match else range(0)
    is_range = len(numbers) > 0 if is_plural else len(numbers) == _PAIR
    return match if is_range else single.match(text, at)


@cache
def _elements(*, is_first: bool, is_plural: bool) -> tuple[re.Pattern[str], re.Pattern[str]]:
    join = "(?P<again>)(?P<and>)" if is_first else rf"{_AND}{_AGAIN}"
    between = _RANGE if is_plural else _TIGHT_RANGE
    return re.compile(rf"(?i){join}(?P<id>{between})"), re.compile(rf"(?i){join}(?P<id>{_ID})")


def _numbers(text: str) -> range:
    """Give the numbers of a range such as ``19-21``, which is none where it is empty or long."""
    ends = re.compile(_ENDS).fullmatch(text)
    numbers = range(int(ends["first"]), int(ends["last"]) + 1) if ends else range(0)
    return numbers if 1 < len(numbers) <= _LONGEST_RANGE else range(0)


def _read_element(element: re.Match[str], before: Sequence[SessionId]) -> tuple[SessionId, ...]:
    """Read one element of a list of ids; none where it does not belong to it.

    ``19/20`` is a list, but ``3/5`` may count parts, and ``11/12`` be a date.
    """
    if numbers := _numbers(element["id"]):
        return tuple(SessionId(str(number), number) for number in numbers)
    session_id = read_session_id(element["id"])
    if session_id is None:
        return ()
    if before and element["and"] == "/":
        first, second = before[-1].number or 0, session_id.number
        if second != first + 1 or first <= _LAST_MONTH:
            return ()
    return (session_id,)


@cache
def _labels() -> frozenset[str]:
    """Give the other words that stand before the number of an entry."""
    return frozenset(_LABELS.split())


@cache
def _sessions() -> Mapping[str, bool]:
    """Give the words for a session, and whether each is that for many."""
    many = _MANY_SESSIONS.split()
    return dict.fromkeys(_SESSIONS.split(), False) | dict.fromkeys(many, True)


def _enclose(text: str, mention: IdMention) -> IdMention:
    """Take in the brackets around ids, and what follows them in there: ``(Session 7; late)``."""
    more = re.compile(_MORE).match(text, mention.end)
    end = more.end() if more and mention.is_session else mention.end
    start, end = enclose(text, mention.start, end)
    if start == mention.start:
        return mention
    closing = text[end - (mention.start - start) : end]
    layout = text[start : mention.start] + mention.layout + closing
    return replace(mention, start=start, end=end, layout=layout)
