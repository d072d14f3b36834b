"""HR004: HANDOFF.md can't be built of its pieces, or a merge button could break them."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.text.span import Span


@rule("HR004", "broken-pieces", severity=Severity.ERROR)
def check(_page: Page, context: Context) -> Iterator[Finding]:
    """
    HANDOFF.md can't be built of the files in `.agents/handoff.d`, or branches can meet in them.

    ## Why

    In the profile `derived` branches never conflict, as long as no two of them make a file of one
    name, the folder keeps its own files, and HANDOFF.md and what the main branch has of its pieces
    change there alone. Without the folder's own files git takes one whose last file was archived
    for a renamed folder, and moves the files of other branches after it. On a branch its files are
    compared with those of the commit where it left the main branch; [HG010](HG010.md) says which
    commit has changed them. A session's file that can't be taken in stops every build.

    ~~~markdown bad pieces=double
    # Handoff
    ~~~

    ~~~markdown good
    # Handoff
    ~~~
    """
    for flaw in context.around.pieces() if context.around.pieces else ():
        yield Finding(Span(0, 0), flaw)
