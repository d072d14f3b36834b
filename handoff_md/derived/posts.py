"""The files of sessions as what is to be told: each session's own entry, or a run's section."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from handoff_md.merge.candidate import Candidate, MergeInput, drop_doubles, judge
from handoff_md.merge.rendering import ENTRY, SECTION, Rendering
from handoff_md.merge.request import MergeOptions, SessionLog, Surroundings
from handoff_md.merge.result import Outcome
from handoff_md.semantics.entries.identity import RecordedSessions, index_sessions
from handoff_md.semantics.summaries.committed import read_committed_name
from handoff_md.syntax.front_fields import read_front_matter
from handoff_md.syntax.front_matter import write_value
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.syntax.summary import Status, Summary, parse_summary
from handoff_md.text.source import decode
from handoff_md.value import Value

RUN, ORCHESTRATOR, TIME = "run", "orchestrator", "time"
"""The keys of front matter: which run a session was part of, who led that, and when it was."""

_NO_ID = "has no session id"
_Key = tuple[dt.date, float, tuple[bool, int, str], str]


class SessionFile(Value):
    """A session's file as it was read; ``key`` puts it in its order among others."""

    summary: Summary
    session_id: SessionId
    date: dt.date
    run: str
    leader: SessionId | None
    key: _Key


class Post(Value):
    """What is told at one place: one session, or those of a run that come with an orchestrator.

    Attributes:
        name: of the first file, which tells it from all others.
        key: puts it in its order, oldest first.
        date: of the entry or section.
        leader: the orchestrator; for a session alone, itself.
        rendering: how it is told.
        candidates: its sessions.
        options: how they are merged.
        around: what is known of their logs.
        recorded: what the document tells of already.
    """

    name: str
    key: _Key
    date: dt.date
    leader: SessionId
    rendering: Rendering
    candidates: tuple[Candidate, ...]
    options: MergeOptions
    around: Surroundings
    recorded: RecordedSessions

    def run(self, document: Document) -> MergeInput:
        """Give what its sessions share as they are rendered."""
        options = replace(self.options, rendering=self.rendering)
        return MergeInput(document, self.leader, self.date, options, self.around, self.recorded)

    @property
    def is_section(self) -> bool:
        """Tell whether it is a parallel section."""
        return self.rendering is SECTION

    @property
    def fresh(self) -> tuple[Candidate, ...]:
        """Give its sessions that the document does not tell of, nor holds a place for."""
        return tuple(one for one in self.candidates if _is_merged(one) and not one.fills)

    @property
    def filling(self) -> tuple[Candidate, ...]:
        """Give its sessions for which the document holds a place."""
        return tuple(one for one in self.candidates if _is_merged(one) and one.fills)

    @property
    def problems(self) -> tuple[str, ...]:
        """Say why it can't be told, each with the name of the file."""
        return tuple(f"{_name(one)} {said}" for one in self.candidates for said in one.problems)

    @property
    def notes(self) -> tuple[str, ...]:
        """Name the files of which the document tells already."""
        told = [one for one in self.candidates if one.outcome is Outcome.ALREADY_MERGED]
        return tuple(f"{_name(one)} stands in the document already: it is left out" for one in told)


def _is_merged(candidate: Candidate) -> bool:
    return candidate.outcome is Outcome.MERGED


def _name(candidate: Candidate) -> str:
    return candidate.summary.origin


def read_posts(
    document: Document, sessions: Mapping[str, bytes], options: MergeOptions
) -> tuple[tuple[Post, ...], tuple[str, ...]]:
    """Read sessions' files, and give what they tell, oldest first; and what is left out, and why.

    Args:
        document: what stands there without them.
        sessions: the files by name, each that of a committed summary.
        options: how they are merged.
    """
    read = [read_session_file(name, sessions[name]) for name in sorted(sessions)]
    open_ones = [one for one in read if one.summary.status is Status.IN_PROGRESS]
    notes = tuple(f"{one.summary.origin} is still in progress: it is left out" for one in open_ones)
    known = index_sessions(document)
    posts: list[Post] = []
    for group in _group([one for one in read if one.summary.status is not Status.IN_PROGRESS]):
        logs = {one.summary.origin: SessionLog(one.summary.log) for one in group if one.summary.log}
        leader = group[0].leader
        post = Post(
            group[0].summary.origin,
            min(one.key for one in group),
            max(one.date for one in group),
            leader or group[0].session_id,
            SECTION if leader else ENTRY,
            (),
            options,
            Surroundings(logs),
            known,
        )
        run = post.run(document)
        posts.append(replace(post, candidates=tuple(judge(run, one.summary) for one in group)))
    return tuple(_settle_doubles(sorted(posts, key=lambda post: post.key))), notes


def _settle_doubles(posts: Sequence[Post]) -> Iterator[Post]:
    """Leave one of the files of each session; two that differ are a problem of the first."""
    kept = {
        one.summary.origin: one
        for one in drop_doubles([one for post in posts for one in post.candidates])
    }
    for post in posts:
        mine = tuple(
            kept[one.summary.origin] for one in post.candidates if one.summary.origin in kept
        )
        if mine:
            yield replace(post, candidates=mine)


def _group(files: Sequence[SessionFile]) -> Iterator[list[SessionFile]]:
    """Give the files of each run that says who led it, together, and all others alone."""
    runs: dict[tuple[str, SessionId], list[SessionFile]] = {}
    for one in files:
        if one.run and one.leader:
            runs.setdefault((one.run, one.leader), []).append(one)
        else:
            yield [replace(one, leader=None)]
    for group in runs.values():
        yield sorted(group, key=_part_key)


def _part_key(one: SessionFile) -> tuple[bool, int, _Key]:
    """Give what the sessions of a run are in order by: the number, then the time."""
    number = one.session_id.number
    return (number is None, number or 0, one.key)


def read_session_file(name: str, data: bytes) -> SessionFile:
    """Read a session's file; total: what is wrong stands in the summary's problems.

    Its name has the last word on day and session, for by them its place is found.
    """
    named = read_committed_name(name)
    assert named is not None  # noqa: S101 - the caller has sorted the files by their names
    summary = parse_summary(data, name=name)
    problems = [said for said in summary.problems if not said.startswith(_NO_ID)]
    told = summary.session_id
    if told is not None and told != named.session_id:
        problems.append(f"is session {named.session_id} by its name, but {told} by its text")
    if summary.date is not None and summary.date != named.date:
        problems.append(f"is of {named.date} by its name, but of {summary.date} by its text")
    summary = replace(
        summary, session_id=named.session_id, date=named.date, problems=tuple(problems)
    )
    front = read_front_matter(summary.source)
    return SessionFile(
        summary,
        named.session_id,
        named.date,
        front.get(RUN),
        read_session_id(front.get(ORCHESTRATOR)),
        (named.date, _read_moment(named.date, front.get(TIME)), named.session_id.order, name),
    )


def _read_moment(date: dt.date, text: str) -> float:
    """Give the second of a time of day, in UTC where it says no zone; 0 where it is none."""
    try:
        time = dt.time.fromisoformat(text)
    except ValueError:
        return 0.0
    moment = dt.datetime.combine(date, time)
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()


def with_fields(data: bytes, fields: Mapping[str, str]) -> bytes:
    """Give a session's file with fields in its front matter, but for those that it has."""
    source = decode(data)
    front = read_front_matter(source)
    lines = [f"{key}: {write_value(value)}" for key, value in fields.items() if not front.get(key)]
    newline = source.newline
    text = "".join(f"{line}{newline}" for line in lines)
    if not lines:
        return data
    if not front.end:
        return replace(source, text=f"---{newline}{text}---{newline}{source.text}").to_bytes()
    at = source.line_offset(front.end - 1)
    return replace(source, text=source.text[:at] + text + source.text[at:]).to_bytes()
