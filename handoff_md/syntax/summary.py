"""Reads a session's summary: who wrote it, how far the work came, and where its body lies."""

from __future__ import annotations

import datetime as dt
import re
from enum import StrEnum

from handoff_md.syntax.blocks import parse_blocks
from handoff_md.syntax.flatten import flatten
from handoff_md.syntax.front_fields import FrontMatter, read_front_matter
from handoff_md.syntax.grammar import SUMMARY_NAME
from handoff_md.syntax.nodes import Heading
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.syntax.title import TitleWords, read_title
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source, decode
from handoff_md.text.span import Span
from handoff_md.text.visible import shorten, visible
from handoff_md.value import Value

_KNOWN = frozenset({"session", "title", "date", "time", "agent", "status", "log", "document"})
_NO_TITLE = frozenset({"~", "null"})
_STATUS_LINE = lazy_pattern(
    r"[ \t>]*(?:[-*+][ \t]+)?(?:\*\*|__)?Status(?:\*\*|__)?[ \t]*:(?P<words>.*)", re.IGNORECASE
)
_MEANT = {
    "complete": ("done", "completed", "finished", "closed", "success", "ok"),
    "in-progress": ("wip", "ongoing", "started", "open", "pending", "todo", "progress"),
    "partial": ("partially", "partly", "incomplete", "unfinished"),
    "blocked": ("stuck", "waiting", "failed"),
}
_HEAD_LINES = 40
_DATE = lazy_pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")
_TITLE_LINE = lazy_pattern(r"#[ \t]")


class Status(StrEnum):
    """How far a session came, as its front matter says; a summary without one is complete."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    BLOCKED = "blocked"
    IN_PROGRESS = "in-progress"


class Summary(Value):
    """A session's summary as written.

    ``path`` is where it lies, relative to the repository's root, with ``/``; its last part is the
    file's name. ``origin`` says where it was read from, and tells it from all others. ``title`` is
    inline Markdown of front matter or first-level heading, empty where neither has one. ``body``
    are the spans of ``source`` that are merged: without front matter, and without the heading that
    served as the title. ``log`` is the log's path as front matter gives it. ``problems`` are whole
    clauses that say why it can't be merged as it is ("has no …"), all of them. ``status_line`` is
    the line of the source (from 0) that gives the status; None where none does. ``time`` is when on
    its day the session began, None where it is not said or is none: the order of ids tells more.
    ``document`` is the handoff document that it is for, empty where that is the usual one.
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
    status_line: int | None = None
    time: dt.time | None = None
    document: str = ""

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
    text = source if isinstance(source, Source) else decode(source)
    front = read_front_matter(text)
    heading = _title_heading(_head(text, front.end), front.end)
    words = read_title(text.slice(heading.text)) if heading else TitleWords("", None, None)
    title = " ".join(front.get("title").split())
    if not title or title in _NO_TITLE:
        title = words.title
    status, line, problem = _find_status(text, front)
    date, date_problem = _read_date(front)
    session_id, disagreement = _agree(name, front, words)
    found = (disagreement, problem, date_problem, *front.problems)
    dropped = heading if not words.title or _same_words(words.title, title) else None
    return Summary(
        name,
        origin or name,
        text,
        session_id,
        title,
        date,
        front.get("agent"),
        status,
        front.get("log"),
        _body(text, front.end, dropped),
        tuple(problem for problem in found if problem),
        line,
        _read_time(front),
        front.get("document"),
    )


def read_summary_status(source: Source) -> Status:
    """Read no more of a summary than its status; one that is unknown counts as complete."""
    return _find_status(source, read_front_matter(source))[0]


def read_summary_document(source: Source) -> str:
    """Read no more of a summary than the document that it is for; empty where it names none."""
    return read_front_matter(source).get("document")


def _find_status(source: Source, front: FrontMatter) -> tuple[Status, int | None, str]:
    """Find the status, the line that gives it, and what is wrong with it.

    Front matter's counts; where it has none, a ``**Status**: in-progress`` at the body's head.
    """
    field = front.fields.get("status")
    if field:
        status, problem = _read_status(field.value)
        return status, field.line, problem
    for key, other in front.fields.items():
        status = _read_status(other.value)[0]
        if key not in _KNOWN and status is not Status.COMPLETE:
            told = f"says `{visible(key)}: {status}` in line {other.line + 1}"
            return Status.COMPLETE, None, f"{told}: write it as `status: {status}`"
    return (*_status_of_body(source, front.end), "")


def _status_of_body(source: Source, start: int) -> tuple[Status, int | None]:
    """Read the status line at a body's head, above its second heading; prose counts as complete."""
    headings = 0
    for number in range(start, min(source.line_count, start + _HEAD_LINES)):
        line = source.line_text(number)
        headings += line.startswith("#")
        if headings > 1 or line.startswith(("```", "~~~")):
            break
        match = _STATUS_LINE.fullmatch(line)
        if match:
            said = re.sub(r"[^a-z]+", "-", match["words"].lower()).strip("-")
            status = next((known for known in Status if said.startswith(known)), None)
            return status or Status.COMPLETE, number if status else None
    return Status.COMPLETE, None


def _head(source: Source, start: int) -> Source:
    """Give as much of a summary as tells its title; its body starts in line ``start`` (from 0).

    A ``# `` in the body's first line makes a heading whatever follows: no more need be parsed.
    """
    lines = range(start, source.line_count)
    first = next((line for line in lines if source.line_text(line).strip(" \t")), None)
    if first is None or not _TITLE_LINE.match(source.line_text(first)):
        return source
    return Source(source.text[: source.line_offset(first + 1)])


def _title_heading(source: Source, start: int) -> Heading | None:
    """Find the first heading of the first level; none of a summary's headings heads an entry."""
    tokens = parse_blocks(source.text[source.line_offset(start) :]).tokens
    nodes = flatten(source, tokens, start)
    return next((node for node in nodes if isinstance(node, Heading) and node.level == 1), None)


def _same_words(one: str, other: str) -> bool:
    return one.casefold().split() == other.casefold().split()


def _body(source: Source, first_line: int, heading: Heading | None) -> tuple[Span, ...]:
    start = source.line_offset(first_line)
    if heading is None:
        return (Span(start, len(source.text)),)
    return (Span(start, heading.span.start), Span(heading.span.end, len(source.text)))


def _read_status(text: str) -> tuple[Status, str]:
    """Read a status as written, and say what is wrong with it; nothing written is complete."""
    word = re.sub(r"[\s_]+", "-", text.strip().lower())
    if not word:
        return Status.COMPLETE, ""
    if word in set(Status):
        return Status(word), ""
    told = f"has an unknown status {shorten(text.strip())!r}: use {', '.join(Status)}"
    return Status.COMPLETE, told + _suggest(word)


def _suggest(word: str) -> str:
    plain = word.strip("-.!,;:")
    meant = next((known for known in Status if plain == known or plain in _MEANT[known]), "")
    return f"; did you mean {meant}?" if meant else ""


def _read_date(front: FrontMatter) -> tuple[dt.date | None, str]:
    text = front.get("date")
    if not text:
        return None, ""
    try:
        if _DATE.match(text):
            return dt.date.fromisoformat(text[:10]), ""
    except ValueError:
        pass
    return None, f"has a date that is none: {text!r}; write it as YYYY-MM-DD"


def _read_time(front: FrontMatter) -> dt.time | None:
    try:
        return dt.time.fromisoformat(front.get("time"))
    except ValueError:
        return None


def _agree(name: str, front: FrontMatter, words: TitleWords) -> tuple[SessionId | None, str]:
    """Find the session's id, and say where its sources disagree."""
    file_name = name.rpartition("/")[2]
    match = SUMMARY_NAME.fullmatch(file_name)
    named = read_session_id(match["id"]) if match else None
    if match and named is None:
        return None, f"has a name whose id {match['id']!r} is none"
    claims = {"the file name": named, "the first heading": words.session_id}
    written = front.get("session")
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
