"""HX003: bytes are not UTF-8, or are no text."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import holds_surrogates
from handoff_md.text.span import Span

_UNREADABLE = lazy_pattern("[\ud800-\udfff]+|\0+|\ufeff+")


@rule("HX003", "not-utf8", severity=Severity.ERROR)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    r"""
    The file holds bytes that are not UTF-8, NUL bytes, or a byte order mark in its middle.

    ## Why

    Tools disagree on what such bytes are: one shows a replacement character, one stops, one writes
    them back as something else. A byte order mark in the middle is what joining files leaves; it
    hides, and the line that it starts is no heading any more. One at the very start of the file is
    fine.

    `\ufeff` in the example stands for such a mark.

    ```markdown bad escapes=yes
    # Handoff

    \ufeff## Recent Sessions
    ```

    ```markdown good
    # Übergabe

    ## Recent Sessions
    ```
    """
    text = page.source.text
    if not (holds_surrogates(text) or "\0" in text or "\ufeff" in text):
        return
    for match in _UNREADABLE.finditer(text):
        yield Finding(Span(match.start(), match.end()), _describe(match.group()))


def _describe(run: str) -> str:
    many = len(run) > 1
    if run[0] == "\0":
        return f"{len(run)} NUL bytes stand here" if many else "A NUL byte stands here"
    if run[0] == "\ufeff":
        return "A byte order mark stands in the middle of the file"
    byte = f"0x{ord(run[0]) & 0xFF:02X}"
    if many:
        return f"{len(run)} bytes from {byte} on are not UTF-8"
    return f"The byte {byte} is not UTF-8"
