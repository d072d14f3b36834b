"""HE008: the header's date is older than the newest entry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Fix, Safety, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.document.header import last_updated

_YEAR = dt.timedelta(days=366)


@rule("HE008", "stale-last-updated", severity=Severity.WARNING, fix=Safety.SAFE)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    The header's `**Last Updated**` is older than the newest entry.

    ## Why

    A reader takes the date for the document's age, and the document for older than it is.

    Only a date alone is looked at: it is what `merge` keeps up to date. The fix writes it as it was
    written. Where that is more than a year later the fix is unsafe: the entry's date may be a
    slip.

    ```markdown bad
    # Handoff

    **Last Updated**: 2025-12-17

    ## Recent Sessions

    ### 2025-12-18: Cache the look-ups (Session 19)
    ```

    ```markdown fixed
    # Handoff

    **Last Updated**: 2025-12-18

    ## Recent Sessions

    ### 2025-12-18: Cache the look-ups (Session 19)
    ```

    ```markdown good
    # Handoff

    **Last Updated**: 2025-12-19

    ## Recent Sessions

    ### 2025-12-18: Cache the look-ups (Session 19)
    ```
    """
    stamp = last_updated(page.document)
    dated = (
        [entry for entry in page.entries_section.entries if entry.date]
        if page.entries_section
        else []
    )
    if stamp is None or not dated:
        return
    newest = max(dated, key=lambda entry: entry.date or stamp.date)
    if newest.date and newest.date > stamp.date:
        line = page.source.position(newest.heading.text.start).line
        edit = stamp.update(newest.date)
        safety = Safety.UNSAFE if newest.date - stamp.date > _YEAR else Safety.SAFE
        yield Finding(
            stamp.key,
            f"The document is dated {stamp.date}, its newest entry, in line {line}, {newest.date}",
            Fix(f"write {newest.date}", (edit,), safety) if edit else None,
            (newest.heading.text,),
        )
