"""HP004: a part of a parallel section is not headed by its session and title."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule


@rule("HP004", "parallel-session-heading", severity=Severity.ERROR)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    A part of a parallel section is not headed `Session 19: Title`.

    ## Why

    By this heading a session is found in the section, and known again by the next merge.

    A heading of that level behind a session's part that does not speak of a session is
    [HP006](HP006.md): it has escaped from the summary above it.

    ```markdown bad
    ### Parallel Sessions 19, 20 (2025-12-18)

    #### Session 19 - Cache the look-ups

    #### Session 20: Add the gate
    ```

    ```markdown good
    ### Parallel Sessions 19, 20 (2025-12-18)

    #### Session 19: Cache the look-ups

    #### Session 20: Add the gate
    ```
    """
    for section in page.parallel_sections:
        for node in section.malformed:
            part = section.read(node)
            yield Finding(
                node.heading.text,
                "The heading is not of the form `Session NN: Title`",
                sessions=(part.session_id,) if part else (),
            )
