"""HP005: the sessions of a parallel section are not in the order of their ids."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Fix, Safety, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.entries.rearrange import can_rearrange, rearrange
from handoff_md.semantics.parallel import ParallelSection, section_heading
from handoff_md.syntax.nodes import Part
from handoff_md.text.edit import Edit


@rule("HP005", "parallel-order", severity=Severity.WARNING, fix=Safety.UNSAFE)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    The sessions of a parallel section, or the ids in its heading, are not in order.

    ## Why

    Sessions that ran at once have no order of time: that of their ids is the one in which each is
    found. It is also what makes two merges of the same summaries equal. Ids that were drawn at
    random on one day, such as 261128-k3f9, are in no order: the time at which each began is not in
    the document.

    The fix moves parts as they are, and sorts the ids. It is unsafe, for someone may have put them
    in another order on purpose.

    ```markdown bad
    ### Parallel Sessions 20, 19 (2025-12-18)

    #### Session 20: Add the gate

    Text.

    #### Session 19: Cache the look-ups

    Text.
    ```

    ```markdown fixed
    ### Parallel Sessions 19, 20 (2025-12-18)

    #### Session 19: Cache the look-ups

    Text.

    #### Session 20: Add the gate

    Text.
    ```

    ```markdown good
    ### Parallel Sessions 19, 20 (2025-12-18)

    #### Session 19: Cache the look-ups

    #### Session 20: Add the gate
    ```
    """
    for section in page.parallel_sections:
        yield from _check_ids(section)
        yield from _check_parts(page, section)


def _check_ids(section: ParallelSection) -> Iterator[Finding]:
    entry = section.entry
    ordered = sorted(entry.session_ids, key=lambda session_id: session_id.rank)
    if ordered == list(entry.session_ids):
        return
    words = section.source.slice(entry.heading.text)
    fix = None
    if entry.date and words.endswith(written := section_heading(entry.session_ids, entry.date)):
        place = entry.heading.text
        wanted = words.removesuffix(written) + section_heading(ordered, entry.date)
        fix = Fix("sort the ids", (Edit(place, wanted),), Safety.UNSAFE)
    yield Finding(
        entry.heading.text,
        f"The heading names sessions {', '.join(map(str, entry.session_ids))} out of order",
        fix,
        sessions=entry.session_ids,
    )


def _check_parts(page: Page, section: ParallelSection) -> Iterator[Finding]:
    parts = section.entry.parts
    late = next(
        (pair for pair in pairwise(parts) if pair[0].session_id.rank > pair[1].session_id.rank),
        None,
    )
    if late is None:
        return
    fix = None
    nodes = section.subsections
    if all(isinstance(node, Part) for node in nodes) and can_rearrange(page.source, nodes):
        order = sorted(range(len(parts)), key=lambda index: parts[index].session_id.rank)
        edit = rearrange(page.source, parts, order)
        fix = Fix("put the parts in order", (edit,), Safety.UNSAFE) if edit else None
    above, below = late
    yield Finding(
        below.heading.text,
        f"Session {below.session_id} stands below session {above.session_id}",
        fix,
        (above.heading.text,),
        (below.session_id,),
    )
