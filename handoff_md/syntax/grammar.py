"""What headings, fields, dates and log names mean. Reads lines of text, never a tree."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache

from handoff_md.syntax.form.moments import read_date
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.text.pattern import lazy_pattern
from handoff_md.value import Value

_ISO = r"[0-9]{4}[-/.][0-9]{2}[-/.][0-9]{2}"
_MONTH = r"[A-Za-z]{3,9}\.?"
_MONTH_FIRST = rf"{_MONTH}\s+[0-9]{{1,2}}(?:st|nd|rd|th)?,?\s+[0-9]{{4}}"
_DAY_FIRST = rf"[0-9]{{1,2}}(?:st|nd|rd|th)?\.?\s+{_MONTH},?\s+[0-9]{{4}}"
_DATE = rf"(?:{_ISO}|{_MONTH_FIRST}|{_DAY_FIRST})(?![0-9])"
_TIME = (
    r"(?:\s*[T,]?\s*[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:\s*[AaPp][Mm])?"
    r"(?:\s*(?:Z|UTC|[+-][0-9]{2}:?[0-9]{2}))?)?"
)
_SEPARATOR = r"[\s:|·,–—-]*"
_NUMBER_ID = r"[0-9]{1,18}(?:-[A-Za-z][A-Za-z0-9]*)?(?![\w.]|-\w)"
_HASH_ID = r"(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{7,40}(?!\w)"
_CODE_ID = r"(?-i:[A-Z]{1,3}[0-9]{1,6})(?!\w)"
_ID = rf"(?:{_NUMBER_ID}|{_CODE_ID}|{_HASH_ID})"
_ANY_ID = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_RANGE = r"[0-9]{1,9}\s*[–-]\s*[0-9]{1,9}(?![\w.-])"
_LIST = r"\s*+(?:,|&|\+|\band\b)\s*+(?:Sessions?\s*+#?\s*+(?=[0-9]))?+"
_SLASHED = lazy_pattern(
    r"(?i)\bSessions?\s*#?\s*(?P<first>[0-9]{2,9})/(?P<second>[0-9]{2,9})(?![\w./-])"
)

_DECORATION = lazy_pattern(r"^(?:[^\w\[(]|_)+")
_PARALLEL_HEADED = (
    rf"(?i)Parallel Sessions?:?\s+(?P<ids>(?>{_RANGE}|{_ANY_ID})(?:{_LIST}(?>{_RANGE}|{_ANY_ID}))*)"
    rf"(?:\s*\((?P<date>{_DATE})\))?\s*"
)
_PARALLEL = lazy_pattern(_PARALLEL_HEADED)
_WORDED_PARALLEL = lazy_pattern(rf"{_PARALLEL_HEADED}(?<=\))\W.*")
_DATED = lazy_pattern(
    rf"[\[(]?(?P<date>{_DATE}){_TIME}[\])]?(?:\([^)]*\))?[*_]*(?=\W|$){_SEPARATOR}(?P<title>.*)",
    re.IGNORECASE | re.DOTALL,
)
_LEADING_SESSION = lazy_pattern(
    rf"(?is)Sessions?\s*[#:]?\s*(?P<ids>{_ID}(?:{_LIST}{_ID})*)(?P<rest>.*)"
)
_SEPARATED = lazy_pattern(rf"^{_SEPARATOR}")
_TRAILING_SESSION = lazy_pattern(
    rf"\(\s*Sessions?\s*#?\s*(?P<ids>{_ID}(?:{_LIST}{_ID})*)(?P<more>[,;][^()]*)?\)\s*$",
    re.IGNORECASE,
)
_ANY_SESSION = lazy_pattern(r"\bSessions?\s+#?[0-9]", re.IGNORECASE)
_LIST_SEPARATOR = lazy_pattern(_LIST, re.IGNORECASE)
_RANGE_ENDS = lazy_pattern(r"(?P<first>[0-9]{1,9})\s*[–-]\s*(?P<last>[0-9]{1,9})")
_PART = lazy_pattern(rf"Session\s+(?P<id>{_ANY_ID})\s*(?::\s*(?P<title>.*))?", re.DOTALL)

_FIELD = lazy_pattern(
    r"[ ]{0,3}(?:\*\*|__)(?P<key>[^*_:\n]{1,80}?)"
    r"(?::(?:\*\*|__)|(?:\*\*|__)[ \t]*:)[ \t]*(?P<value>.*)"
)
_LOG_NAMED = (
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})-session-"
    r"(?P<number>[0-9]{1,5}[a-z](?=[.-])|[0-9]{1,18}|[A-Z]{1,6}-?[0-9]{1,9}[a-z]?)"
    r"(?:-(?P<slug>[A-Za-z0-9._-]{0,200}?))?\.md"
)
_LOG_NAME = lazy_pattern(_LOG_NAMED)
_DRAWN_LOG = lazy_pattern(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})-session-"
    r"(?P<id>(?P<number>[0-9]{6})-(?P<drawn>[A-Za-z][A-Za-z0-9]{3,5}))(?:-(?P<slug>.*))?\.md"
)
_LOG_LINE = lazy_pattern(r"[\s>]*(?:[-*+]\s+)?[*_]{0,2}Session\s+Logs?\b", re.IGNORECASE)
_LOG_LINK = lazy_pattern(
    r"\[(?P<label>(?:[^\[\]\n]++|\[[^\[\]\n]*+\])*+)\]"
    r"\([ \t]*(?:<(?P<bracketed>[^<>\n#?]*\.md)(?:[#?][^<>\n]*)?>"
    r"|(?P<path>[^()<>\s#?]*\.md)(?:[#?][^()<>\s]*)?)"
    r"(?:[ \t]+(?:\"[^\"\n]*\"|'[^'\n]*'|\([^()\n]*\)))?[ \t]*\)"
)
_LOG_PATH = lazy_pattern(rf"(?:[\w.~-]{{1,80}}/){{0,12}}(?P<file>{_LOG_NAMED})")
_LABEL = lazy_pattern(rf"(?:Session\s*(?:Log)?\s*#?\s*)?(?P<id>{_ANY_ID})", re.IGNORECASE)
SUMMARY_NAME = lazy_pattern(r"handoff-session-(?P<id>.+)-summary\.md")
LONGEST_HEADING = 1000
_LONGEST_LOG_LINE = 5000
_LONGEST_RANGE = 50
_LAST_MONTH = 12


class EntryKind(StrEnum):
    """The shapes in which entries are headed."""

    DATED = "dated"
    SESSION = "session"
    PARALLEL = "parallel"


class EntryHeading(Value):
    """What an entry's heading says: ids as claimed there, the date, and the words that remain.

    ``time`` stands beside the date, aware where a zone does; ``last`` ends a range of days. ``nth``
    counts it among those of its day, where something does.
    """

    kind: EntryKind
    session_ids: tuple[SessionId, ...]
    date: dt.date | None
    title: str
    time: dt.time | None = None
    last: dt.date | None = None
    nth: int | None = None


class PartHeading(Value):
    """What ``Session 19: Title`` inside a parallel section says."""

    session_id: SessionId
    title: str


class LogName(Value):
    """A session log's file name, ``YYYY-MM-DD-session-NN[-slug].md``."""

    name: str
    date: dt.date
    session_id: SessionId
    slug: str


class LogLink(Value):
    """A session log that a line names.

    ``session_id`` is the link label's where that agrees with the log's name, else the name's;
    ``label_id`` is what the label says, agreed or not, and ``label`` its words.
    """

    log: LogName
    session_id: SessionId
    on_log_line: bool
    label_id: SessionId | None = None
    label: str = ""

    def is_of(self, session_id: SessionId) -> bool:
        """Tell whether label or name say that this is the log of a session."""
        return session_id in (self.session_id, self.label_id)


class NamedPath(Value):
    """A session log that a line names by its path, in any way; ``start`` counts characters."""

    log: LogName
    path: str
    start: int


class FieldLine(Value):
    """A ``**Key**: value`` line; offsets in characters from the line's start."""

    key: str
    key_start: int
    value: str
    value_start: int


@lru_cache(maxsize=65_536)  # the versions of a document have most of their headings in common
def read_entry_heading(text: str) -> EntryHeading | None:
    """Say what an entry's heading means; None for a heading that heads no entry.

    These are read so in any document, whatever its form: ``Parallel Sessions 19, 20 (2025-12-18)``,
    a leading date (``2025-12-18: Title (Session 37)``, ``[2026-03-05] Title``, ``March 16, 2026 —
    Title``), a leading session (``Session 46 Summary``, ``Session 19 and Session 20: Title``,
    ``Session 19/20``), a closing ``(Session 37)``, or a date and a session anywhere. A heading of
    more than 1,000 characters heads no entry.
    """
    if len(text) > LONGEST_HEADING:
        return None
    plain = _DECORATION.sub("", text.strip()).strip()
    if "/" in plain:
        plain = _SLASHED.sub(_list_slashed, plain)
    return _read_parallel(plain) or _read_dated(plain) or _read_session(plain) or _read_mixed(plain)


def _list_slashed(match: re.Match[str]) -> str:
    """Write ``Session 19/20`` as a list; ``3/5`` may count parts, and ``11/12`` be a date."""
    first, second = int(match["first"]), int(match["second"])
    is_list = second == first + 1 and first > _LAST_MONTH
    return match.group().replace("/", ", ") if is_list else match.group()


def _read_parallel(text: str) -> EntryHeading | None:
    match = _PARALLEL.fullmatch(text) if _starts(text, "parallel") else None
    if match is None:
        return None
    ids = tuple(_read_ids_and_ranges(match["ids"]))
    date = read_date(match["date"]) if match["date"] else None
    numbered = all(session_id.number is not None for session_id in ids)
    if not ids or not (numbered or date):
        return None
    return EntryHeading(EntryKind.PARALLEL, ids, date, text)


def read_worded_parallel_heading(text: str) -> EntryHeading | None:
    """Read ``Parallel Sessions 19, 20 (2025-12-18): Title``, a parallel section's if it has parts.

    `read_entry_heading` takes it for that of another entry: what the sessions came to, perhaps.
    """
    plain = _DECORATION.sub("", text.strip()).strip()
    if len(text) > LONGEST_HEADING or not _starts(plain, "parallel"):
        return None
    match = _WORDED_PARALLEL.fullmatch(plain)
    date = read_date(match["date"]) if match and match["date"] else None
    if match is None or date is None:
        return None
    ids = tuple(_read_ids_and_ranges(match["ids"]))
    return EntryHeading(EntryKind.PARALLEL, ids, date, plain) if ids else None


def _read_dated(text: str) -> EntryHeading | None:
    match = _DATED.fullmatch(text)
    date = read_date(match["date"]) if match else None
    if match is None or date is None:
        return None
    title = match["title"].strip()
    ids: tuple[SessionId, ...] = ()
    if claim := _TRAILING_SESSION.search(title):
        ids = _read_ids(claim["ids"])
        title = title[: claim.start()].rstrip()
    elif claim := _match_leading_session(title):
        ids = _read_ids(claim["ids"])
    return EntryHeading(EntryKind.DATED, ids, date, title)


def _read_session(text: str) -> EntryHeading | None:
    if match := _match_leading_session(text):
        rest = match["rest"]
        title = _SEPARATED.sub("", rest)
        return EntryHeading(
            EntryKind.SESSION, _read_ids(match["ids"]), read_date(rest), title.strip()
        )
    if match := _TRAILING_SESSION.search(text):
        title = text[: match.start()].strip()
        return EntryHeading(EntryKind.SESSION, _read_ids(match["ids"]), read_date(text), title)
    return None


def _match_leading_session(text: str) -> re.Match[str] | None:
    return _LEADING_SESSION.fullmatch(text) if _starts(text, "session") else None


def _starts(text: str, word: str) -> bool:
    return text[: len(word)].casefold() == word


def _read_mixed(text: str) -> EntryHeading | None:
    if not _ANY_SESSION.search(text):
        return None
    date = read_date(text)
    return EntryHeading(EntryKind.DATED, (), date, text) if date else None


def _read_ids(text: str) -> tuple[SessionId, ...]:
    read = (read_session_id(part) for part in _LIST_SEPARATOR.split(text))
    return tuple(session_id for session_id in read if session_id is not None)


def _read_ids_and_ranges(text: str) -> Iterator[SessionId]:
    """Read a list of ids in which ``19-21`` stands for 19, 20 and 21."""
    for part in _LIST_SEPARATOR.split(text):
        ends = _RANGE_ENDS.fullmatch(part)
        numbers = range(int(ends["first"]), int(ends["last"]) + 1) if ends else range(0)
        if 1 < len(numbers) <= _LONGEST_RANGE:
            yield from (SessionId(str(number), number) for number in numbers)
        elif (session_id := read_session_id(part)) is not None:
            yield session_id


def read_part_heading(text: str) -> PartHeading | None:
    """Read ``Session 19: Title``, the heading of one session inside a parallel section."""
    match = _PART.fullmatch(text.strip())
    session_id = read_session_id(match["id"]) if match else None
    if match is None or session_id is None:
        return None
    return PartHeading(session_id, (match["title"] or "").strip())


def read_field(line: str) -> FieldLine | None:
    """Read a ``**Key**: value`` (or ``**Key:** value``) line."""
    match = _FIELD.fullmatch(line) if "**" in line or "__" in line else None
    if match is None:
        return None
    value = match["value"].rstrip()
    return FieldLine(match["key"].strip(), match.start("key"), value, match.start("value"))


def read_log_name(name: str) -> LogName | None:
    """Read a log's file name; digits only make the id (``…-57-pr201-review.md`` is 57).

    ``…-7b-title.md`` is 7b, a code in capitals belongs to it (``…-NF-108-title.md``), and so does
    what was drawn behind a day: ``…-261128-k3f9-title.md``.
    """
    match = _LOG_NAME.fullmatch(name)
    date = read_date(match["date"]) if match else None
    if match is None or date is None:
        return None
    if drawn := _read_drawn_log(name, date):
        return drawn
    session_id = read_session_id(match["number"])
    return LogName(name, date, session_id, match["slug"] or "") if session_id else None


def _read_drawn_log(name: str, date: dt.date) -> LogName | None:
    """Read the name of a log whose session's id was drawn.

    A word behind another day's digits may begin the title: what was drawn then has a digit.
    """
    match = _DRAWN_LOG.fullmatch(name)
    session_id = read_session_id(match["id"]) if match else None
    if match is None or session_id is None or not session_id.is_drawn:
        return None
    is_own_day = match["number"] == f"{date:%y%m%d}"
    if not is_own_day and match["drawn"].isalpha():
        return None
    return LogName(name, date, session_id, match["slug"] or "")


@lru_cache(maxsize=65_536)  # and most of their links
def read_log_links(line: str) -> tuple[LogLink, ...]:
    """Find the session logs that a line names: as links anywhere, on a log line in any form.

    A link's label that agrees with the name may add a suffix (``[Session 57-PR201](…57-pr201…)``).
    """
    on_log_line = is_log_line(line)
    found: list[LogLink] = []
    for match in _LOG_LINK.finditer(line):
        log = read_log_name((match["bracketed"] or match["path"]).rpartition("/")[2])
        if log:
            label_id = _label_id(match["label"])
            agreed = _agreed_id(label_id, log)
            found.append(LogLink(log, agreed, on_log_line, label_id, match["label"]))
    if on_log_line and not found:
        for mention in _LOG_NAME.finditer(line):
            log = read_log_name(mention.group())
            if log:
                found.append(LogLink(log, log.session_id, on_log_line=True))
    return tuple(found)


def read_named_paths(line: str) -> tuple[NamedPath, ...]:
    """Find the session logs that a log line names by path or name, where it links to none."""
    if len(line) > _LONGEST_LOG_LINE or not is_log_line(line) or _LOG_LINK.search(line):
        return ()
    found = [(read_log_name(match["file"]), match) for match in _LOG_PATH.finditer(line)]
    return tuple(NamedPath(log, match.group(), match.start()) for log, match in found if log)


def is_log_line(line: str) -> bool:
    """Tell whether a line begins as one that names a session's log, ``**Session Log**: …``."""
    return _LOG_LINE.match(line) is not None


def _label_id(label: str) -> SessionId | None:
    match = _LABEL.fullmatch(label.strip())
    return read_session_id(match["id"]) if match else None


def _agreed_id(labelled: SessionId | None, log: LogName) -> SessionId:
    """Give the label's id where it agrees with the log's name, else the name's."""
    if labelled is None or labelled.number != log.session_id.number or labelled.number is None:
        return log.session_id
    agrees = not labelled.suffix or log.slug.casefold().startswith(labelled.suffix)
    return labelled if agrees else log.session_id


def is_history_header(cell: str) -> bool:
    """Tell whether a table's first header cell says that its rows are keyed by session."""
    return cell.strip(" *_`").casefold() in {"session", "sessions", "session id", "session log"}


def is_nearly_summary(name: str) -> bool:
    """Tell whether a file's name speaks of a session's summary, in whatever form."""
    lower = name.casefold()
    return "session" in lower and "summary" in lower and lower.endswith((".md", ".markdown"))
