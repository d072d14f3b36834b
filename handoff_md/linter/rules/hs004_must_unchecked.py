"""HS004: a step that the protocol demands is not ticked."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page, PageKind
from handoff_md.linter.rule import rule
from handoff_md.semantics.session_log import Checklist, Level, Mark
from handoff_md.text.visible import shorten


@rule("HS004", "must-unchecked", severity=Severity.ERROR, kinds=(PageKind.LOG,))
def check(page: Page, context: Context) -> Iterator[Finding]:
    """
    A step marked `MUST` in a session log's checklist is not ticked.

    ## Why

    The steps of the start come before all work, so they are looked at from the beginning. Those of
    the end are looked at once the session has ended: one of them is ticked, or the handoff document
    has an entry of the session.

    A status that is neither ticked nor open, such as `N/A` or `[-]`, is taken as a decision. There
    is no fix: nobody but the session can say what it did.

    ```markdown bad
    # Session 19

    ## Session End

    | Req | Step | Status | Evidence |
    |-----|------|--------|----------|
    | MUST | Run markdown lint | [ ] | |
    | MUST | Commit all changes | [x] | 3462a28 |
    ```

    ```markdown good
    # Session 19

    ## Session End

    | Req | Step | Status | Evidence |
    |-----|------|--------|----------|
    | MUST | Run markdown lint | [ ] | |
    | MUST | Commit all changes | [ ] | |
    ```
    """
    log = page.log
    if log.start:
        yield from _open_steps(page, log.start, "start")
    if log.end and (log.has_ended or _is_entered(page, context)):
        yield from _open_steps(page, log.end, "end")


def _open_steps(page: Page, checklist: Checklist, name: str) -> Iterator[Finding]:
    for step in checklist.steps:
        if step.level is Level.MUST and step.mark is Mark.OPEN:
            words = shorten(page.source.slice(step.text))
            yield Finding(step.text, f"MUST of the session's {name} is not ticked: {words}")


def _is_entered(page: Page, context: Context) -> bool:
    handoff = context.around.handoff() if context.around.handoff else None
    return handoff is not None and page.name in handoff.entered_logs
