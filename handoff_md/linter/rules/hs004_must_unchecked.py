"""HS004: a step that the protocol demands is not ticked."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.logs.compliance import Checklist, Mark, Obligation, Step, is_fulfilled
from handoff_md.semantics.summaries.own_words import UNFINISHED, told_status
from handoff_md.syntax.nodes import Entry, Part
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.visible import shorten

_CUT_SHORT = lazy_pattern(r"\bsession end` \((?:partial|blocked)\)")


@rule("HS004", "must-unchecked", severity=Severity.ERROR)
def check(page: Page, context: Context) -> Iterator[Finding]:
    """
    A step marked `MUST` in a session log's checklist is not ticked.

    ## Why

    The steps of the start come before all work, so they are looked at from the beginning. An open
    one is a warning: `session end` passes it with a note.

    Those of the end are looked at once the session has ended: one of them is ticked, or the handoff
    document has an entry of the session. Those that `session end` ticks by itself count once it has
    ticked one, or the entry is there. Where the session ended as `partial` or `blocked` it may
    leave steps open, and they are warnings.

    Nothing is said of a log whose session was abandoned, nor of one that nobody has written to
    where the session has ended with a log in another worktree.

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
    if context.around.is_set_aside:
        found = list(_check_all(page, context))
        # Who goes on with a log is looked up only where that matters.
        if found and not context.around.is_set_aside(page.path, page.source.to_bytes()):
            yield from found
    else:
        yield from _check_all(page, context)


def _check_all(page: Page, context: Context) -> Iterator[Finding]:
    log = page.log
    if log.start:
        for step in _open_steps(log.start):
            yield _finding(page, step, "start", Severity.WARNING)
    if log.end:
        yield from _check_end(page, log.end, context)


def _check_end(page: Page, checklist: Checklist, context: Context) -> Iterator[Finding]:
    steps = list(_open_steps(checklist))
    entry = _entry_of(page, context) if steps else None
    if not (page.log.has_ended or entry):
        return
    severity = Severity.WARNING if _is_unfinished(page, checklist, entry) else None
    fulfils = context.layout.end_fulfils
    own = [s for s in checklist.steps if is_fulfilled(page.source.slice(s.text), fulfils)]
    is_to_come = not entry and all(step.mark is Mark.OPEN for step in own)
    for step in steps:
        if not (is_to_come and step in own):
            yield _finding(page, step, "end", severity)


def _open_steps(checklist: Checklist) -> Iterator[Step]:
    return (s for s in checklist.steps if s.level is Obligation.MUST and s.mark is Mark.OPEN)


def _finding(page: Page, step: Step, name: str, severity: Severity | None) -> Finding:
    words = shorten(page.source.slice(step.text))
    message = f"MUST of the session's {name} is not ticked: {words}"
    return Finding(step.text, message, severity=severity)


def _entry_of(page: Page, context: Context) -> tuple[Page, Entry | Part] | None:
    """Give the handoff document, and what of it tells of the log's session; None without."""
    handoff = context.around.handoff() if context.around.handoff else None
    if handoff is None or page.name not in handoff.entered_logs:
        return None
    told = next(found for found in handoff.recorded if found.key.log == page.name)
    return handoff, told.part or told.entry


def _is_unfinished(
    page: Page, checklist: Checklist, entry: tuple[Page, Entry | Part] | None
) -> bool:
    """Tell whether log or entry say that the session ended with its work not complete."""
    if entry and told_status(entry[0].source, entry[1]) in UNFINISHED:
        return True
    evidence = (page.source.slice(step.evidence) for step in checklist.steps if step.evidence)
    return any(_CUT_SHORT.search(words) for words in evidence)
