"""HR001: the protocol does not describe parallel sessions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.text.pattern import lazy_pattern

_PARALLEL = lazy_pattern(
    r"parallel\W{1,3}(?:\w+\W{1,3}){0,2}(?:session|agent|execution|run)"
    r"|(?:session|agent)s?\W{1,3}(?:\w+\W{1,3}){0,3}(?:in\W+)?parallel",
    re.IGNORECASE,
)


@rule("HR001", "protocol-without-parallel", severity=Severity.WARNING)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    The session protocol says nothing of sessions that run in parallel.

    ## Why

    Agents do what the protocol says. As long as it tells each of them to update the handoff
    document at its end, those that run in parallel collide there.

    `handoff-md init` adds the chapter.

    ```markdown bad
    # Session Protocol

    ## Session End

    The agent MUST update HANDOFF.md.
    ```

    ```markdown good
    # Session Protocol

    ## Parallel Sessions

    The agent MUST write a summary, and leave HANDOFF.md alone.
    ```
    """
    if not _PARALLEL.search(page.source.text):
        yield Finding(
            page.title,
            "The protocol does not describe parallel sessions: `handoff-md init` adds that",
        )
