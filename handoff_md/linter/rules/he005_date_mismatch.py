"""HE005: an entry and its session log have different dates."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.entries.identity import heading_words, names_one_date, own_logs
from handoff_md.syntax.grammar import EntryKind, read_entry_heading


@rule("HE005", "date-mismatch", severity=Severity.WARNING)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    The date in an entry's heading is not the date in the name of its session log.

    ## Why

    Numbers of sessions restart, so the date is what tells two of one number apart. An entry with
    another date than its log is taken for another session, or stands in the wrong place.

    Only logs on a `Session Log` line count. A heading with two dates tells of a stretch of time,
    and is left alone, as is a parallel section: its date is that of the merge.

    ```markdown bad
    ### 2025-12-19: Cache the look-ups (Session 19)

    **Session Log**: [Session 19](./sessions/2025-12-18-session-19-cache.md)
    ```

    ```markdown good
    ### 2025-12-18: Cache the look-ups (Session 19)

    **Session Log**: [Session 19](./sessions/2025-12-18-session-19-cache.md)
    ```
    """
    for entry in page.entries:
        if entry.kind is EntryKind.PARALLEL or not entry.log:
            continue
        words = heading_words(page.source, entry)
        heading = read_entry_heading(words)
        if heading is None or heading.date is None or not names_one_date(words):
            continue
        logs = list(own_logs(page.source, entry.span, page.code_lines))
        if logs and all(named.link.log.date != heading.date for named in logs):
            log, line = logs[0].link.log, logs[0].line
            yield Finding(
                entry.heading.text,
                f"The heading is of {heading.date}, but its log in line {line + 1} of {log.date}",
                related=(page.source.lines_span(line, line + 1),),
                sessions=entry.session_ids,
            )
