"""HE003: a session is entered once."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.lint.context import Context
from handoff_md.lint.diagnostic import Finding, Severity
from handoff_md.lint.page import Page
from handoff_md.lint.rule import rule
from handoff_md.semantics.identity import Recorded, is_same_session
from handoff_md.text.span import Span


@rule("HE003", "duplicate-session", severity=Severity.ERROR)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    Two entries, or an entry and a part of a parallel section, tell of the same session.

    ## Why

    A merge of branches brings an entry in twice, and both are then edited apart. A reader can't
    know which one holds. Sessions are the same if their logs are; where a log is not known, if id
    and date are. An equal number alone says nothing: numbers restart.

    ```markdown bad
    ## Recent Sessions

    ### 2025-12-18: Cache the look-ups (Session 19)

    Done.

    ### 2025-12-18: Cache all look-ups (Session 19)

    Done, and measured.
    ```

    ```markdown good
    ## Recent Sessions

    ### 2025-12-19: Cache the look-ups (Session 19)

    ### 2025-12-18: Read the protocol (Session 19)
    ```
    """
    first: dict[object, list[Recorded]] = {}
    for recorded in page.recorded:
        known = first.setdefault(recorded.key.session_id, [])
        twin = next((other for other in known if is_same_session(other.key, recorded.key)), None)
        known.append(recorded)
        if twin is None or twin.entry is recorded.entry:
            continue
        line = page.source.position(_place(twin).start).line
        yield Finding(
            _place(recorded),
            f"Session {recorded.key.session_id} is already entered in line {line}",
            related=(_place(twin),),
            sessions=(recorded.key.session_id,),
        )


def _place(recorded: Recorded) -> Span:
    return (recorded.part or recorded.entry).heading.text
