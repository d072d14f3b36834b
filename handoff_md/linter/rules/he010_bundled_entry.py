"""HE010: one entry claims several sessions."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.entries.identity import claimed_sessions, heading_words, own_logs
from handoff_md.syntax.grammar import EntryKind


@rule("HE010", "bundled-entry", severity=Severity.ERROR)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    One entry is that of several sessions, and no parallel section.

    ## Why

    Nobody can tell what came from which session, and none of them is found by its id. Sessions that
    ran in parallel have a section of the documented form, with a part for each; others have an
    entry each.

    Sessions that a title is about are no claim: a range, words that follow the ids, or a
    `Session Log` line with the log of another session.

    ```markdown bad
    ### Sessions 19 & 20: Cache the look-ups, and add the gate
    ```

    ```markdown good
    ### Parallel Sessions 19, 20 (2025-12-18)

    ### Sessions 19-21: What we learned (Session 22)

    ### 2025-12-18: Retrospective (Session 22)
    ```
    """
    for entry in page.entries:
        if entry.kind is EntryKind.PARALLEL or len(entry.session_ids) < 2:  # noqa: PLR2004 - several
            continue
        claimed = claimed_sessions(heading_words(page.source, entry), entry.session_ids)
        logs = [named.link for named in own_logs(page.source, entry.span, page.code_lines)]
        if len(claimed) > 1 and (
            not logs or any(log.is_of(one) for log in logs for one in claimed)
        ):
            ids = ", ".join(map(str, claimed))
            yield Finding(
                entry.heading.text, f"One entry is that of sessions {ids}", sessions=claimed
            )
