"""HE007: an entry lacks a field that is required."""

from __future__ import annotations

import re
from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.syntax.nodes import Entry, Part


@rule("HE007", "missing-field", severity=Severity.WARNING)
def check(page: Page, context: Context) -> Iterator[Finding]:
    """
    An entry, or a session of a parallel section, lacks a field that the configuration requires.

    ## Why

    Some fields are what a team looks for first: the status, the branch. None is required unless
    `required-fields = ["Status"]` names it, in the table `[lint]` of the configuration.

    A field is its name in bold, in any case and anywhere in the entry: `**Status**: done`,
    `- **status:** done`, or a cell of a table.

    ```markdown bad required=Status
    ## Recent Sessions

    ### 2025-12-18: Cache the look-ups (Session 19)

    Done.
    ```

    ```markdown good required=Status
    ## Recent Sessions

    ### 2025-12-18: Cache the look-ups (Session 19)

    **Status**: done
    ```
    """
    wanted = [(name, _pattern(name)) for name in context.options.required_fields]
    for node in _told(page) if wanted else ():
        for name, pattern in wanted:
            lines = pattern.finditer(page.source.text, node.span.start, node.span.end)
            if all(page.source.line_of(found.start()) in page.code_lines for found in lines):
                ids = (node.session_id,) if isinstance(node, Part) else node.session_ids
                yield Finding(node.heading.text, f"The field `{name}` is missing", sessions=ids)


def _pattern(name: str) -> re.Pattern[str]:
    words = r"\s+".join(map(re.escape, name.split()))
    return re.compile(rf"(?:\*\*|__)[ \t]*{words}[ \t]*:?[ \t]*(?:\*\*|__)", re.IGNORECASE)


def _told(page: Page) -> Iterator[Entry | Part]:
    for nodes in page.families:
        for node in nodes:
            if isinstance(node, Entry):
                yield from node.parts or (node,)
