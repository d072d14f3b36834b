"""HE006: an entry stands out of the document's own order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Fix, Safety, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.entries.order import Misplaced, Ordering, find_ordering, find_turn
from handoff_md.semantics.entries.rearrange import can_rearrange, rearrange
from handoff_md.syntax.nodes import Entry, Node, Section


@rule("HE006", "entries-out-of-order", severity=Severity.WARNING, fix=Safety.UNSAFE)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    An entry stands out of the order of time that the others keep.

    ## Why

    Who reads for what is new reads from one end, and stops where it gets old. An entry in the wrong
    place is not seen. A merge of branches that both added entries is what breaks the order most.

    The order is the document's own: newest first or newest last, as most dates have it. The fewest
    entries without which the rest is in order are flagged. Entries of one day may stand in any
    order, and undated ones where they are; sessions' numbers count only if no entry has a date. If
    more than a third would have to move, the order is another one, and nothing is flagged. Where a
    block runs one way and the rest the other, the entry is flagged at which the order turns, once.

    The fix moves the flagged entries no farther than needed, and changes nothing in them; what
    separates entries stays in place. It is unsafe: an order may have a meaning that dates do not
    tell.

    ```markdown bad
    ## Recent Sessions

    ### 2025-12-20: Cache the look-ups

    ### 2025-12-18: Set up the project

    ### 2025-12-19: Read the protocol
    ```

    ```markdown fixed
    ## Recent Sessions

    ### 2025-12-20: Cache the look-ups

    ### 2025-12-19: Read the protocol

    ### 2025-12-18: Set up the project
    ```

    ```markdown good
    ## Recent Sessions

    ### 2025-12-18: Set up the project

    ### 2025-12-19: Read the protocol

    ### 2025-12-20: Cache the look-ups
    ```
    """
    for nodes in page.families:
        entries = [node for node in nodes if isinstance(node, Entry)]
        ordering = find_ordering(entries)
        turn = None if page.document.form.order else find_turn(entries)
        if turn is not None:
            yield _turn(entries[turn])
            continue
        if not ordering.misplaced:
            continue
        fix = _fix(page, nodes, ordering)
        for misplaced in ordering.misplaced:
            entry, other = entries[misplaced.index], entries[misplaced.against]
            yield Finding(
                entry.heading.text,
                _describe(page, entry, other, misplaced, ordering),
                fix,
                (other.heading.text,),
                entry.session_ids,
            )


def _turn(entry: Entry) -> Finding:
    message = (
        "From this entry on the order runs the other way: set `entries-order`, or move what "
        "stands on one side of it"
    )
    return Finding(entry.heading.text, message, sessions=entry.session_ids)


def _describe(
    page: Page, entry: Entry, other: Entry, misplaced: Misplaced, ordering: Ordering
) -> str:
    below = misplaced.index > misplaced.against
    older = below is ordering.newest_first
    line = page.source.position(other.heading.text.start).line
    first = "first" if ordering.newest_first else "last"
    what = f"of {entry.date}" if ordering.by_date else f"of session {entry.session_ids[0]}"
    return (
        f"The entry {what} stands {'below' if below else 'above'} "
        f"the {'older' if older else 'newer'} one in line {line}, and the newest come {first}"
    )


def _fix(page: Page, nodes: Sequence[Node], ordering: Ordering) -> Fix | None:
    """Put the entries in order; sections between them stay at their places."""
    headed = [node for node in nodes if isinstance(node, Section | Entry)]
    if not can_rearrange(page.source, headed):
        return None
    places = [index for index, node in enumerate(headed) if isinstance(node, Entry)]
    order = list(range(len(headed)))
    for place, wanted in zip(places, ordering.order, strict=True):
        order[place] = places[wanted]
    edit = rearrange(page.source, headed, order)
    return Fix("put the entries in order", (edit,), Safety.UNSAFE) if edit else None
