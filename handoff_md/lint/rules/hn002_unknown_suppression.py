"""HN002: a comment silences a rule that does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.lint.catalogue import list_rules
from handoff_md.lint.context import Context
from handoff_md.lint.diagnostic import Finding, Severity
from handoff_md.lint.page import EVERY_TEXT, Page
from handoff_md.lint.rule import rule


@rule("HN002", "unknown-suppression", severity=Severity.WARNING, kinds=EVERY_TEXT)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    A comment silences a rule that does not exist.

    ## Why

    A misspelt code silences nothing, or nothing any more. `handoff-md rule` lists all rules.

    ```markdown bad
    # Handoff

    <!-- handoff-md: ignore[HE999] the old entry stays -->
    ## Recent Sessions
    ```

    ```markdown good
    # Handoff

    ## Recent Sessions
    ```
    """
    known = {
        word.casefold() for listed in list_rules().values() for word in (listed.code, listed.name)
    }
    for suppression in page.suppressions:
        if suppression.word.casefold() not in known:
            yield Finding(suppression.place, f"There is no rule `{suppression.word}`")
