"""HL003: a relative link leads nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import unquote

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page, PageKind
from handoff_md.linter.rule import rule
from handoff_md.semantics.document.links import is_template, resolve, split_relative
from handoff_md.syntax.links import unread_paragraphs
from handoff_md.text.span import Span
from handoff_md.text.visible import shorten


@rule("HL003", "broken-link", severity=Severity.ERROR)
def check(page: Page, context: Context) -> Iterator[Finding]:
    """
    A relative link leads to a file or folder that does not exist.

    ## Why

    A link is a promise to the next reader. An agent that follows it finds nothing, and goes on
    without what it should have read.

    A target counts as existing if it does in this work tree or in any linked worktree, for a
    parallel session's log is still on its own branch. A summary's links may start from its folder,
    from the handoff document's or from the root, as `merge` takes them. Links that leave the
    repository, start with `/` or are templates (`YYYY-MM-DD-session-NN.md`) are not looked at. A
    link whose target exists from the root alone is [HL004](HL004.md). A paragraph with so many
    brackets that it can't be read in good time is reported as such.

    ```markdown bad files=.agents/sessions/2025-12-18-session-19-cache.md
    See [Session 20](./sessions/2025-12-18-session-20-gate.md).
    ```

    ```markdown good files=.agents/sessions/2025-12-18-session-19-cache.md
    See [Session 19](./sessions/2025-12-18-session-19-cache.md) and [all](./sessions/).
    ```
    """
    exists = context.around.exists
    if exists is None or page.is_outside:
        return
    folders = [page.folder, ""]
    if page.kind is PageKind.SUMMARY:
        folders.append(context.layout.handoff.rpartition("/")[0])
    for link in page.links:
        parts = split_relative(link.href)
        if parts and not is_template(parts[0]) and not _is_found(parts[0], folders, exists):
            place = link.destination or link.span
            yield Finding(place, f"The target `{shorten(unquote(parts[0]))}` does not exist")
    for paragraph in unread_paragraphs(page.document):
        line = page.source.line_text(page.source.line_of(paragraph.start))
        yield Finding(
            Span(paragraph.start, paragraph.start + len(line)),
            "The links of this paragraph are not checked: it is too long, or has too many brackets",
        )


def _is_found(path: str, folders: list[str], exists: Callable[[str], bool]) -> bool:
    """Tell whether any folder makes a path lead to something, or out of what can be known."""
    targets = [resolve(folder, path) for folder in folders]
    return targets[0] is None or any(
        target is not None and exists(unquote(target)) for target in targets
    )
