"""Which session an entry is, by what it claims of itself, and which ones a version adds.

Numbers alone never say that two things are one session: they restart and collide.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from handoff_md.semantics.entries.footer import end_before_footer
from handoff_md.syntax.grammar import EntryKind, LogLink, is_log_line, read_log_links
from handoff_md.syntax.nodes import Document, Entry, Lead, Part
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_CONTINUED = lazy_pattern(
    r"\b(?:continued|cont(?:inuation|['’]?d|\.)|part\s+(?:\w|[0-9]+)\b|follow[- ]?up|resumed"
    r"|addendum)"
    r"|[(,]\s*(?:late |early )?(?:afternoon|evening|night)\b",
    re.IGNORECASE,
)
_SESSION = lazy_pattern(r"\bSessions?\b")
_WORD_FOLLOWS = lazy_pattern(r"\s*(?:['’]s\b|[^\W\d_])")
_IN_WORD = lazy_pattern(r"[\w-]")
_DATE = lazy_pattern(r"[0-9]{4}[-/.][0-9]{2}[-/.][0-9]{2}")

_TO_COME = (
    r"(?:pending|tbd|tba|to ?do|not (?:yet )?started|to be (?:done|filled(?: in)?|written)|"
    r"upcoming|placeholder|coming soon|ausstehend|offen|n/a)"
)
# `re` compiles these when they are first used; few documents need them.
_ALONE = rf"(?i)[\s\W_]*{_TO_COME}[\s\W_]*"
_ASIDE = rf"(?i)[\[(<]\s*{_TO_COME}\s*[\])>]|[—–:-]\s*{_TO_COME}\s*$"
_KEY = lazy_pattern(r"[\s>*+_-]*[^:\n]{1,30}:[*_]*\s*")
_WORD = lazy_pattern(r"\w")


class SessionKey(Value):
    """What identifies a session: its log's file name where known, else id and date."""

    session_id: SessionId
    date: dt.date | None
    log: str | None


def is_same_session(one: SessionKey, other: SessionKey) -> bool:
    """Tell whether two keys name one session: equal logs; where one is unknown, id and date.

    An undated session without a log is the same as none.
    """
    if one.log and other.log:
        return one.log == other.log
    return one.session_id == other.session_id and one.date is not None and one.date == other.date


class Recorded(Value):
    """A session as a document tells of it: alone in an entry, or as part of a parallel section."""

    key: SessionKey
    entry: Entry
    part: Part | None


def recorded_sessions(document: Document) -> Iterator[Recorded]:
    """Give each session that the document's entries tell of, in the document's order."""
    for entry in document.entries:
        yield from sessions_of(entry)


def sessions_of(entry: Entry) -> Iterator[Recorded]:
    """Give each session that an entry tells of: its parts, and the ids that no part is about."""
    for part in entry.parts:
        key = SessionKey(part.session_id, part.date or entry.date, part.log)
        yield Recorded(key, entry, part)
    told = {part.session_id for part in entry.parts}
    for session_id in entry.session_ids:
        if session_id not in told:
            yield Recorded(SessionKey(session_id, entry.date, entry.log), entry, None)


class RecordedSessions(Value):
    """The sessions that a document tells of, to be looked up by id or by log."""

    by_id: Mapping[SessionId, Sequence[Recorded]]
    by_log: Mapping[str, Recorded]

    def find(self, key: SessionKey) -> Recorded | None:
        """Give the first that is the same session as ``key``: one of equal log, else of its id."""
        if key.log and (found := self.by_log.get(key.log)):
            return found
        known = self.by_id.get(key.session_id, ())
        return next((found for found in known if is_same_session(key, found.key)), None)


def _as_written(session_id: SessionId) -> SessionId:
    """Give an id as it is read anywhere: NF-107, where a document takes it for its number 107."""
    return read_session_id(session_id.text) or session_id


def index_sessions(document: Document) -> RecordedSessions:
    """Index the sessions that a document tells of; of several with one log, the first counts."""
    by_id: dict[SessionId, list[Recorded]] = {}
    by_log: dict[str, Recorded] = {}
    for recorded in recorded_sessions(document):
        for session_id in {recorded.key.session_id, _as_written(recorded.key.session_id)}:
            named = replace(recorded, key=replace(recorded.key, session_id=session_id))
            by_id.setdefault(session_id, []).append(named)
        if recorded.key.log:
            by_log.setdefault(recorded.key.log, recorded)
    return RecordedSessions(by_id, by_log)


class NamedLog(Value):
    """A log that a ``Session Log`` line of an entry names; ``line`` counts from 0."""

    link: LogLink
    line: int


def own_logs(source: Source, span: Span, code_lines: Collection[int]) -> Iterator[NamedLog]:
    """Find the logs that an entry or a part calls its own, on lines that begin ``Session Log``."""
    place = source.text.find("-session-", span.start, span.end)
    while place >= 0:
        line = source.line_of(place)
        end = source.line_offset(line + 1)
        if line not in code_lines:
            for link in read_log_links(source.line_text(line)):
                if link.on_log_line:
                    yield NamedLog(link, line)
        place = source.text.find("-session-", end, span.end)


def has_log_line(source: Source, span: Span, code_lines: Collection[int]) -> bool:
    """Tell whether an entry or a part has a ``Session Log`` line, whatever that says."""
    first, last = source.line_of(span.start), source.line_of(max(span.end - 1, span.start))
    return any(
        is_log_line(source.line_text(line))
        for line in range(first, last + 1)
        if line not in code_lines
    )


def claimed_sessions(words: str, session_ids: Collection[SessionId]) -> tuple[SessionId, ...]:
    """Give the ids, of those that a heading names, by which the entry calls itself.

    One that another word follows is what the entry is about, or may be: ``Session 15
    Retrospective`` can be told of by session 22.
    """
    if not session_ids:
        return ()
    *_, last = session_ids
    more = _behind_session(words, last.text)
    return () if more is None or _WORD_FOLLOWS.match(more) else tuple(session_ids)


def _behind_session(words: str, id_text: str) -> str | None:
    """Give what follows an id behind the word Session; None where it does not stand there."""
    word = _SESSION.search(words)
    start = words.find(id_text, word.end()) if word else -1
    while start >= 0:
        end = start + len(id_text)
        if not _IN_WORD.match(words, end) and not _IN_WORD.match(words, start - 1):
            return words[end:]
        start = words.find(id_text, start + 1)
    return None


def is_continued(words: str) -> bool:
    """Tell whether a heading says that its entry continues another one."""
    return _CONTINUED.search(words) is not None


def names_one_date(words: str) -> bool:
    """Tell whether a heading names no more than one date, written in digits."""
    return len(set(_DATE.findall(words))) <= 1


def heading_words(source: Source, entry: Entry) -> str:
    """Give an entry's heading as one line."""
    return " ".join(source.slice(entry.heading.text).split())


def added_outside_parallel(old: Document, new: Document) -> tuple[SessionKey, ...]:
    """Give the sessions whose entries, outside of parallel sections, are in ``new`` alone.

    An entry is not added where ``old`` tells of its session, or has an entry headed alike; one
    that names no session, or is about several, counts for none. Each session is given once, in the
    document's order.
    """
    known = index_sessions(old)
    added = (
        recorded.key
        for recorded in _outside_parallel(new, _headings(old))
        if known.find(recorded.key) is None
    )
    return _distinct(added)


def _headings(document: Document) -> Counter[str]:
    return Counter(_heading(document, entry) for entry in document.entries)


def _heading(document: Document, entry: Entry) -> str:
    return " ".join(document.source.slice(entry.heading.text).split())


def _outside_parallel(new: Document, old_headings: Counter[str]) -> Iterable[Recorded]:
    """Give what entries tell of whose heading is new; equal headings are paired off by number."""
    fresh: set[int] = set()
    for entry in new.entries:
        heading = _heading(new, entry)
        if old_headings[heading]:
            old_headings[heading] -= 1
        elif entry.kind is not EntryKind.PARALLEL:
            fresh.add(entry.span.start)
    return (
        found
        for found in recorded_sessions(new)
        if found.entry.span.start in fresh and _is_its_own(new, found.entry)
    )


def _is_its_own(document: Document, entry: Entry) -> bool:
    """Tell whether an entry is of the sessions that it lists, not about them: a retrospective."""
    ids = entry.session_ids
    return len(ids) < 2 or bool(claimed_sessions(_heading(document, entry), ids))  # noqa: PLR2004 - several


def _distinct(keys: Iterable[SessionKey]) -> tuple[SessionKey, ...]:
    found: list[SessionKey] = []
    for key in keys:
        if not any(_is_one(key, other) for other in found):
            found.append(key)
    return tuple(found)


def _is_one(key: SessionKey, other: SessionKey) -> bool:
    return key == other or is_same_session(key, other)


def is_placeholder(document: Document, entry: Entry) -> bool:
    """Tell whether an entry under a heading only says that it is to be written.

    Its title or its text says so, and its text says nothing else.
    """
    if isinstance(entry.heading, Lead) or entry.parts or entry.log:
        return False
    told = re.search(_ASIDE, entry.title) or re.fullmatch(_ALONE, entry.title)
    if entry.title and not told:
        return False
    body = document.source.text[entry.heading.span.end : end_before_footer(document, entry)]
    lines = [line for line in body.splitlines() if _WORD.search(line)]
    return bool(told or lines) and all(_says_nothing(line) for line in lines)


def _says_nothing(line: str) -> bool:
    key = _KEY.match(line)
    return any(re.fullmatch(_ALONE, said) for said in (line, line[key.end() :] if key else line))
