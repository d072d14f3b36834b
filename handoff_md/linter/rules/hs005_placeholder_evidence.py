"""HS005: a step is ticked without evidence."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.logs.compliance import Mark, is_placeholder


@rule("HS005", "placeholder-evidence", severity=Severity.WARNING)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    A step is ticked, and its evidence is empty or still the template's own text.

    ## Why

    Evidence is what makes a tick more than a claim. The template says what kind of evidence is
    wanted (`Tool output present`, `Commit SHA: _______`); left as it is, it says nothing of this
    session.

    Words that are true of the log itself (`This file exists`) and those that point to another place
    in it (`Output below`) count as evidence.

    ```markdown bad
    # Session 19

    ## Session End

    | Req | Step | Status | Evidence |
    |-----|------|--------|----------|
    | MUST | Commit all changes | [x] | Commit SHA: _______ |
    | MUST | Run markdown lint | [x] | |
    ```

    ```markdown good
    # Session 19

    ## Session End

    | Req | Step | Status | Evidence |
    |-----|------|--------|----------|
    | MUST | Commit all changes | [x] | Commit SHA: 3462a28 |
    | MUST | Run markdown lint | [x] | Output below |
    ```
    """
    for checklist in (page.log.start, page.log.end):
        for step in checklist.steps if checklist else ():
            if step.mark is not Mark.TICKED or step.evidence is None:
                continue
            words = page.source.slice(step.evidence)
            if not words:
                yield Finding(step.text, "The step is ticked without any evidence")
            elif is_placeholder(words):
                yield Finding(step.evidence, "The evidence is the template's own text")
