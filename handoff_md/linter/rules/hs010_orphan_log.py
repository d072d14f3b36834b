"""HS010: no entry tells of a session log."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.options import Profile
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.parallel import orchestrator_of
from handoff_md.syntax.grammar import EntryKind, LogName, read_log_name


@rule(
    "HS010",
    "orphan-log",
    severity=Severity.WARNING,
    profile=Profile.APPEND,
)
def check(page: Page, context: Context) -> Iterator[Finding]:
    """
    No entry of the handoff document tells of a session that has a log.

    ## Why

    Who reads the handoff document does not learn of the session at all: its entry was lost in a
    merge, or never written.

    An entry tells of a log by linking or naming it, by the session's number and date, or as a
    parallel section's orchestrator. Logs of sessions that go on, that wait with a summary, that
    were abandoned, or that are older than all entries that are kept are not looked at.

    ```markdown bad handoff=2025-12-18-session-18-read.md,2025-12-19-session-20-gate.md
    # Session 19 - 2025-12-18
    ```

    ```markdown good handoff=2025-12-18-session-19-cache.md,2025-12-19-session-20-gate.md
    # Session 19 - 2025-12-18
    ```
    """
    log = read_log_name(page.name)
    handoff = context.around.handoff() if context.around.handoff else None
    if log is None or handoff is None:
        return
    dates = [entry.date for entry in handoff.entries if entry.date]
    if not dates or log.date < min(dates) or log.name in handoff.source.text:
        return
    over = log.date < max(dates) or page.log.has_ended
    if not over or _is_told(log, handoff) or _waits(log, context):
        return
    if not _is_set_aside(page, context):
        message = f"No entry tells of session {log.session_id} of {log.date}"
        yield Finding(page.title, message, sessions=(log.session_id,))


def _is_told(log: LogName, handoff: Page) -> bool:
    """Tell whether the document tells of a session without naming its log."""
    for recorded in handoff.recorded:
        key = recorded.key
        if key.log is None and key.session_id == log.session_id and key.date == log.date:
            return True
    return any(
        entry.kind is EntryKind.PARALLEL
        and entry.date is not None
        and abs((entry.date - log.date).days) <= 1
        and orchestrator_of(handoff.document, entry) == log.session_id
        for entry in handoff.entries
    )


def _waits(log: LogName, context: Context) -> bool:
    exists = context.around.exists
    name = log.session_id.summary_name
    return exists is not None and exists(f"{context.layout.summaries}/{name}")


def _is_set_aside(page: Page, context: Context) -> bool:
    asked = context.around.is_set_aside
    return asked is not None and asked(page.path, page.source.to_bytes())
