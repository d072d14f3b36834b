"""HS011: a session has no log."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page, PageKind
from handoff_md.linter.rule import rule
from handoff_md.semantics.entries.identity import SessionKey
from handoff_md.semantics.logs.own_log import LogIndex, find_summary_logs, unlinked_sessions


@rule(
    "HS011",
    "missing-log",
    severity=Severity.WARNING,
)
def check(page: Page, context: Context) -> Iterator[Finding]:
    """
    A session that an entry or a summary tells of has no log.

    ## Why

    The log is the whole story of a session, and what the protocol asks of it first. Without one
    nobody can check what the entry says.

    A merge takes a session without a log, and notes it, so this is a warning. With `require-logs =
    true` it refuses one, and this is an error.

    Looked for are logs here, in linked worktrees and in `HEAD`: first the one that is named, then
    those with the session's number and date. An entry outside a parallel section is looked at where
    it is no older than the oldest log: before, the project kept none. A link to a log that does not
    exist is [HL003](HL003.md).

    ```markdown bad files=.agents/sessions/2025-12-18-session-18-read.md
    ## Recent Sessions

    ### 2025-12-18: Cache the look-ups (Session 19)
    ```

    ```markdown good files=.agents/sessions/2025-12-18-session-19-cache.md
    ## Recent Sessions

    ### 2025-12-18: Cache the look-ups (Session 19)
    ```
    """
    severity = Severity.ERROR if context.layout.require_logs else None
    for found in _check_all(page, context):
        yield replace(found, severity=severity)


def _check_all(page: Page, context: Context) -> Iterator[Finding]:
    known = context.around.reachable_logs
    if known is None:
        return
    if page.kind is PageKind.SUMMARY:
        yield from _check_summary(page, context, known())
        return
    for unlinked in unlinked_sessions(page.recorded, known, lambda: page.links):
        key, part = unlinked.recorded.key, unlinked.recorded.part
        is_named = key.session_id.stem is not None
        if is_named and not unlinked.fitting and (part or _is_of_logs_time(key, known())):
            message = f"Session {key.session_id} has no session log"
            yield Finding(unlinked.heading.text, message, sessions=(key.session_id,))
    yield from _named_in_vain(page, known)


def _is_of_logs_time(key: SessionKey, known: LogIndex) -> bool:
    """Tell whether a session is no older than the oldest log: before, nobody kept one."""
    logs = [log for same in known.by_stem.values() for log in same]
    if not logs:
        return False
    if key.date:
        return key.date >= min(log.date for log in logs)
    numbers = (log.session_id.number for log in logs if log.session_id.number is not None)
    return (key.session_id.number or 0) >= min(numbers, default=0)


def _named_in_vain(page: Page, known: Callable[[], LogIndex]) -> Iterator[Finding]:
    """Give the sessions whose log is named, but not linked, and is nowhere."""
    linked = {link.href.partition("#")[0].rpartition("/")[2] for link in page.links}
    for recorded in page.recorded:
        log = recorded.key.log
        if log and log not in linked and known().paths and log not in known().paths:
            place = (recorded.part or recorded.entry).heading.text
            message = f"The log of session {recorded.key.session_id}, `{log}`, does not exist"
            yield Finding(place, message, sessions=(recorded.key.session_id,))


def _check_summary(page: Page, context: Context, logs: LogIndex) -> Iterator[Finding]:
    from handoff_md.syntax.summary import Status  # noqa: PLC0415 - entries need none of it

    summary, exists = page.summary, context.around.exists
    if summary.session_id is None or summary.status is Status.IN_PROGRESS or exists is None:
        return
    if not find_summary_logs(summary, logs, context.layout.sessions, exists):
        named = f", and `{summary.log}` does not exist" if summary.log else ""
        message = f"Session {summary.session_id} has no session log{named}"
        yield Finding(page.title, message, sessions=(summary.session_id,))
