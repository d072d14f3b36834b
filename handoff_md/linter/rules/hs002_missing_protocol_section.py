"""HS002: a session log has no Protocol Compliance section."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule


@rule("HS002", "missing-protocol-section", severity=Severity.WARNING)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    A session log has no heading that says `Protocol Compliance`.

    ## Why

    The section shows that the session did what the protocol asks of its start and its end. Without
    it nobody can tell whether the context was read, or the work was committed. `session end` takes
    such a log, so this is a warning.

    ```markdown bad
    # Session 19 - 2025-12-18

    ## Work Log
    ```

    ```markdown good
    # Session 19 - 2025-12-18

    ## Protocol Compliance
    ```
    """
    if page.log.compliance is None:
        yield Finding(page.title, "The log has no section `Protocol Compliance`")
