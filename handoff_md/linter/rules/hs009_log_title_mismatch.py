"""HS009: a session log's title and its file name disagree."""

from __future__ import annotations

import re
from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Fix, Safety, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.syntax.grammar import LogName, read_log_name
from handoff_md.syntax.nodes import Heading, walk
from handoff_md.syntax.title import TitleWords, read_title
from handoff_md.text.edit import Edit
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.span import Span

_INFO = lazy_pattern(
    r"^[ \t]*(?:[-*+][ \t]+)?\*\*(?:Date|Session(?:[ \t]+ID)?):?\*\*:?[ \t]*(?P<value>[^\n\r]*)",
    re.IGNORECASE | re.MULTILINE,
)


@rule(
    "HS009",
    "log-title-mismatch",
    severity=Severity.WARNING,
    fix=Safety.SAFE,
)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    A session log's first heading claims another session number or date than its file name.

    ## Why

    The file name is what links and tools go by. A title that was copied from another log makes
    readers take it for that one.

    The fix writes the file name's number or date into the title. There is none where the log's own
    `Date` or `Session` line agrees with the title, or where the title has the number or date more
    than once: then the file name may be what is wrong.

    ```markdown bad path=.agents/sessions/2025-12-18-session-19-cache.md
    # Session 18 - 2025-12-18

    - **Date**: 2025-12-18
    ```

    ```markdown fixed
    # Session 19 - 2025-12-18

    - **Date**: 2025-12-18
    ```

    ```markdown good path=.agents/sessions/2025-12-18-session-19-cache.md
    # Session 19: Cache the look-ups
    ```
    """
    log = read_log_name(page.name)
    heading = next((node for node in walk(page.document) if isinstance(node, Heading)), None)
    if log is None or heading is None or heading.level != 1:
        return
    title = read_title(page.source.slice(heading.text))
    claims = list(_wrong_claims(log, title))
    if not claims:
        return
    edits = [_edit(page, heading.text, *claim) for claim in claims]
    agreed = [edit for edit in edits if edit]
    fix = None
    if len(agreed) == len(edits):
        fix = Fix("make the title agree with the file name", tuple(agreed))
    wrong = " and ".join(f"{what} {claimed}" for what, claimed, _ in claims)
    right = " and ".join(wanted for _, _, wanted in claims)
    yield Finding(heading.text, f"The title claims {wrong}, the file name {right}", fix)


def _wrong_claims(log: LogName, title: TitleWords) -> Iterator[tuple[str, str, str]]:
    """Give what the title claims wrongly: its kind, as written there, and as the name has it."""
    claimed = title.session_id
    if claimed and claimed.stem not in (None, log.session_id.stem):
        yield "session", claimed.text, log.session_id.text
    if title.date and title.date != log.date:
        yield "date", title.date.isoformat(), log.date.isoformat()


def _edit(page: Page, heading: Span, _what: str, claimed: str, wanted: str) -> Edit | None:
    """Write what the name says in the place of a claim; None where that may be wrong."""
    word = re.compile(rf"(?<![\w-]){re.escape(claimed)}(?![\w-])")
    text = page.source.text
    places = list(word.finditer(text, heading.start, heading.end))
    info = (match["value"] for match in _INFO.finditer(text))
    if len(places) != 1 or any(word.search(value) for value in info):
        return None
    return Edit(Span(places[0].start(), places[0].end()), wanted)
