"""HS003: a session log lacks a checklist, or has it in another form than a table."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule


@rule("HS003", "missing-checklist", severity=Severity.WARNING)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    A session log has no checklist of the session's start or end, or none that is a table.

    ## Why

    The protocol gives both as tables with the columns `Req`, `Step`, `Status` and `Evidence`. A
    list of boxes has no evidence, so a tick in it is only a claim. `session end` takes such a
    log, so this is a warning.

    A checklist stands below a heading that says `Session Start` or `Session End`. A table right
    below `Protocol Compliance` counts too: its rows about the commit, the lint and the handoff
    document are the end's. A log without that section is [HS002](HS002.md) alone.

    ```markdown bad
    # Session 19

    ## Protocol Compliance

    ### Session Start

    - [x] Read HANDOFF.md

    ## Work Log
    ```

    ```markdown good
    # Session 19

    ## Protocol Compliance

    ### Session Start (COMPLETE ALL before work)

    | Req | Step | Status | Evidence |
    |-----|------|--------|----------|
    | MUST | Read HANDOFF.md | [x] | Sessions 17 and 18 |

    ## Session End (COMPLETE ALL before closing)

    | Req | Step | Status | Evidence |
    |-----|------|--------|----------|
    | MUST | Commit all changes | [ ] | |
    ```
    """
    log = page.log
    for name, checklist in (("start", log.start), ("end", log.end)):
        if checklist is None and log.compliance is not None:
            yield Finding(log.compliance, f"The log has no checklist of the session's {name}")
        elif checklist is not None and not checklist.is_table:
            yield Finding(
                checklist.heading, f"The checklist of the session's {name} is not a table"
            )
