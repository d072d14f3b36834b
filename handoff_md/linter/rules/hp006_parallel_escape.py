"""HP006: a heading has escaped from a session's summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Fix, Safety, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.parallel import Escaped, ParallelSection
from handoff_md.syntax.nodes import Heading
from handoff_md.text.edit import Edit
from handoff_md.text.span import Span


@rule("HP006", "parallel-escape", severity=Severity.ERROR, fix=Safety.UNSAFE)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    A heading inside a session's summary does not stand below the session's own.

    ## Why

    It ends the session's part, or the whole parallel section: what follows is taken for something
    of its own, and the sessions behind it are lost to the section.

    The fix moves the heading, and those below it, down to where they belong. It is unsafe, for the
    heading may not have been meant as part of the summary.

    ```markdown bad
    ### Parallel Sessions 19, 20 (2025-12-18)

    #### Session 19: Cache the look-ups

    ### Decisions

    #### Session 20: Add the gate
    ```

    ```markdown fixed
    ### Parallel Sessions 19, 20 (2025-12-18)

    #### Session 19: Cache the look-ups

    ##### Decisions

    #### Session 20: Add the gate
    ```

    ```markdown good
    ### Parallel Sessions 19, 20 (2025-12-18)

    #### Session 19: Cache the look-ups

    ##### Decisions

    #### Session 20: Add the gate
    ```
    """
    for section in page.parallel_sections:
        fix = _fix(section, section.escaped)
        for escaped in section.escaped:
            level = section.part_level
            yield Finding(
                escaped.heading.text,
                f"The heading is of level {escaped.heading.level}, and the session's above it of "
                f"level {level}",
                fix,
            )


def _fix(section: ParallelSection, escaped: Sequence[Escaped]) -> Fix | None:
    headings = [(one, found.delta) for found in escaped for one in (found.heading, *found.inner)]
    edits = [_move(section, heading, delta) for heading, delta in headings]
    if not all(found.fits for found in escaped) or None in edits:
        return None
    moves = tuple(edit for edit in edits if edit)
    return Fix("move the headings below the session's", moves, Safety.UNSAFE)


def _move(section: ParallelSection, heading: Heading, delta: int) -> Edit | None:
    """Make an ATX heading deeper; None for another one."""
    words = section.source.slice(heading.span)
    marker = heading.span.start + len(words) - len(words.lstrip(" "))
    if not words.lstrip(" ").startswith("#"):
        return None
    return Edit(Span(marker, marker), "#" * delta)
