"""HD001: characters make text display otherwise than it reads."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Fix, Safety, Severity
from handoff_md.linter.page import Page, PageKind
from handoff_md.linter.rule import rule
from handoff_md.text.edit import Edit
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.span import Span
from handoff_md.text.visible import name_character

_MARKS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_BIDI = lazy_pattern(f"[{_MARKS}]+")


@rule(
    "HD001",
    "bidi-control",
    severity=Severity.ERROR,
    kinds=(PageKind.HANDOFF, PageKind.LOG, PageKind.PROTOCOL),
    fix=Safety.UNSAFE,
)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    r"""
    A bidirectional control character makes text display in another order than it has.

    ## Why

    A reader sees other words than a program, or an agent, reads: a command may show as harmless
    and be another one ([Trojan Source](https://trojansource.codes)). Marks that right-to-left
    languages need (U+200E, U+200F) are no such controls, and neither are the letters themselves.

    `\u202e` in the examples stands for the character.

    The fix takes the characters out. It is unsafe: the words then show in another order.

    ```markdown bad escapes=yes
    Run `make \u202etset\u202c`.
    ```

    ```markdown fixed
    Run `make tset`.
    ```

    ```markdown good
    Run `make test`. שלום
    ```
    """
    text = page.source.text
    if not any(mark in text for mark in _MARKS):
        return
    for match in _BIDI.finditer(text):
        span = Span(match.start(), match.end())
        fix = Fix("take the characters out", (Edit(span, ""),), Safety.UNSAFE)
        yield Finding(
            span, f"The text displays otherwise than it reads: it holds {_name(match.group())}", fix
        )


def _name(run: str) -> str:
    more = f", and {len(run) - 1} more" if len(run) > 1 else ""
    return f"{name_character(run[0])}{more}"
