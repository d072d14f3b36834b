"""HL002: a session log is named, but not linked."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Fix, Safety, Severity
from handoff_md.linter.page import Page, PageKind
from handoff_md.linter.rule import rule
from handoff_md.semantics.document.links import relative, resolve, write_destination
from handoff_md.syntax.links import LogMention, find_log_mentions
from handoff_md.text.edit import Edit


@rule(
    "HL002",
    "session-log-not-a-link",
    severity=Severity.WARNING,
    kinds=(PageKind.HANDOFF,),
    fix=Safety.SAFE,
)
def check(page: Page, context: Context) -> Iterator[Finding]:
    """
    A `Session Log` line names its log in backticks or in prose, not as a link.

    ## Why

    Nobody can follow it with a click, and when the log is moved or renamed nothing tells that the
    line has become wrong: only links are checked.

    The fix makes a link of it where the log exists, and the line holds its path or name as words of
    their own or as the whole of a code span.

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
    for mention in find_log_mentions(page.document):
        yield Finding(
            mention.span,
            f"The log of session {mention.log.session_id} is named, but not linked",
            _fix(page, context, mention),
            sessions=(mention.log.session_id,),
        )


def _fix(page: Page, context: Context, mention: LogMention) -> Fix | None:
    listed, exists = context.around.reachable_logs, context.around.exists
    if listed is None or exists is None or page.is_outside or not mention.is_free:
        return None
    path = listed().paths.get(mention.log.name)
    if path is None or not exists(path) or not _leads_to(mention.path, path, page, context):
        return None
    target = write_destination(relative(path, page.folder))
    edit = Edit(mention.span, f"[Session {mention.log.session_id}]({target})")
    return Fix("link to the session log", (edit,))


def _leads_to(written: str, path: str, page: Page, context: Context) -> bool:
    """Tell whether a path, or a bare name, is that of a log from any folder it may start from."""
    folders = (page.folder, "", context.layout.sessions)
    return "/" not in written or path in [resolve(folder, written) for folder in folders]
