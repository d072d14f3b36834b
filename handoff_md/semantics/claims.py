"""What an entry claims of itself: in its heading, and in the lines that name its own log."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from handoff_md.syntax.grammar import LogLink, read_log_links
from handoff_md.syntax.nodes import Entry
from handoff_md.syntax.session_id import SessionId
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_CONTINUED = re.compile(
    r"\b(?:continued|cont(?:inuation|['’]?d|\.)|part\s+(?:\w|[0-9]+)\b|follow[- ]?up|resumed"
    r"|addendum)",
    re.IGNORECASE,
)
_DATE = re.compile(r"[0-9]{4}[-/.][0-9]{2}[-/.][0-9]{2}")


@dataclass(frozen=True, slots=True)
class NamedLog:
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


def claimed_sessions(words: str, session_ids: Collection[SessionId]) -> tuple[SessionId, ...]:
    """Give the ids, of those that a heading names, by which the entry calls itself.

    One that another word follows is what the entry is about, or may be: ``Session 15
    Retrospective`` can be told of by session 22.
    """
    if not session_ids:
        return ()
    *_, last = session_ids
    named = re.search(
        rf"\bSessions?\b.*?(?<![\w-]){re.escape(last.text)}(?![\w-])(?P<more>.*)", words, re.DOTALL
    )
    if named is None or re.match(r"\s*(?:['’]s\b|[^\W\d_])", named["more"]):
        return ()
    return tuple(session_ids)


def is_continued(words: str) -> bool:
    """Tell whether a heading says that its entry continues another one."""
    return _CONTINUED.search(words) is not None


def names_one_date(words: str) -> bool:
    """Tell whether a heading names no more than one date, written in digits."""
    return len(set(_DATE.findall(words))) <= 1


def heading_words(source: Source, entry: Entry) -> str:
    """Give an entry's heading as one line."""
    return " ".join(source.slice(entry.heading.text).split())
