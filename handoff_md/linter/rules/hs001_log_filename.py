"""HS001: a session log's file name does not have the documented form."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page, PageKind
from handoff_md.linter.rule import rule
from handoff_md.syntax.grammar import read_log_name


@rule("HS001", "log-filename", severity=Severity.ERROR, kinds=(PageKind.LOG,))
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    A session log is not named `YYYY-MM-DD-session-NN.md` or `YYYY-MM-DD-session-NN-slug.md`.

    ## Why

    The name says which session the log is of: its number and its date. A log with another name is
    found by nobody who looks for it, and its session counts as one without a log.

    A slug is made of letters, digits, dots, hyphens and underscores.

    ```markdown bad path=.agents/sessions/session-19-2025-12-18.md
    # Session 19 - 2025-12-18
    ```

    ```markdown bad path=.agents/sessions/2025-12-32-session-19.md
    # Session 19
    ```

    ```markdown good path=.agents/sessions/2025-12-18-session-19-cache.md
    # Session 19 - 2025-12-18
    ```
    """
    is_numbered = any(character.isdigit() for character in page.name)
    if is_numbered and read_log_name(page.name) is None:
        yield Finding(page.title, f"`{page.name}` is not named `YYYY-MM-DD-session-NN[-slug].md`")
