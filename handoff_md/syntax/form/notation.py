"""What the words of one heading, list item or first line say: dates, times, ids and a title."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from msgspec.structs import replace

from handoff_md.syntax.form.enclosed import enclose
from handoff_md.syntax.form.moments import UNTOLD, Customs, Moment, fill, find_moments
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.value import Value

LONGEST_READ = 1000
_LONGEST_RANGE = 50
_LAST_MONTH = 12
_SESSION = (
    r"Sessions?|Sess\.?|Sitzung(?:en)?|Sesi[oó]n(?:es)?|S[ée]ances?|Sess(?:[ãa]o|[õo]es)|Session[ei]"
    r"|Sessies?|Sesj[ai]|Сесси[яи]|Сеанс|セッション|会话|會話|세션"
)
_OTHER_LABEL = (
    r"Day|Tag|Jour|D[ií]a|Dag|Giorno|Dzień|День|It[eé]ration(?:en|s)?|Iter\.?|Hand-?offs?|Entry"
    r"|Eintrag|Log|Update|Run|Loop|Round|Checkpoint|Conversation|Chat|No\.|Nr\.|№"
)
_NUMBER = r"[0-9]{1,18}(?:-[A-Za-z][A-Za-z0-9]*|[A-Za-z])?(?!\w|[.-]\w)"
_HASH = r"(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{7,40}(?!\w)"
_CODE = r"(?-i:[A-Z]{1,6}-?[0-9]{1,9}[a-z]?)(?!\w|[.-]\w)"
_ID = rf"(?:{_NUMBER}|{_CODE}|{_HASH})"
_RANGE = r"[0-9]{1,9}\s*[–-]\s*[0-9]{1,9}(?!\w|[.-]\w)"
_AGAIN = rf"(?:(?:{_SESSION})\s*+#?\s*+(?=[0-9]))?+"
_AND = rf"\s*+(?:,|&|\+|/|\b(?:and|und|et|y|e|en)\b)\s*+{_AGAIN}"
_MENTION = (
    rf"(?i)(?<![^\W_])(?:(?P<session>{_SESSION})\s*(?:[#:№]|no\.|nr\.|n[º°])?\s*"
    rf"(?P<ids>(?>{_RANGE}|{_ID})(?:{_AND}(?>{_RANGE}|{_ID}))*)"
    rf"|(?P<label>{_OTHER_LABEL})\s*[#:]?\s*(?P<number>{_NUMBER})"
    rf"|(?P<code>{_CODE})"
    r"|第\s?(?P<counted>[0-9]{1,9})\s?[回次期]"
    rf"|\#(?P<hash>{_NUMBER})"
    r"|\(\s?(?P<round>[0-9]{1,5}[a-z]?)\s?\)|\[\s?(?P<square>[0-9]{1,5}[a-z]?)\s?\])"
)
_SINGLE = ("number", "code", "counted", "hash", "round", "square")
_PLAIN = re.compile(r"[^\w(\[\0#]*(?P<plain>[0-9]{1,5}[a-z]?)(?=[.:)]\s|\s*[—–|]|\s+-\s)")
_ELEMENT = rf"(?i)(?P<and>{_AND})?(?P<id>(?>{_RANGE}|{_ID}))"
_ENDS = re.compile(r"(?P<first>[0-9]{1,9})\s*[–-]\s*(?P<last>[0-9]{1,9})")
_CODED = re.compile(r"(?P<prefix>[A-Z]{1,6}-?)(?P<digits>[0-9]{1,9}[a-z]?)")
_WORD_BEHIND = re.compile(r"\s+\w|/")
_VERSION = re.compile(
    r"(?<![\w.])(?:v[0-9]+(?:\.[0-9]+)+|[0-9]+(?:\.[0-9]+){2})[\w.+-]*", re.IGNORECASE
)
_DIGIT = re.compile(r"[0-9]")
_MORE = re.compile(r"\+?(?:\s*[,;:–—-][^()\[\]\0]{1,80})?(?=[)\]])")
_HIDDEN = "\0"
_DECORATION = re.compile(r"^(?:[^\w\[(`#]|_)+")
_LEAD = re.compile(
    rf"(?i)(?:{_SESSION}|Hand-?off|Log|Entry|Eintrag|Update)(?:\s*[:|·]|\s+[–—-])[\s:|·–—-]*"
)
_SEPARATORS = " \t\n:|·•,;–—-"
_OPENING = re.compile(r"(?<!\w)(?:\*{1,3}|_{1,3})$")
_HOLLOW = re.compile(r"\(\s*[,;]?\s*\)|\[\s*[,;]?\s*\]")


class IdMention(Value):
    """A session's id, or a list of ids, in the words of a heading; offsets count characters.

    ``label`` tells how it is marked: ``session`` (in whatever language), another word such as
    ``day``, a sign (``#``, ``()``, ``[]``), ``code`` for ``AB-107`` or ``S7``, or ``plain`` for a
    number that the words begin with. Only ``session`` is an id by itself: the others are where the
    document's other headings have one at that place. ``layout`` is how it is written, around
    ``{id}``; ``prefix`` is what stands before a code's number.
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


class Head(Value):
    """What is said by a heading; ``title`` is what is left without dates and sessions' ids.

    ``versions`` are the numbers of releases, which are no ids.
    """

    text: str
    moments: tuple[Moment, ...]
    ids: tuple[IdMention, ...]
    title: str
    versions: tuple[str, ...] = ()


def read_head(text: str, customs: Customs = UNTOLD) -> Head:
    """Read the words of a heading, of a list item, or of a paragraph's first line.

    What stands behind the first 1,000 characters belongs to the title.
    """
    seen = text[:LONGEST_READ]
    if _DIGIT.search(seen) is None:
        return Head(text, (), (), plain_title(text, ()))
    moments = find_moments(seen, customs)
    ids = tuple(_find_ids(seen, moments))
    spans = [(one.start, one.end) for one in moments]
    spans += [(one.start, one.end) for one in ids if one.is_session]
    return Head(text, moments, ids, plain_title(text, spans), _find_versions(seen, moments))


def read_date(text: str) -> dt.date | None:
    """Read the first date in ``text``; None where there is none, or an impossible one."""
    return next((moment.date for moment in find_moments(text)), None)


def plain_title(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Give the words beside some spans, without what separated them."""
    pieces: list[str] = []
    at = 0
    for start, end in sorted(spans):
        pieces.append(text[at:start])
        at = max(at, end)
    pieces.append(_close(pieces, text[at:]))
    pieces[0] = _LEAD.sub("", _DECORATION.sub("", pieces[0]), count=1)
    if len(pieces) == 1:
        return pieces[0].strip()
    joined = " ".join(filter(None, (piece.strip(_SEPARATORS) for piece in pieces)))
    return _HOLLOW.sub("", joined).strip(_SEPARATORS)


def _close(pieces: Sequence[str], rest: str) -> str:
    """Take the end of an emphasis off that began before what was cut out."""
    opening = _OPENING.search(pieces[-1]) if pieces else None
    return rest.replace(opening.group(), "", 1) if opening else rest


def _find_versions(text: str, moments: Sequence[Moment]) -> tuple[str, ...]:
    if "." not in text:
        return ()
    return tuple(match.group() for match in _VERSION.finditer(_hide(text, moments)))


def _hide(text: str, moments: Sequence[Moment]) -> str:
    """Blank dates out, with their brackets, so that no number in them is an id."""
    for moment in moments:
        text = text[: moment.start] + _HIDDEN * (moment.end - moment.start) + text[moment.end :]
    return text


@cache
def _mention() -> re.Pattern[str]:
    return re.compile(_MENTION)


def _find_ids(text: str, moments: Sequence[Moment]) -> Iterator[IdMention]:
    hidden = _hide(text, moments)
    plain = _PLAIN.match(hidden)
    if plain and (session_id := read_session_id(plain["plain"])):
        yield IdMention((session_id,), *plain.span("plain"), "plain", "{id}")
    at = 0
    while match := _mention().search(hidden, at):
        mention = _read_list(match) if match["session"] else _read_single(match)
        at = mention.end if mention else match.start() + 1
        if mention:
            yield _enclose(hidden, mention)


def _read_single(match: re.Match[str]) -> IdMention | None:
    group = next(name for name in _SINGLE if match[name])
    labels = {"number": (match["label"] or "").casefold(), "counted": "第", "hash": "#"}
    labels |= {"round": "()", "square": "[]"}
    session_id = read_session_id(match[group])
    if session_id is None:
        return None
    label = labels.get(group, group)
    layout = fill(match.string, *match.span(), {match.span(group): "{id}"})
    coded = _CODED.fullmatch(match[group]) if group == "code" else None
    return IdMention((session_id,), *match.span(), label, layout, coded["prefix"] if coded else "")


def _read_list(match: re.Match[str]) -> IdMention | None:
    """Read what stands behind ``Session``: one id, a list, or a range of many.

    Of ``Session 5, 3 bugs fixed`` it is the first number only: words go on behind the other.
    """
    is_plural = match["session"].casefold().endswith(("s", "en", "i", "и"))
    first = match.start("ids")
    read: list[tuple[SessionId, ...]] = []
    ends: list[int] = []
    for element in re.finditer(_ELEMENT, match["ids"]):
        ids = _read_element(element, read[-1] if read else (), is_plural=is_plural)
        if not ids:
            break
        read.append(ids)
        ends.append(first + element.end())
    if not read:
        return None
    if len(read) > 1 and not is_plural and not _is_list(match, ends[-1]):
        read, ends = read[:1], ends[:1]
    fields = {(first, ends[-1]): "{id}"}
    layout = fill(match.string, match.start(), ends[-1], fields)
    coded = _CODED.fullmatch(match.string, first, ends[-1])
    prefix = coded["prefix"] if coded else ""
    ids = tuple(one for some in read for one in some)
    return IdMention(ids, match.start(), ends[-1], "session", layout, prefix)


def _is_list(match: re.Match[str], end: int) -> bool:
    """Tell whether ids behind one ``Session`` are more than numbers in a title."""
    says_again = re.search(rf"(?i){_SESSION}", match["ids"]) is not None
    return says_again or _WORD_BEHIND.match(match.string, end) is None


def _read_element(
    element: re.Match[str], before: tuple[SessionId, ...], *, is_plural: bool
) -> tuple[SessionId, ...]:
    """Read one element of a list of ids; none where it does not belong to it.

    ``19/20`` is a list, but ``3/5`` may count parts, and ``11/12`` be a date.
    """
    ends = _ENDS.fullmatch(element["id"])
    if ends:
        numbers = range(int(ends["first"]), int(ends["last"]) + 1)
        if is_plural and 1 < len(numbers) <= _LONGEST_RANGE:
            return tuple(SessionId(str(number), number) for number in numbers)
        session_id = None if before else read_session_id(ends["first"])
    else:
        session_id = read_session_id(element["id"])
    if session_id is None:
        return ()
    if "/" in (element["and"] or ""):
        first, second = before[-1].number or 0, session_id.number
        if second != first + 1 or first <= _LAST_MONTH:
            return ()
    return (session_id,)


def _enclose(text: str, mention: IdMention) -> IdMention:
    """Take in the brackets around ids, and what follows them in there: ``(Session 7; late)``."""
    more = _MORE.match(text, mention.end)
    end = more.end() if more and mention.is_session else mention.end
    start, end = enclose(text, mention.start, end)
    if start == mention.start:
        return mention
    closing = text[end - (mention.start - start) : end]
    layout = text[start : mention.start] + mention.layout + closing
    return replace(mention, start=start, end=end, layout=layout)
