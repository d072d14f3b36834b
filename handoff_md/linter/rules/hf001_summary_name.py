"""HF001: a file is nearly, not quite, named like a summary."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.syntax.grammar import SUMMARY_NAME
from handoff_md.syntax.session_id import read_session_id


@rule("HF001", "summary-name", severity=Severity.ERROR)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    A file beside the summaries is not named `handoff-session-NN-summary.md`, but nearly.

    ## Why

    `merge` passes over files with other names, and the session would be left out.

    ```markdown bad path=.agents/temp/session-19-summary.md
    # Session 19: Cache the look-ups
    ```

    ```markdown good path=.agents/temp/handoff-session-19-summary.md
    # Session 19: Cache the look-ups
    ```
    """
    match = SUMMARY_NAME.fullmatch(page.name)
    if match is None:
        yield Finding(page.title, f"`{page.name}` is not named `handoff-session-NN-summary.md`")
    elif read_session_id(match["id"]) is None:
        yield Finding(page.title, f"`{match['id']}` in the file's name is no session id")
