"""HF002: a summary contradicts itself on whose it is."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.logs.own_log import other_session_of_log
from handoff_md.syntax.grammar import SUMMARY_NAME
from handoff_md.syntax.session_id import read_session_id


@rule("HF002", "summary-identity", severity=Severity.ERROR)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    A summary's file name, front matter and first heading disagree on its session.

    ## Why

    `merge` refuses it: under which session it would go into the handoff document is a guess. So it
    does with a `date` in front matter that is none, a `status` that it does not know, and front
    matter that does not end; these are reported too. A `log` in front matter that is another
    session's is linked by `merge`, with a note, and whoever follows it reads of other work.

    ```markdown bad path=.agents/temp/handoff-session-19-summary.md
    ---
    session: 20
    ---
    # Cache the look-ups
    ```

    ```markdown bad path=.agents/temp/handoff-session-19-summary.md
    ---
    session: 19
    log: .agents/sessions/2025-12-18-session-20-gate.md
    ---
    # Cache the look-ups
    ```

    ```markdown good path=.agents/temp/handoff-session-19-summary.md
    ---
    session: 19
    ---
    # Session 19: Cache the look-ups
    ```
    """
    match = SUMMARY_NAME.fullmatch(page.name)
    if match is None or read_session_id(match["id"]) is None:
        return
    for problem in page.summary.problems:
        yield Finding(page.title, f"The summary {problem}")
    if other := other_session_of_log(page.summary):
        own = page.summary.session_id
        message = f"The summary is session {own}, but names the log of session {other.session_id}"
        yield Finding(page.title, f"{message}, `{other.name}`")
