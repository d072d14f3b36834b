"""HP001: a parallel section is not headed as documented."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Fix, Safety, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.parallel import ParallelSection, section_heading
from handoff_md.syntax.form.moments import read_date
from handoff_md.syntax.grammar import (
    LONGEST_HEADING,
    EntryKind,
    read_part_heading,
    read_worded_parallel_heading,
)
from handoff_md.syntax.nodes import Entry, Section
from handoff_md.syntax.session_id import SessionId
from handoff_md.text.edit import Edit
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.span import Span

_DECORATION = lazy_pattern(r"^(?:[^\w\[(]|_)+")
_ID = r"[0-9]+(?:-[A-Za-z][A-Za-z0-9]*)?"
_NEARLY = lazy_pattern(
    rf"\bParallel\s+Sessions?\b\W*{_ID}(?:(?:[^\w(]+|\s+and\s+)#?{_ID})*[^\w(]*(?:\([^()]*\))?\W*\Z",
    re.IGNORECASE,
)


@rule("HP001", "parallel-heading", severity=Severity.ERROR, fix=Safety.SAFE)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    The heading of a parallel section does not read `Parallel Sessions 19, 20 (YYYY-MM-DD)`.

    ## Why

    By its heading a section is known as a parallel one, and its sessions and date are read from
    there. Another form is taken for an entry of its own, or for none.

    What decorates its start, such as an emoji, may stay. A heading that speaks of parallel sessions
    with no session's part below it heads no such section.

    The fix writes the documented form. It is offered where ids and date can be told, and no words
    stand behind them: a missing date is that of the sessions, if they have but one. It is safe
    where the heading is read as a parallel section's already.

    ```markdown bad
    ## Recent Sessions

    ### Parallel Sessions: 19 & 20 (2025/12/18)

    #### Session 19: Cache the look-ups

    #### Session 20: Add the gate
    ```

    ```markdown fixed
    ## Recent Sessions

    ### Parallel Sessions 19, 20 (2025-12-18)

    #### Session 19: Cache the look-ups

    #### Session 20: Add the gate
    ```

    ```markdown good
    ## Recent Sessions

    ### Parallel Sessions 19, 20 (2025-12-18)

    #### Session 19: Cache the look-ups

    #### Session 20: Add the gate

    ### 2025-12-17: Parallel sessions 17 and 18: what we learned
    ```
    """
    for section in page.parallel_sections:
        yield from _check_section(page, section)
    for nodes in page.families:
        for node in nodes:
            if isinstance(node, Section) or (
                isinstance(node, Entry) and node.kind is not EntryKind.PARALLEL
            ):
                yield from _check_other(page, node)


def _check_section(page: Page, section: ParallelSection) -> Iterator[Finding]:
    heading, ids = section.entry.heading, section.entry.session_ids
    dates = {part.date for part in section.entry.parts}
    date = section.entry.date or (dates.pop() if len(dates) == 1 else None)
    words = _DECORATION.sub("", page.source.slice(heading.text))
    if date is None or words != section_heading(ids, date):
        yield _finding(page, heading.text, ids, date, Safety.SAFE)


def _check_other(page: Page, node: Section | Entry) -> Iterator[Finding]:
    """Check a heading that is not read as a parallel section's, and has sessions below it."""
    words = page.source.slice(node.heading.text)
    if len(words) > LONGEST_HEADING or "parallel" not in words.lower() or not _NEARLY.search(words):
        return
    ids = tuple(
        part.session_id
        for child in node.children
        if isinstance(child, Section)
        and (part := read_part_heading(page.source.slice(child.heading.text)))
    )
    if ids:
        yield _finding(page, node.heading.text, ids, read_date(words), Safety.UNSAFE)


def _finding(
    page: Page, place: Span, ids: Sequence[SessionId], date: dt.date | None, safety: Safety
) -> Finding:
    if date is None:
        message = "The heading of this parallel section does not end with its date, `(YYYY-MM-DD)`"
        return Finding(place, message, sessions=tuple(ids))
    wanted = section_heading(ids, date)
    if read_worded_parallel_heading(page.source.slice(place)):
        message = f"Words stand behind the heading of this parallel section, `{wanted}`"
        return Finding(place, message, sessions=tuple(ids))
    decoration = _DECORATION.match(page.source.slice(place)) if safety is Safety.SAFE else None
    edit = Edit(Span(place.start + (decoration.end() if decoration else 0), place.end), wanted)
    fix = Fix("write the heading as documented", (edit,), safety)
    return Finding(
        place, f"The heading of this parallel section is not `{wanted}`", fix, sessions=tuple(ids)
    )
