"""HR002: git would track summaries."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Fix, Safety, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.text.edit import Edit
from handoff_md.text.span import Span


@rule(
    "HR002",
    "temp-not-ignored",
    severity=Severity.WARNING,
    fix=Safety.SAFE,
)
def check(page: Page, context: Context) -> Iterator[Finding]:
    """
    No ignore rule covers the sessions' summaries.

    ## Why

    A summary is a letter to the orchestrator, and gone once it is merged. `git add .` would commit
    it, and the merge of two branches would bring it back.

    The fix adds a rule to `.gitignore`.

    ```text bad
    build/
    ```

    ```text fixed
    build/
    /.agents/temp/handoff-session-*-summary.md
    ```

    ```text good
    /.agents/temp/handoff-session-*-summary.md
    ```
    """
    ignored = context.around.summaries_ignored
    line = f"/{context.layout.summaries}/handoff-session-*-summary.md"
    text = page.source.text
    if ignored is None or ignored() is not False or line in text.splitlines():
        return
    newline = page.source.newline
    before = "" if not text or text.endswith(("\n", "\r")) else newline
    edit = Edit(Span(len(text), len(text)), f"{before}{line}{newline}")
    yield Finding(
        Span(len(text), len(text)),
        f"Git would track summaries in `{context.layout.summaries}`",
        Fix("ignore the summaries", (edit,)),
    )
