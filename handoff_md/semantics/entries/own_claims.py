"""What an entry claims of itself: in its heading, and in the lines that name its own log."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from handoff_md.syntax.grammar import LogLink, is_log_line, read_log_links
from handoff_md.syntax.nodes import Entry
from handoff_md.syntax.session_id import SessionId
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
