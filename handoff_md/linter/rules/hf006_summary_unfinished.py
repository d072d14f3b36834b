"""HF006: a summary is not finished."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.summaries.containment import OPEN_FENCE
from handoff_md.syntax.nodes import Block, BlockKind, Node, Table, split_row, walk
from handoff_md.syntax.summary import Status
from handoff_md.text.source import Source
from handoff_md.text.span import Span


@rule("HF006", "summary-unfinished", severity=Severity.WARNING)
def check(page: Page, context: Context) -> Iterator[Finding]:
    """
    A summary is in progress, empty, or breaks off inside a code fence or a table.

    ## Why

    A summary that is in progress or empty is not merged, and holds up the others. One that breaks
    off was written by an agent that was stopped: what is missing is not known to anybody else.

    ```markdown bad
    ---
    status: in-progress
    ---
    # Session 19: Cache the look-ups

    Half of the look-ups are cached.
    ```

    ~~~markdown bad
    # Session 19: Cache the look-ups

    ```sh
    make te
    ~~~

    ```markdown bad
    # Session 19: Cache the look-ups

    | Look-up | Cached |
    |---------|--------|
    | by name | yes |
    | by pa
    ```

    ```markdown good
    ---
    status: partial
    ---
    # Session 19: Cache the look-ups

    Half of the look-ups are cached; the others wait for the index.
    ```
    """
    source, summary = page.source, page.summary
    if summary.status is Status.IN_PROGRESS:
        line = summary.status_line
        place = page.title if line is None else _line(source, line)
        yield Finding(place, "The session is still in progress")
    if not any(source.slice(span).strip() for span in summary.body):
        yield Finding(page.title, "The summary is empty")
    elif len(source.text) <= context.layout.max_summary_size and page.contained.refusal is None:
        yield from _breaks_off(page)


def _breaks_off(page: Page) -> Iterator[Finding]:
    source, last = page.source, _last_block(page)
    if isinstance(last, Block) and last.kind is BlockKind.FENCE:
        if OPEN_FENCE in page.contained.notes:
            place = _line(source, source.line_of(last.span.start))
            yield Finding(place, "The summary breaks off inside this code fence")
    elif isinstance(last, Table):
        header, row = last.children[0].span, last.children[-1].span
        cells = len(split_row(source, row))
        is_closed = source.slice(row).rstrip().endswith("|")
        if not is_closed and cells < len(split_row(source, header)):
            place = _line(source, source.line_of(row.start))
            yield Finding(place, "The summary breaks off inside this table")


def _last_block(page: Page) -> Node | None:
    """Give the block that the text ends with; what merely closes a section is none."""
    last = None
    for node in walk(page.document):
        if isinstance(node, Table) or (
            isinstance(node, Block) and node.kind is not BlockKind.BLANK
        ):
            last = node
    return last


def _line(source: Source, number: int) -> Span:
    start = source.line_offset(number)
    return Span(start, start + len(source.line_text(number)))
