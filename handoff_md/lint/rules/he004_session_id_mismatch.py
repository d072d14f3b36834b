"""HE004: a heading and the session log that it is told of disagree on the session."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handoff_md.lint.context import Context
from handoff_md.lint.diagnostic import Finding, Severity
from handoff_md.lint.page import Page
from handoff_md.lint.rule import rule
from handoff_md.semantics.claims import claimed_sessions, heading_words, own_logs
from handoff_md.syntax.grammar import EntryKind, read_entry_heading
from handoff_md.syntax.nodes import Entry, Part
from handoff_md.syntax.session_id import SessionId


@rule("HE004", "session-id-mismatch", severity=Severity.ERROR)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    A heading names one session, and the `Session Log` line below it another one's log.

    ## Why

    One of them is wrong: a template was copied, or a number was taken twice. Whoever follows the
    link reads of other work.

    Only what an entry calls itself counts: `(Session 19)`, `Session 19: Title`. Ranges and sessions
    that a title is about (`Sessions 19-21`, `Session 15 Retrospective`) are no claim, nor is a log
    that the text mentions elsewhere. Several logs are fine if one is the session's own.

    ```markdown bad
    ### 2025-12-18: Cache the look-ups (Session 19)

    **Session Log**: [Session 20](./sessions/2025-12-18-session-20-gate.md)
    ```

    ```markdown good
    ### 2025-12-18: Cache the look-ups (Session 19)

    **Session Log**: [Session 19](./sessions/2025-12-18-session-19-cache.md)

    ### 2025-12-18: Session 15 Retrospective

    **Session Log**: [Session 18](./sessions/2025-12-18-session-18-retrospective.md)
    ```
    """
    for entry in page.entries:
        if entry.kind is EntryKind.PARALLEL:
            for part in entry.parts:
                yield from _compare(page, part, (part.session_id,))
        elif entry.log:
            heading = read_entry_heading(page.source.slice(entry.heading.text))
            words = heading_words(page.source, entry)
            yield from _compare(
                page, entry, claimed_sessions(words, heading.session_ids if heading else ())
            )


def _compare(page: Page, node: Entry | Part, claimed: Sequence[SessionId]) -> Iterator[Finding]:
    """Compare the one session that a heading names with the logs that are called its own."""
    if len(claimed) != 1 or claimed[0].number is None:
        return
    logs = list(own_logs(page.source, node.span, page.code_lines))
    numbers = {
        session_id.number
        for named in logs
        for session_id in (named.link.session_id, named.link.label_id)
        if session_id
    }
    if not logs or claimed[0].number in numbers:
        return
    log, line = logs[0].link.log, logs[0].line
    yield Finding(
        node.heading.text,
        f"The heading names session {claimed[0]}, but its log in line {line + 1} is that of "
        f"session {log.session_id}, `{log.name}`",
        related=(page.source.lines_span(line, line + 1),),
        sessions=(claimed[0], log.session_id),
    )
