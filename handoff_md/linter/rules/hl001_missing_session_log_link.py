"""HL001: an entry does not link to its session's log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import cache

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Fix, Safety, Severity
from handoff_md.linter.page import Page, PageKind
from handoff_md.linter.rule import rule
from handoff_md.semantics.document.links import relative, write_destination
from handoff_md.semantics.entries.identity import has_log_line
from handoff_md.semantics.logs.own_log import (
    LogIndex,
    Unlinked,
    linked_logs,
    names_logs,
    unlinked_sessions,
)
from handoff_md.syntax.nodes import Entry, Heading
from handoff_md.text.edit import Edit
from handoff_md.text.span import Span


@rule(
    "HL001",
    "missing-session-log-link",
    severity=Severity.ERROR,
    kinds=(PageKind.HANDOFF,),
    fix=Safety.SAFE,
)
def check(page: Page, context: Context) -> Iterator[Finding]:
    """
    An entry, or a session's part of a parallel section, does not link to its session log.

    ## Why

    The entry is short; the log tells the rest. Numbers restart and are used twice, so the link is
    also what says which session the entry is of.

    An entry without a session's number is flagged where at least half of the entries name logs,
    but not if it is older than all of these: there were no logs then. A session that has no log at
    all is [HS011](HS011.md); a log that is named, but not linked, is [HL002](HL002.md).

    The fix adds the line `**Session Log**: …` where exactly one log has the session's number and
    date, and no such line stands there already.

    ```markdown bad files=.agents/sessions/2025-12-18-session-19-cache.md
    ## Recent Sessions

    ### 2025-12-18: Cache the look-ups (Session 19)

    Done.
    ```

    ```markdown fixed
    ## Recent Sessions

    ### 2025-12-18: Cache the look-ups (Session 19)

    **Session Log**: [Session 19](./sessions/2025-12-18-session-19-cache.md)

    Done.
    ```

    ```markdown good files=.agents/sessions/2025-12-18-session-19-cache.md
    ## Recent Sessions

    ### 2025-12-18: Cache the look-ups

    - **Session log**: [Session 19](./sessions/2025-12-18-session-19-cache.md)
    ```
    """
    listed = context.around.reachable_logs
    known = cache(lambda: listed() if listed else None)
    usual = names_logs(page.entries)
    began = _first_day_of_logs(page.entries) if usual else None
    for entry in page.entries:
        if began and entry.date and entry.date < began:
            continue
        if usual and not entry.session_ids and entry.log is None and not _links_one(page, entry):
            yield Finding(entry.heading.text, "The entry names no session log")
    for unlinked in unlinked_sessions(page.recorded, known, lambda: page.links):
        if (usual and unlinked.fitting is None) or unlinked.fitting:
            yield _finding(page, context, known(), unlinked)


def _first_day_of_logs(entries: Sequence[Entry]) -> dt.date | None:
    """Give the date of the oldest entry that names a log; None where no date is known."""
    named = (one for one in entries if one.log or any(part.log for part in one.parts))
    return min((one.date for one in named if one.date), default=None)


def _links_one(page: Page, entry: Entry) -> bool:
    """Tell whether an entry links to one log only, by reference or with a label in two lines."""
    return len({log.name for log in linked_logs(page.links, entry.span)}) == 1


def _finding(page: Page, context: Context, logs: LogIndex | None, unlinked: Unlinked) -> Finding:
    session_id, fitting = unlinked.recorded.key.session_id, unlinked.fitting or ()
    message = f"Session {session_id} is not linked to its log"
    if fitting:
        message += f", {' or '.join(f'`{log.name}`' for log in fitting)}"
    path = logs.paths[fitting[0].name] if logs and len(fitting) == 1 else ""
    exists = context.around.exists
    told = unlinked.recorded.part or unlinked.recorded.entry
    fix = None
    if (
        path
        and exists
        and exists(path)
        and not page.is_outside
        and isinstance(unlinked.heading, Heading)
        and not has_log_line(page.source, told.span, page.code_lines)
    ):
        line = f"**Session Log**: [Session {session_id}]"
        line += f"({write_destination(relative(path, page.folder))})"
        edit = _insert_below(page, unlinked.heading.span, line)
        fix = Fix("link the entry to its session log", (edit,))
    return Finding(unlinked.heading.text, message, fix, sessions=(session_id,))


def _insert_below(page: Page, heading: Span, line: str) -> Edit:
    """Insert a paragraph behind a heading, with a blank line on both sides."""
    newline, text = page.source.newline, page.source.text
    own = text[heading.start : heading.end]
    before = newline if own.endswith(("\n", "\r")) else newline * 2
    following = (
        page.source.line_text(page.source.line_of(heading.end)) if text[heading.end :] else ""
    )
    after = newline * 2 if following.strip() else newline
    return Edit(Span(heading.end, heading.end), f"{before}{line}{after}")
