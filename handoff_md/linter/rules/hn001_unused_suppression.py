"""HN001: a comment silences nothing."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Safety, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.linter.suppressions import take_out


@rule("HN001", "unused-suppression", severity=Severity.WARNING, fix=Safety.SAFE)
def check(page: Page, context: Context) -> Iterator[Finding]:
    """
    A comment silences a rule that finds nothing there.

    ## Why

    What it was for is mended, and a later mistake in its place would go unseen.

    The fix takes the comment out, or the one code of several. Where without it the rest of the line
    would become another block, such as a heading or an empty item, it stays.

    ```markdown bad rules=HX001
    # Handoff

    <!-- handoff-md: ignore[HX001] shown as an example -->
    ## Recent Sessions
    ```

    ```markdown fixed
    # Handoff

    ## Recent Sessions
    ```

    ```markdown good
    # Handoff

    ## Recent Sessions
    ```
    """
    for suppression, fix in take_out(page.source, context.unused):
        message = f"`{suppression.word}` finds nothing to silence here"
        yield Finding(suppression.place, message, fix)
