"""HL005: a link names a heading that its target does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from urllib.parse import unquote

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page, PageKind
from handoff_md.linter.rule import rule
from handoff_md.semantics.document.anchors import normalize_fragment
from handoff_md.semantics.document.links import resolve, split_relative
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.visible import shorten

_OTHER = lazy_pattern(r"top|L[0-9]+.*|:~:.*|(?:user-content-)?fn(?:ref)?-?.*", re.IGNORECASE)
_MARKDOWN = (".md", ".markdown")


@rule(
    "HL005",
    "broken-anchor",
    severity=Severity.WARNING,
    kinds=(PageKind.HANDOFF, PageKind.LOG, PageKind.PROTOCOL),
)
def check(page: Page, context: Context) -> Iterator[Finding]:
    """
    A link's `#fragment` is the anchor of no heading in the document that it leads to.

    ## Why

    The link opens the document at its top, and what it should show is somewhere below, or gone.

    A heading's anchor is what GitHub makes of it: its words in lower case, without punctuation,
    with hyphens for spaces; equal ones are numbered (`-1`, `-2`). Anchors that HTML sets count too.
    Links to lines (`#L12`) and to files that are not Markdown are not looked at.

    ```markdown bad
    # Handoff

    See [what is open](#open-questions).

    ## Questions that are open
    ```

    ```markdown good
    # Handoff

    See [what is open](#open-questions) and [decisions](#decisions).

    ## Open Questions

    <a id="decisions"></a>
    ```
    """
    for link in page.links:
        fragment = unquote(link.href.partition("#")[2])
        if not fragment or _OTHER.fullmatch(fragment):
            continue
        anchors = _anchors(page, context, link.href)
        if anchors is not None and normalize_fragment(fragment) not in anchors:
            place = link.destination or link.span
            yield Finding(place, f"No heading has the anchor `#{shorten(fragment)}`")


def _anchors(page: Page, context: Context, href: str) -> AbstractSet[str] | None:
    """Give the anchors of the document that a link leads to; None where they aren't known."""
    if href.startswith("#"):
        return page.anchors
    parts, read = split_relative(href), context.around.anchors
    if parts is None or read is None or page.is_outside:
        return None
    target = resolve(page.folder, parts[0])
    if target is None or not target.lower().endswith(_MARKDOWN):
        return None
    return page.anchors if unquote(target) == page.path else read(unquote(target))
