"""HS008: two session logs are of one session."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.syntax.grammar import read_log_name


@rule("HS008", "duplicate-log", severity=Severity.ERROR)
def check(page: Page, context: Context) -> Iterator[Finding]:
    """
    Two session logs have the same number and date.

    ## Why

    Two agents took the same number, or one session was logged twice. A summary or an entry of that
    number can't tell which of them is its own. `handoff-md session start` gives out numbers that
    nobody else has.

    Logs that the handoff document links by ids of their own (`57` and `57-PR201`) are of two
    sessions.

    ```markdown bad files=.agents/sessions/2025-12-18-session-19-gate.md
    # Session 19 - 2025-12-18
    ```

    ```markdown good path=2026-11-28-session-261128-k3f9.md files=2026-11-28-session-261128-m2x8.md
    # Session 261128-k3f9: Write it
    ```

    ```markdown good files=.agents/sessions/2025-12-19-session-19-gate.md
    # Session 19 - 2025-12-18
    ```
    """
    own, listed = read_log_name(page.name), context.around.logs
    if own is None or own.session_id.stem is None or listed is None:
        return
    same = listed().by_stem.get(own.session_id.stem, ())
    twins = [log for log in same if log.date == own.date and log.name != own.name]
    if not twins:
        return
    handoff = context.around.handoff() if context.around.handoff else None
    called = handoff.labelled_logs if handoff else {}
    own_id = called.get(own.name, own.session_id)
    for twin in twins:
        if called.get(twin.name, twin.session_id) == own_id:
            yield Finding(
                page.title,
                f"`{twin.name}` is a log of session {own_id} of {own.date} too",
                sessions=(own_id,),
            )
            return
