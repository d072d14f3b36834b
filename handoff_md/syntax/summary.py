"""Reads a session's summary: who wrote it, what it is called, and where its body lies."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from handoff_md.syntax.front_matter import broken_front_matter, front_matter_end, read_front_matter
from handoff_md.syntax.grammar import SUMMARY_NAME
from handoff_md.syntax.nodes import Document, Heading, walk
from handoff_md.syntax.parse import parse
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.syntax.title import TitleWords, read_title
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_KEYS = frozenset({"session", "title", "date", "agent", "status", "log"})
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")


class Status(StrEnum):
    """How far a session came, as its front matter says; a summary without one is complete."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    BLOCKED = "blocked"
    IN_PROGRESS = "in-progress"


@dataclass(frozen=True, slots=True)
class Summary:
    """A session's summary as written.

    ``path`` is where it lies, relative to the repository's root, with ``/``; its last part is the
    file's name. ``origin`` says where it was read from, and tells it from all others. ``title`` is
    inline Markdown of front matter or first-level heading, empty where neither has one. ``body``
    are the spans of ``source`` that are merged: without front matter, and without the heading that
    served as the title. ``log`` is the log's path as front matter gives it. ``problems`` are whole
    clauses that say why it can't be merged as it is ("has no …").
    """

    path: str
    origin: str
    source: Source
    session_id: SessionId | None
    title: str
    date: dt.date | None
    agent: str
    status: Status
    log: str
    body: tuple[Span, ...]
    problems: tuple[str, ...] = ()

    @property
    def body_text(self) -> str:
        """Give the text of the body; a blank line stands where the title was."""
        return "\n\n".join(self.source.slice(span) for span in self.body)


def parse_summary(source: bytes | str | Source, *, name: str, origin: str = "") -> Summary:
    """Read a summary; total: what is wrong with it stands in ``problems``.

    Args:
        source: the file's content.
        name: its path relative to the repository's root, or just its file name. The id in the
            name must agree with front matter and heading.
        origin: where it was read from, where ``name`` does not tell it from others.
    """
    document = parse(source)
    fields = read_front_matter(document.source)
    heading, words = _title_heading(document)
    title = fields.get("title", "").strip() or words.title
    status, problem = read_status(fields.get("status", ""))
    date, date_problem = _read_date(fields)
    session_id, disagreement = _agree(name, fields, words)
    broken = ""
    if broken_front_matter(document.source) & _KEYS:
        broken = "has front matter that does not end, or holds a line that is no `key: value`"
    problems = [found for found in (disagreement, problem, date_problem, broken) if found]
    dropped = heading if not words.title or _same_words(words.title, title) else None
    return Summary(
        name,
        origin or name,
        document.source,
        session_id,
        title,
        date,
        fields.get("agent", ""),
        status,
        fields.get("log", ""),
        _body(document, dropped),
        tuple(problems),
    )


def _title_heading(document: Document) -> tuple[Heading | None, TitleWords]:
    for node in walk(document):
        if isinstance(node, Heading) and node.level == 1:
            return node, read_title(document.source.slice(node.text))
    return None, TitleWords("", None, None)


def _same_words(one: str, other: str) -> bool:
    return one.casefold().split() == other.casefold().split()


def _body(document: Document, heading: Heading | None) -> tuple[Span, ...]:
    source = document.source
    start = source.line_offset(front_matter_end(source))
    if heading is None:
        return (Span(start, len(source.text)),)
    return (Span(start, heading.span.start), Span(heading.span.end, len(source.text)))


def read_status(text: str) -> tuple[Status, str]:
    """Read a status as written, and say what is wrong with it; nothing written is complete."""
    word = re.sub(r"[\s_]+", "-", text.strip().lower())
    if not word:
        return Status.COMPLETE, ""
    if word in set(Status):
        return Status(word), ""
    return Status.COMPLETE, f"has an unknown status {text!r}: use {', '.join(Status)}"


def _read_date(fields: Mapping[str, str]) -> tuple[dt.date | None, str]:
    text = fields.get("date", "").strip()
    if not text:
        return None, ""
    try:
        if _DATE.match(text):
            return dt.date.fromisoformat(text[:10]), ""
    except ValueError:
        pass
    return None, f"has a date that is none: {text!r}; write it as YYYY-MM-DD"


def _agree(name: str, fields: Mapping[str, str], words: TitleWords) -> tuple[SessionId | None, str]:
    """Find the session's id, and say where its sources disagree."""
    file_name = name.rpartition("/")[2]
    match = SUMMARY_NAME.fullmatch(file_name)
    named = read_session_id(match["id"]) if match else None
    if match and named is None:
        return None, f"has a name whose id {match['id']!r} is none"
    claims = {"the file name": named, "the first heading": words.session_id}
    written = fields.get("session", "").strip()
    if written:
        claims["front matter"] = read_session_id(written)
        if claims["front matter"] is None:
            return named, f"has a session id in front matter that is none: {written!r}"
    known = {where: claim for where, claim in claims.items() if claim is not None}
    if not known:
        return None, "has no session id: name it handoff-session-NN-summary.md"
    session_id = named or claims.get("front matter") or words.session_id
    wrong = [f"{claim} in {where}" for where, claim in known.items() if claim != session_id]
    if wrong:
        return session_id, f"is session {session_id} by its name, but {' and '.join(wrong)}"
    return session_id, ""
