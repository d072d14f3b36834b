"""HF005: a merge would change a summary to make it safe."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Fix, Safety, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.summaries.containment import OPEN_FENCE
from handoff_md.text.edit import Edit
from handoff_md.text.span import Span


@rule(
    "HF005",
    "summary-repaired",
    severity=Severity.INFO,
    fix=Safety.UNSAFE,
)
def check(page: Page, context: Context) -> Iterator[Finding]:
    r"""
    A summary holds something that `merge` would rewrite so that it stays inside its section.

    ## Why

    Raw HTML that is not balanced, link definitions, footnotes and underlined headings reach beyond
    the summary, or are caught by the document's own. `merge` repairs them and says so; who wants
    the words as they are to stand in the document writes them otherwise.

    The fix makes the same repairs in the summary. It is unsafe, for they show in the text.
    Headings that move to their level, and links that are rewritten, are no repairs.

    ```markdown bad
    # Session 19: Cache the look-ups

    Outcome
    -------

    All look-ups are cached.
    ```

    ```markdown fixed
    # Session 19: Cache the look-ups

    ## Outcome

    All look-ups are cached.
    ```

    ```markdown good
    # Session 19: Cache the look-ups

    See [the measurements](./measurements.md).
    ```
    """
    if len(page.source.text) > context.layout.max_summary_size:
        return
    notes = [note for note in page.contained.notes if note != OPEN_FENCE]
    if notes:
        yield Finding(page.title, f"A merge changes the summary: {'; '.join(notes)}", _fix(page))


def _fix(page: Page) -> Fix | None:
    """Put the repaired text in the place of the body; None where that is in two pieces."""
    source, spans = page.source, page.summary.body
    filled = [span for span in spans if source.slice(span).strip()]
    if len(filled) != 1:
        return None
    text = source.slice(filled[0])
    start = filled[0].start + len(text) - len(text.lstrip("\r\n"))
    end = filled[0].start + len(text.rstrip())
    repaired = page.contained.text.rstrip().replace("\n", source.newline)
    return Fix("repair the summary", (Edit(Span(start, end), repaired),), Safety.UNSAFE)
