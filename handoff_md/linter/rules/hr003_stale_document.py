"""HR003: HANDOFF.md is not what its pieces give."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.text.span import Span


@rule("HR003", "stale-document", severity=Severity.ERROR)
def check(_page: Page, context: Context) -> Iterator[Finding]:
    """
    HANDOFF.md is not what its pieces give.

    ## Why

    In the profile `derived` HANDOFF.md is built of the files in `.agents/handoff.d`. What somebody
    writes into it stands in none of them, and what came to these does not stand in it yet. On a
    branch the document of its base will do: it is built on the main branch.

    There is no fix: a build would lose the words. `handoff-md build` shows them, and
    `handoff-md split --update` takes them in.

    ~~~markdown bad built=stale
    # Handoff
    ~~~

    ~~~markdown good
    # Handoff
    ~~~
    """
    told = context.around.built() if context.around.built else ""
    if told:
        yield Finding(Span(0, 0), f"{context.layout.handoff} {told}")
