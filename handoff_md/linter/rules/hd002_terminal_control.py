"""HD002: control characters steer the terminal that shows them."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Fix, Safety, Severity
from handoff_md.linter.page import Page, PageKind
from handoff_md.linter.rule import rule
from handoff_md.text.edit import Edit
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.span import Span
from handoff_md.text.visible import name_character, visible

# An escape sequence (ECMA-48, section 5.4, and the commands of xterm that end with BEL or ESC \)
# or other control characters in a row. NUL is HX003's; tab and line endings are text.
_ONE = r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]"
_CONTROL = lazy_pattern(
    r"(?:(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\][^\x00-\x1f\x7f]*(?:\x07|\x1b\\)"
    rf"|{_ONE})+"
)
_ANY = lazy_pattern(_ONE)
_LONGEST_SHOWN = 20
_BREAKS = frozenset("\x0b\x0c\x85\u2028\u2029")


@rule(
    "HD002",
    "terminal-control",
    severity=Severity.ERROR,
    kinds=(PageKind.HANDOFF, PageKind.LOG, PageKind.PROTOCOL),
    fix=Safety.UNSAFE,
)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    r"""
    An escape sequence or another control character stands in the text.

    ## Why

    A terminal that shows the file obeys it: colours change, lines vanish, a title or the clipboard
    is written. Most come from output that was pasted with its colours. Tabs and line endings are
    text; separators that only look like line endings (U+2028, U+2029) are not.

    The fix takes them out, an escape sequence as a whole; what some programs take for a line ending
    becomes a space. It is unsafe: the characters may be what the text is about.

    ```markdown bad escapes=yes
    All tests pass: \x1b[32mok\x1b[0m
    ```

    ```markdown fixed
    All tests pass: ok
    ```

    ```markdown good
    All tests pass: `\x1b[32m` was for the colour.
    ```
    """
    text = page.source.text
    if _ANY.search(text) is None:
        return
    for match in _CONTROL.finditer(text):
        run = match.group()
        span = Span(match.start(), match.end())
        edit = Edit(span, " " if _BREAKS.intersection(run) else "")
        fix = Fix("take the control characters out", (edit,), Safety.UNSAFE)
        yield Finding(span, _describe(run), fix)


def _describe(run: str) -> str:
    if len(run) > 1 and run[0] in "\x1b\x9b":
        return f"The text holds an escape sequence, `{visible(run[:_LONGEST_SHOWN])}`"
    more = f", and {len(run) - 1} more" if len(run) > 1 else ""
    return f"The text holds {name_character(run[0])}{more}"
