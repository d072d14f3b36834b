"""HF004: a summary holds what a merge refuses."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.summaries.containment import contain_title
from handoff_md.syntax.summary import Summary
from handoff_md.text.source import Source
from handoff_md.text.span import Span


@rule("HF004", "summary-hostile", severity=Severity.ERROR)
def check(page: Page, context: Context) -> Iterator[Finding]:
    """
    A summary holds something that can't be made safe for the handoff document.

    ## Why

    A summary must not change how the rest of the document reads. What can be repaired is
    ([HF005](HF005.md)); control and bidirectional characters, nesting that parsers give up on, and
    too many brackets or bytes are refused, and so is the whole merge.

    ```markdown bad
    # Session 19: Cache the look-ups

    > > > > > > > > > > > > > > > > > > Quoted too often.
    ```

    ```markdown good
    # Session 19: Cache the look-ups

    > Quoted once.
    ```
    """
    most = context.layout.max_summary_size
    if len(page.raw.to_bytes()) > most:
        yield Finding(page.title, f"The summary has more than {most} bytes")
        return
    title = contain_title(page.summary.title, captured={}).refusal
    if title:
        yield Finding(page.title, f"The title {title.reason}")
    refusal = page.contained.refusal
    if refusal:
        place = _place(page.summary, refusal.line) if refusal.line else page.title
        yield Finding(place, f"The summary {refusal.reason}")


def _place(summary: Summary, line: int) -> Span:
    """Give the words of a line of the body, counted from 1 without blank lines at its start."""
    body = Source(summary.body_text)
    number = next(n for n in range(body.line_count) if body.line_text(n).strip(" \t")) + line - 1
    words = body.line_text(number)
    start = body.line_offset(number) + len(words) - len(words.lstrip())
    shift = 0
    for span in summary.body:
        if start - shift < len(span):
            first = span.start + start - shift
            return Span(first, min(first + len(words.strip()), span.end))
        shift += len(span) + 2  # the blank line that stands where the title was
    return summary.body[-1]
