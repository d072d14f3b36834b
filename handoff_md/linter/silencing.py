"""Writes the comments that silence findings, where that changes nothing else of the document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Diagnostic
from handoff_md.linter.engine import check_page
from handoff_md.linter.fixer import find_breaking
from handoff_md.linter.page import Page, PageKind
from handoff_md.linter.rule import Rule
from handoff_md.text.edit import Edit, Patch, compose, make_patch
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

Choose = Callable[[Sequence[Diagnostic]], Sequence[Diagnostic]]

_INDENT = lazy_pattern(r"[ \t]*")
# Words behind these are a heading's, or a field's value.
_NO_ROOM = lazy_pattern(r"[ \t]*(?:#|\*\*|__|(?:=+|-+)[ \t]*$)")
_LAST_BAR = lazy_pattern(r"[ \t]*\|?[ \t]*$")


class Silenced(Value):
    """A page with comments that silence findings.

    ``patch`` is what was written, ``silenced`` counts the findings, and ``remaining`` are those
    that no comment can silence.
    """

    page: Page
    patch: Patch
    silenced: int
    remaining: tuple[Diagnostic, ...]


def silence_page(
    page: Page, rules: Sequence[Rule], context: Context, reason: str, choose: Choose
) -> Silenced:
    """Silence findings: by a comment above their line, else by one at its end.

    A comment that would make other blocks of the lines around it, or another entry, is not written.

    Args:
        page: the page as it is.
        rules: those whose findings are silenced.
        context: what they may ask.
        reason: the words in each comment; one line without ``-->``.
        choose: which of the findings are to be silenced.
    """
    found = choose(check_page(page, rules, context))
    now, patch, left = page, make_patch(page.source, ()), found
    for write in (_above, _behind):
        if not left or page.kind is PageKind.IGNORE or page.conflicts:
            break
        step = _write(now, left, reason, write)
        after = page.with_text(step.apply())
        if _entries(after) == _entries(now):
            now, patch = after, compose(patch, step)
            left = choose(check_page(now, rules, context))
    return Silenced(now, patch, len(found) - len(left), tuple(left))


def _write(
    page: Page,
    found: Sequence[Diagnostic],
    reason: str,
    write: Callable[[Source, int, str], Edit | None],
) -> Patch:
    """Make the patch of all comments that break nothing."""
    lines: dict[int, list[str]] = {}
    for diagnostic in found:
        lines.setdefault(diagnostic.start.line - 1, []).append(diagnostic.code)
    edits = _edits(page, lines, reason, write)
    while edits:
        patch = make_patch(page.source, edits)
        new = page.with_text(patch.apply())
        breaking = find_breaking(page.document, patch, new.document)
        if not breaking:
            return patch
        edits = edits - breaking
    return make_patch(page.source, ())


def _edits(
    page: Page,
    lines: Mapping[int, Sequence[str]],
    reason: str,
    write: Callable[[Source, int, str], Edit | None],
) -> AbstractSet[Edit]:
    edits: set[Edit] = set()
    for line, codes in lines.items():
        comment = f"<!-- handoff-md: ignore[{', '.join(sorted(set(codes)))}] {reason} -->"
        edit = None if line < page.document.first_line else write(page.source, line, comment)
        if edit:
            edits.add(edit)
    return edits


def _above(source: Source, line: int, comment: str) -> Edit:
    start = source.line_offset(line)
    indent = _INDENT.match(source.line_text(line))
    return Edit(Span(start, start), f"{indent.group() if indent else ''}{comment}{source.newline}")


def _behind(source: Source, line: int, comment: str) -> Edit | None:
    """Write a comment at a line's end; in a table within its last cell."""
    text = source.line_text(line).rstrip("\r\n")
    if _NO_ROOM.match(text):
        return None
    bar = _LAST_BAR.search(text) if text.lstrip().startswith("|") else None
    at = source.line_offset(line) + (bar.start() if bar else len(text.rstrip()))
    return Edit(Span(at, at), f" {comment}")


def _entries(page: Page) -> Sequence[tuple[str, object]]:
    return [(entry.title, entry.date) for entry in page.entries]
