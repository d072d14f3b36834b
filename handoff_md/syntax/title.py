"""What is left of a first-level heading as a session's title, and which title a log has by that."""

from __future__ import annotations

import datetime as dt
import re

from handoff_md.syntax.form.moments import read_date
from handoff_md.syntax.grammar import LONGEST_HEADING
from handoff_md.syntax.nodes import Document, Heading, walk
from handoff_md.syntax.parse import parse
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.value import Value

_GAP = r"[\s:|·,–—-]*"
# The patterns stand as texts: `re` compiles them when the first title is read.
_PREFIXES = (
    rf"(?i)(?:Session\s+(?:Log|Summary)|Handoff\s+Summary|Summary)\b(?:\s*[:|–—-])+{_GAP}",
    (
        rf"(?i)Session\s*#?\s*(?P<id>[0-9]{{1,18}}(?:-[A-Za-z][A-Za-z0-9]*)?)"
        rf"(?:\s+Summary\b)?(?:\s*$|\s*[:|·,–—]{_GAP}|\s+-\s+{_GAP})"
    ),
    r"Session\s+(?P<id>[A-Za-z0-9][A-Za-z0-9._-]*):\s+",
    rf"[\[(]?(?P<date>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})[\])]?(?!\w){_GAP}",
)
_SUFFIXES = (
    r"(?i)\s*\(\s*Session\s*#?\s*(?P<id>[0-9]{1,18}(?:-[A-Za-z][A-Za-z0-9]*)?)\s*\)\s*$",
    r"(?:^|\s*[:|·,–—]\s*|\s+-\s+|\s*(?=[\[(]))[\[(]?(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[\])]?\s*$",
)
_PIECES = (
    *((re.match, pattern) for pattern in _PREFIXES),
    *((re.search, pattern) for pattern in _SUFFIXES),
)
_NO_TITLE = r"(?i)(?:Session\s+)?(?:Log|Summary|Handoff(?:\s+Summary)?|Session)?"

_OBJECTIVE = lazy_pattern(
    r"(?:[-*+]\s+)?(?:\*\*|__)Objective:?(?:\*\*|__):?\s*(?P<words>\S.*)", re.IGNORECASE
)


class TitleWords(Value):
    """A heading taken apart: the words that make a title (or none), the id and date it claims."""

    title: str
    session_id: SessionId | None
    date: dt.date | None


def replace_title(heading: str, title: str) -> str | None:
    """Give a heading with another title, all else as it stands; one without gets it at its end.

    None where the heading would not read as that title, whatever is done.
    """
    known = read_title(heading)
    if known.title:
        words = r"\s+".join(map(re.escape, known.title.split()))
        places = (found.span() for found in re.finditer(f"(?={words})", heading))
        length = re.compile(words)
        tried = [
            heading[:start] + title + heading[found.end() :]
            for start, _ in places
            if (found := length.match(heading, start))
        ]
    else:
        tried = [f"{heading.rstrip()}: {title}"]
    wanted = TitleWords(title, known.session_id, known.date)
    return next((one for one in tried if read_title(one) == wanted), None)


def read_title(heading: str) -> TitleWords:
    """Take ``Session 19``, ``Session Log:`` and a date off a heading, in any order.

    A heading of more than 1,000 characters claims nothing, and is a title as it stands.
    """
    rest = " ".join(heading.split())
    if len(rest) > LONGEST_HEADING:
        return TitleWords(rest, None, None)
    session_id: SessionId | None = None
    date: dt.date | None = None
    taken = True
    while taken:
        taken = False
        for find, pattern in _PIECES:
            match = find(pattern, rest)
            if match is None or not match.group():
                continue
            found = match.groupdict()
            session_id = session_id or read_session_id(found.get("id") or "")
            date = date or read_date(found.get("date") or "")
            rest = (rest[: match.start()] + rest[match.end() :]).strip()
            taken = True
    return TitleWords("" if re.fullmatch(_NO_TITLE, rest) else rest, session_id, date)


def first_heading(document: Document) -> Heading | None:
    """Give the first heading of the first level, which names a log or a summary."""
    headings = (node for node in walk(document) if isinstance(node, Heading))
    return next((heading for heading in headings if heading.level == 1), None)


def read_log_title(source: bytes | str | Source) -> str:
    """Give the title of a log: its first-level heading's words, else its Objective; else empty."""
    document = parse(source)
    heading = first_heading(document)
    words = read_title(document.source.slice(heading.text)).title if heading else ""
    if words:
        return words
    for number in range(document.source.line_count):
        match = _OBJECTIVE.fullmatch(document.source.line_text(number).strip())
        if match:
            return match["words"].strip()
    return ""
