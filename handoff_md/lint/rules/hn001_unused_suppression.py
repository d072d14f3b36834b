"""HN001: a comment silences nothing."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.lint.context import Context
from handoff_md.lint.diagnostic import Finding, Severity
from handoff_md.lint.page import EVERY_TEXT, Page
from handoff_md.lint.rule import rule


@rule("HN001", "unused-suppression", severity=Severity.WARNING, kinds=EVERY_TEXT)
def check(_page: Page, context: Context) -> Iterator[Finding]:
    """
    A comment silences a rule that finds nothing there.

    ## Why

    What it was for is mended, and a later mistake in its place would go unseen.

    ```markdown bad rules=HX001
    # Handoff

    <!-- handoff-md: ignore[HX001] shown as an example -->
    ## Recent Sessions
    ```

    ```markdown good
    # Handoff

    ## Recent Sessions
    ```
    """
    for suppression in context.unused:
        yield Finding(suppression.place, f"`{suppression.word}` finds nothing to silence here")
