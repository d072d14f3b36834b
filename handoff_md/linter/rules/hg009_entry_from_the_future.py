"""HG009: an entry is dated later than the commit that brings it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from handoff_md.linter.change import CommitChange
from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import CommitFinding, Severity
from handoff_md.linter.rule import commit_rule
from handoff_md.semantics.entries.items import ItemKind

_ZONES = dt.timedelta(days=1)


@commit_rule("HG009", "entry-from-the-future", severity=Severity.WARNING)
def check(change: CommitChange, _context: Context) -> Iterator[CommitFinding]:
    """
    An entry is dated later than the commit that brings it.

    ## Why

    A session can't have been held after what it left was committed: the date is a slip, often of
    the year or of month and day, and the entry sorts above all that follows.

    One day is allowed for clocks of other zones. Not judged are merges, squash merges and reverts,
    and the commit that brings the document itself.

    ```text bad
    Date: 2025-12-18

        +### 2026-12-18: Keep the look-ups (Session 20)
    ```

    ```text good
    Date: 2025-12-18

        +### 2025-12-18: Keep the look-ups (Session 20)
    ```
    """
    if change.date is None or change.is_joint:
        return
    for item in change.added:
        if item.kind is ItemKind.ENTRY and item.date and item.date - change.date > _ZONES:
            yield CommitFinding(
                f"The entry is dated {item.date}, the commit that brings it {change.date}",
                item.name,
                item.place,
                sessions=item.session_ids,
            )
