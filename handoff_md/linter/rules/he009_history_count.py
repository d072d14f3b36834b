"""HE009: a table has more rows than its heading says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Fix, Safety, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.syntax.nodes import Section, Table, walk
from handoff_md.text.edit import Edit
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_LAST = lazy_pattern(
    r"\((?:the )?last (?P<count>[0-9]{1,4})(?: (?:sessions?|entries|rows|updates))?\)",
    re.IGNORECASE,
)


@rule("HE009", "history-count", severity=Severity.WARNING, fix=Safety.UNSAFE)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    A heading says `(Last N)`, and the table below it has more rows.

    ## Why

    Each session adds a row, and nobody takes the oldest one out: two branches that both keep to the
    number make one row too many together. The table grows, and its heading is wrong. Fewer rows are
    fine: there may have been no more sessions yet. `(Last 5 days)` counts no rows.

    The fix makes the heading say what is there, so that no row is lost. It is unsafe, for the
    oldest rows may be what has to go.

    ```markdown bad
    ### Session History (Last 1)

    | Session | Outcome |
    |---------|---------|
    | 20 | Gate added |
    | 19 | Look-ups cached |
    ```

    ```markdown fixed
    ### Session History (Last 2)

    | Session | Outcome |
    |---------|---------|
    | 20 | Gate added |
    | 19 | Look-ups cached |
    ```

    ```markdown good
    ### Session History (Last 5)

    | Session | Outcome |
    |---------|---------|
    | 20 | Gate added |
    | 19 | Look-ups cached |
    ```
    """
    for node in walk(page.document):
        if isinstance(node, Section):
            yield from _check_section(page.source, node)


def _check_section(source: Source, section: Section) -> Iterator[Finding]:
    heading = section.heading
    claim = _LAST.search(source.text, heading.text.start, heading.text.end)
    tables = [child for child in section.children if isinstance(child, Table)]
    if claim is None or len(tables) != 1:
        return
    rows = [row for row in tables[0].children[2:] if source.slice(row.span).strip(" |\t\r\n.…-")]
    if len(rows) > int(claim["count"]):
        place = Span(claim.start(), claim.end())
        edit = Edit(Span(claim.start("count"), claim.end("count")), str(len(rows)))
        line = source.position(tables[0].span.start).line
        yield Finding(
            place,
            f"The heading promises the last {claim['count']}, and the table in line {line} has "
            f"{len(rows)} rows",
            Fix(f"promise the last {len(rows)}", (edit,), Safety.UNSAFE),
        )
