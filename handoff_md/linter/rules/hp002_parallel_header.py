"""HP002: a parallel section lacks its header."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.document.header import read_words
from handoff_md.semantics.parallel import EXECUTIONS, ORCHESTRATOR, ParallelSection
from handoff_md.text.pattern import lazy_pattern

_FORMS = (
    (
        ORCHESTRATOR,
        "**Orchestrator**: Session NN",
        lazy_pattern(r"Session [A-Za-z0-9][A-Za-z0-9._-]*"),
    ),
    (EXECUTIONS, "**Parallel Executions**: N agents", lazy_pattern(r"[0-9]+ agents?")),
)


@rule("HP002", "parallel-header", severity=Severity.ERROR)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    A parallel section lacks `**Orchestrator**` or `**Parallel Executions**`, or misspells it.

    ## Why

    The header says who put the section together, and how many sessions it should hold: by that a
    lost one is noticed.

    ```markdown bad
    ### Parallel Sessions 19, 20 (2025-12-18)

    **Orchestrator**: 22

    #### Session 19: Cache the look-ups

    #### Session 20: Add the gate
    ```

    ```markdown good
    ### Parallel Sessions 19, 20 (2025-12-18)

    **Orchestrator**: Session 22
    **Parallel Executions**: 2 agents

    #### Session 19: Cache the look-ups

    #### Session 20: Add the gate
    ```
    """
    for section in page.parallel_sections:
        yield from _check_section(page, section)


def _check_section(page: Page, section: ParallelSection) -> Iterator[Finding]:
    for key, form, value in _FORMS:
        field = section.field(key)
        if field is None:
            yield Finding(
                section.entry.heading.text,
                f"The parallel section has no line `{form}` below its heading",
                sessions=section.entry.session_ids,
            )
        elif not value.fullmatch(read_words(page.source, field.value)):
            yield Finding(
                field.value if len(field.value) else field.key,
                f"The line is not of the form `{form}`",
                sessions=section.entry.session_ids,
            )
