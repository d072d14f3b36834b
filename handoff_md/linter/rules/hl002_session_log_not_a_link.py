"""HL002: a session log is named, but not linked."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Fix, Safety, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.links import relative, write_destination
from handoff_md.semantics.logs import index_logs
from handoff_md.syntax.grammar import LogMention, read_log_mentions
from handoff_md.text.edit import Edit
from handoff_md.text.span import Span


@rule("HL002", "session-log-not-a-link", severity=Severity.WARNING, fix=Safety.SAFE)
def check(page: Page, context: Context) -> Iterator[Finding]:
    """
    A `Session Log` line names its log in backticks or in prose, not as a link.

    ## Why

    Nobody can follow it with a click, and when the log is moved or renamed nothing tells that the
    line has become wrong: only links are checked.

    The fix makes a link of it where the log exists.

    ```markdown bad files=.agents/sessions/2025-12-18-session-19-cache.md
    ### 2025-12-18: Cache the look-ups

    - Session log: `.agents/sessions/2025-12-18-session-19-cache.md`
    ```

    ```markdown fixed
    ### 2025-12-18: Cache the look-ups

    - Session log: [Session 19](./sessions/2025-12-18-session-19-cache.md)
    ```

    ```markdown good
    ### 2025-12-18: Cache the look-ups

    - Session log: [Session 19](./sessions/2025-12-18-session-19-cache.md)
    - Changed: `.agents/sessions/2025-12-18-session-19-cache.md`
    ```
    """
    source = page.source
    seen = -1
    place = source.text.find("-session-")
    while place >= 0:
        line = source.line_of(place)
        if line != seen and line not in page.code_lines:
            for mention in read_log_mentions(source.line_text(line)):
                start = source.line_offset(line)
                yield Finding(
                    Span(start + mention.start, start + mention.end),
                    f"The log of session {mention.log.session_id} is named, but not linked",
                    _fix(page, context, mention, start),
                    sessions=(mention.log.session_id,),
                )
        seen = line
        place = source.text.find("-session-", place + 1)


def _fix(page: Page, context: Context, mention: LogMention, line_start: int) -> Fix | None:
    listed, exists = context.around.reachable_logs, context.around.exists
    if listed is None or exists is None or page.is_outside:
        return None
    path = index_logs(tuple(listed())).paths.get(mention.log.name)
    if path is None or not exists(path):
        return None
    target = write_destination(relative(path, page.folder))
    span = Span(line_start + mention.start, line_start + mention.end)
    edit = Edit(span, f"[Session {mention.log.session_id}]({target})")
    return Fix("link to the session log", (edit,))
