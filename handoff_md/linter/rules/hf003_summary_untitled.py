"""HF003: a summary has no title."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.logs.own_log import find_summary_logs


@rule("HF003", "summary-untitled", severity=Severity.ERROR)
def check(page: Page, context: Context) -> Iterator[Finding]:
    """
    A summary has no title, and its session's log has none either.

    ## Why

    The title is the heading under which the session stands in the handoff document, and `merge`
    refuses a summary without one. It is front matter's `title`, else the first-level heading
    without session and date, else the log's.

    ```markdown bad
    # Session 19

    Done.
    ```

    ```markdown good
    # Session 19: Cache the look-ups

    Done.
    ```
    """
    summary = page.summary
    if summary.title.strip():
        return
    around = context.around
    if around.reachable_logs is None or around.exists is None or around.log_title is None:
        return
    own = find_summary_logs(
        summary, around.reachable_logs(), context.layout.sessions, around.exists
    )
    if len(own) != 1 or not around.log_title(own[0]):
        yield Finding(page.title, "The summary has no title, and no session log that gives it one")
