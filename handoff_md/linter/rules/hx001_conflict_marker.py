"""HX001: conflict markers were committed."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.text.span import Span


@rule("HX001", "conflict-marker", severity=Severity.ERROR)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    A line is a conflict marker that a merge has left.

    ## Why

    Both versions stand in the file, and nobody has decided between them. A reader takes both for
    true, and the next merge starts from a broken text. A marker in a code fence is an example, and
    `=======` alone underlines a heading: neither is flagged.

    While a file holds markers, findings inside a conflict are not reported, and nothing in the
    file is fixed.

    ```markdown bad
    # Handoff

    <<<<<<< HEAD
    **Last Updated**: 2025-12-18
    =======
    **Last Updated**: 2025-12-19
    >>>>>>> topic
    ```

    ```markdown good
    # Handoff

    **Last Updated**: 2025-12-19

    Title
    =======
    ```
    """
    for line in page.markers:
        start = page.source.line_offset(line)
        text = page.source.line_text(line)
        yield Finding(Span(start, start + len(text)), f"Conflict marker `{text[:7]}`")
