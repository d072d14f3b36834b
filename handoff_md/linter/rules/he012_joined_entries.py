"""HE012: one entry holds what two were."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.document.header import fields_of, read_words
from handoff_md.syntax.grammar import EntryKind
from handoff_md.text.pattern import lazy_pattern

_LOG = "session log"
_WRITTEN = lazy_pattern(r"session\s+log", re.IGNORECASE)


@rule("HE012", "joined-entries", severity=Severity.WARNING)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    An entry outside a parallel section has a second `**Session Log**` line.

    ## Why

    It is what two entries look like once the heading between them is gone, or was renamed by a tool
    to something that heads no entry. The second session is then found by nobody, or one session
    is told of twice in one entry.

    ```markdown bad
    ## Recent Sessions

    ### 2025-12-18: Cache the look-ups (Session 19)

    **Session Log**: [Session 19](./sessions/2025-12-18-session-19.md)

    - The look-ups are cached.

    **2025-12-18: Cache the look-ups, again (Session 19)**

    **Session Log**: [Session 19](./sessions/2025-12-18-session-19.md)
    ```

    ```markdown good
    ## Recent Sessions

    ### 2025-12-18: Cache the look-ups (Session 19)

    **Session Log**: [Session 19](./sessions/2025-12-18-session-19.md)

    - The look-ups are cached.

    ### 2025-12-17: Add the gate (Session 18)

    **Session Log**: [Session 18](./sessions/2025-12-17-session-18.md)
    ```
    """
    for entry in page.entries:
        span = entry.span
        written = islice(_WRITTEN.finditer(page.source.text, span.start, span.end), 2)
        if entry.kind is EntryKind.PARALLEL or len(tuple(written)) < 2:  # noqa: PLR2004 - two
            continue
        fields = fields_of(page.source, entry.children)
        logs = [one for one in fields if read_words(page.source, one.key).casefold() == _LOG]
        for field in logs[1:]:
            line = page.source.position(logs[0].key.start).line
            yield Finding(
                field.key,
                f"The entry already has a session log in line {line}: two entries may be joined",
                related=(logs[0].key,),
                sessions=entry.session_ids,
            )
