"""The summary that a session hands over: composed, and checked by the rules of merge."""

from __future__ import annotations

import datetime as dt
import re

from handoff_md.config import Config
from handoff_md.ledger.records import Claim
from handoff_md.merge.rendering import ENTRY
from handoff_md.merge.request import MergeOptions, SessionLog, Surroundings
from handoff_md.merge.summaries import merge_summaries
from handoff_md.syntax.parse import parse
from handoff_md.syntax.session_id import SessionId
from handoff_md.syntax.status import Status
from handoff_md.syntax.summary import Summary, parse_summary
from handoff_md.text.source import encode
from handoff_md.value import Value

_PLAIN = re.compile(r"[A-Za-z0-9][\w ,.()/+-]*")


class Handover(Value):
    """A summary as it will be written, what will be repaired in it, and why it can't be merged.

    ``given`` tells that it is not made of the log's own words.
    """

    title: str
    status: Status
    data: bytes
    given: bool
    notes: tuple[str, ...]
    problems: tuple[str, ...]


def read_given(data: bytes, claim: Claim) -> Summary:
    """Read a summary that was given by file or stdin; total."""
    return parse_summary(data, name=claim.summary)


def compose(
    claim: Claim,
    session_id: SessionId,
    *,
    title: str,
    status: Status,
    body: str,
    config: Config,
    today: dt.date,
    given: bool,
) -> Handover:
    """Write the summary's front matter and body, and check the whole as a merge would.

    The problems are clauses about the summary, as in "is empty".
    """
    fields = {
        "session": claim.id,
        "title": title,
        "date": claim.date,
        "agent": claim.agent,
        "status": status.value,
        "log": claim.log,
    }
    lines = [f"{key}: {_quoted(value)}" for key, value in fields.items() if value]
    data = encode("---\n" + "\n".join(lines) + "\n---\n\n" + body.strip("\n") + "\n")
    notes, problems = _check(data, claim, session_id, config, today)
    if len(data) > config.max_summary_size:
        limit = f"the limit (max-summary-size) is {config.max_summary_size:,}"
        problems = (*problems, f"has {len(data):,} bytes; {limit}")
    return Handover(title, status, data, given, notes, problems)


def _check(
    data: bytes, claim: Claim, session_id: SessionId, config: Config, today: dt.date
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Merge the summary into an empty document, and give the notes and problems of that."""
    summary = parse_summary(data, name=claim.summary)
    merged = merge_summaries(
        parse(b"# Handoff\n"),
        [summary],
        orchestrator=session_id,
        today=today,
        options=MergeOptions(handoff=config.handoff, create_section=True, rendering=ENTRY),
        surroundings=Surroundings({summary.origin: SessionLog(claim.log)}),
    )
    outcome = merged.sessions[0]
    return outcome.notes, outcome.problems


def _quoted(value: str) -> str:
    """Write a front matter value so that it is read as it is."""
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def is_foreign(present: bytes, claim: Claim) -> bool:
    """Tell whether a summary that lies at a session's place is another session's."""
    summary = parse_summary(present, name=claim.summary)
    if summary.log and summary.log.rpartition("/")[2] != claim.log.rpartition("/")[2]:
        return True
    return summary.date is not None and summary.date.isoformat() != claim.date
