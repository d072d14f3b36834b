"""HE011: an entry's date is still to come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule

_ZONES = dt.timedelta(days=1)


@rule("HE011", "future-date", severity=Severity.WARNING)
def check(page: Page, context: Context) -> Iterator[Finding]:
    """
    An entry is dated later than today.

    ## Why

    No session is entered before it was held: the date is a slip, often of the year or of month and
    day, and the entry sorts above all that follows.

    One day is allowed for clocks of other zones. [HG009](HG009.md) compares the date with that of
    the commit, once there is one.

    ```markdown bad
    ## Recent Sessions

    ### 9999-12-18: Cache the look-ups (Session 19)
    ```

    ```markdown good
    ## Recent Sessions

    ### 2025-12-18: Cache the look-ups (Session 19)
    ```
    """
    today, section = context.around.today, page.entries_section
    if today is None or section is None:
        return
    for entry in section.entries:
        if entry.date and entry.date > today + _ZONES:
            yield Finding(
                entry.heading.text,
                f"The entry is dated {entry.date}, which is still to come",
                sessions=entry.session_ids,
            )
