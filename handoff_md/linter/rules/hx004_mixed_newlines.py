"""HX004: lines end in more than one way."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Fix, Safety, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.text.edit import Edit
from handoff_md.text.source import NEWLINE
from handoff_md.text.span import Span

_NAMES = {"\n": "LF", "\r\n": "CRLF", "\r": "CR"}


@rule("HX004", "mixed-newlines", severity=Severity.WARNING, fix=Safety.SAFE)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    r"""
    Some lines end with CR LF (or CR alone), and others with LF.

    ## Why

    An editor or a tool that settles on one ending rewrites every line that has the other, and the
    next merge finds changes where nobody made any. One file has one finding, at the first line that
    ends as the fewer do.

    The fix gives all lines the ending that most have; between equals, LF. Text stays as it is.

    `\r` in the example stands for CR.

    ```markdown bad escapes=yes
    # Handoff\r
    ## Recent Sessions
    ## Notes
    ```

    ```markdown fixed
    # Handoff
    ## Recent Sessions
    ## Notes
    ```

    ```markdown good
    # Handoff
    ## Recent Sessions
    ## Notes
    ```
    """
    source = page.source
    if "\r" not in source.text:
        return
    wanted = source.newline
    odd = [match for match in NEWLINE.finditer(source.text) if match.group() != wanted]
    if not odd:
        return
    place = odd[0].start()
    message = (
        f"The line ends with {_NAMES[odd[0].group()]}; of {source.line_count} lines, "
        f"{len(odd)} do not end with {_NAMES[wanted]}"
    )
    edits = tuple(Edit(Span(match.start(), match.end()), wanted) for match in odd)
    fix = Fix(f"end all lines with {_NAMES[wanted]}", edits)
    yield Finding(Span(place, place), message, fix)
