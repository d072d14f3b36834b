"""HX002: a block is never closed, and swallows what follows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Fix, Safety, Severity
from handoff_md.linter.page import Page, PageKind
from handoff_md.linter.rule import rule
from handoff_md.syntax.blocks import Token
from handoff_md.syntax.grammar import read_entry_heading
from handoff_md.syntax.inline import MarkKind, scan_tokens
from handoff_md.text.edit import Edit
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_HEADING = lazy_pattern(r"^#{2,6}[ \t]+\S", re.MULTILINE)
_PROSE = frozenset({"md", "markdown", "mdx", "text", "txt", "gfm", "diff"})
# What opens a raw HTML block that ends with its own mark alone, and what ends it (CommonMark,
# section 4.6, conditions 1 to 5).
_OPEN_HTML = (
    (lazy_pattern(r"<!--"), "-->"),
    (lazy_pattern(r"<(?P<name>pre|script|style|textarea)(?=[\s>]|$)", re.IGNORECASE), ""),
    (lazy_pattern(r"<\?"), "?>"),
    (lazy_pattern(r"<!\[CDATA\["), "]]>"),
    (lazy_pattern(r"<![A-Za-z]"), ">"),
)
_MOST_BRACKETS = 1000  # in a paragraph; the parser's time for them grows with their square
_RAW_END = lazy_pattern(r"</(?:pre|script|style|textarea)>", re.IGNORECASE)
_DETAILS_OPENING = lazy_pattern("<details", re.IGNORECASE)
_DETAILS = lazy_pattern(r"<!--.*?-->|</?details\b[^>]*>", re.IGNORECASE | re.DOTALL)


@rule(
    "HX002",
    "unclosed-block",
    severity=Severity.ERROR,
    kinds=(PageKind.HANDOFF, PageKind.LOG, PageKind.PROTOCOL),
    fix=Safety.UNSAFE,
)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    A code fence, comment or raw HTML block is never closed.

    ## Why

    All that follows becomes code, or vanishes: entries are there, and no reader sees them. What is
    added behind it is swallowed too.

    A fence or comment is also flagged if another one opens inside it behind a heading: its end is
    then the other one's. A `<details>` that nothing closes folds the rest of the document away.

    The fix closes the block before the first heading in it, else at the end of the file. It is
    unsafe: only the author knows where the block was to end.

    ~~~markdown bad
    ## Recent Sessions

    ```sh
    make test

    ### 2025-12-18: Cache the look-ups (Session 19)
    ~~~

    ~~~markdown fixed
    ## Recent Sessions

    ```sh
    make test
    ```

    ### 2025-12-18: Cache the look-ups (Session 19)
    ~~~

    ```markdown bad
    ## Notes

    <!-- to be continued

    Nobody sees this.
    ```

    ~~~markdown good
    ## Recent Sessions

    ```sh
    make test
    ```

    <!-- to be continued -->
    ~~~
    """
    tokens, shift = page.document.blocks.tokens, page.document.first_line
    for token in tokens:
        if token.type == "fence" and not token.level and token.map:
            first, end = token.map[0] + shift, token.map[1] + shift
            if _is_open(page.source, token, first, end):
                yield _never_closed(page.source, "Code fence", first, end, token.markup)
            elif inner := _swallowed(page.source, token, first, end):
                yield _taken_for_another(page.source, "Code fence", first, inner, token.markup)
        elif token.type == "html_block" and not token.level and token.map:
            first, end = token.map[0] + shift, token.map[1] + shift
            if inner := _swallowed_by_comment(page.source, first, end):
                yield _taken_for_another(page.source, "Comment", first, inner, "-->")
    last = next((token for token in reversed(tokens) if not token.level), None)
    if last and last.type == "html_block" and last.map and (mark := _missing_end(last)):
        first, end = last.map[0] + shift, last.map[1] + shift
        what = "Comment" if mark == "-->" else "Raw HTML block"
        yield _never_closed(page.source, what, first, end, mark)
    if _DETAILS_OPENING.search(page.source.text):
        yield from _open_details(page.source, tokens, shift)


def _is_open(source: Source, fence: Token, first: int, end: int) -> bool:
    """Tell whether a fence runs to the end of the text (CommonMark, section 4.5)."""
    last = source.line_text(end - 1)
    mark = last.strip(" \t")
    closes = mark.startswith(fence.markup) and not mark.strip(fence.markup[0])
    return end - 1 == first or not closes or len(last) - len(last.lstrip(" ")) > 3  # noqa: PLR2004 - then it is code


def _swallowed(source: Source, fence: Token, first: int, end: int) -> tuple[int, int] | None:
    """Give the lines of a heading in a fence, and of a fence that opens behind it, if any.

    A fence of prose may hold headings; one that says nothing may, unless they are entries'.
    """
    info = fence.info.strip().casefold()
    if re.split(r"\W", info)[0] in _PROSE or f"\n{fence.markup}" not in fence.content:
        return None
    opener = re.compile(rf"{re.escape(fence.markup)}{fence.markup[0]}*[ \t]*[\w{{][^`]*")
    heading: int | None = None
    for number in range(first + 1, end - 1):
        line = source.line_text(number)
        if heading is None and _HEADING.match(line) and (info or _is_entry(line)):
            heading = number
        elif heading is not None and opener.fullmatch(line):
            return heading, number
    return None


def _is_entry(line: str) -> bool:
    return read_entry_heading(line.lstrip("#").strip()) is not None


def _swallowed_by_comment(source: Source, first: int, end: int) -> tuple[int, int] | None:
    """Give the lines of a heading in a comment, and of a comment that opens behind it, if any."""
    if not source.line_text(first).lstrip(" ").startswith("<!--"):
        return None
    heading: int | None = None
    for number in range(first + 1, end):
        line = source.line_text(number)
        if heading is None and _HEADING.match(line):
            heading = number
        elif heading is not None and line.lstrip(" ").startswith("<!--"):
            return heading, number
    return None


def _taken_for_another(
    source: Source, what: str, first: int, inner: tuple[int, int], markup: str
) -> Finding:
    heading, opener = inner
    message = (
        f"{what} is not closed before another one opens in line {opener + 1}, "
        f"and swallows the heading in line {heading + 1}"
    )
    fix = _close(source, first, heading, markup)
    return Finding(_line_span(source, first), message, fix, (_line_span(source, heading),))


def _missing_end(block: Token) -> str:
    """Give what would end a raw HTML block that nothing ends; empty if it has an end."""
    content = block.content.lstrip(" ")
    for opening, end in _OPEN_HTML:
        if match := opening.match(content):
            if end:
                return "" if end in content else end
            return "" if _RAW_END.search(content) else f"</{match['name'].lower()}>"
    return ""


def _never_closed(source: Source, what: str, first: int, end: int, mark: str) -> Finding:
    """Report a block that runs to the end of the text, and close it before its first heading."""
    heading = next(
        (number for number in range(first + 1, end) if _HEADING.match(source.line_text(number))),
        None,
    )
    more = f", and swallows the heading in line {heading + 1}" if heading else ""
    fix = _close(source, first, heading or end, mark)
    return Finding(_line_span(source, first), f"{what} is never closed{more}", fix)


def _close(source: Source, first: int, before: int, mark: str) -> Fix:
    """Close a block behind its last line that is not blank, before line ``before``."""
    last = before - 1
    while last > first and not source.line_text(last).strip():
        last -= 1
    place = source.line_offset(last) + len(source.line_text(last))
    gap = source.newline if last == before - 1 and before < source.line_count else ""
    edit = Edit(Span(place, place), f"{source.newline}{mark}{gap}")
    return Fix("close the block", (edit,), Safety.UNSAFE)


def _line_span(source: Source, number: int) -> Span:
    start, line = source.line_offset(number), source.line_text(number)
    return Span(start + len(line) - len(line.lstrip()), start + len(line))


def _open_details(source: Source, tokens: Sequence[Token], shift: int) -> Iterator[Finding]:
    """Find each ``<details>`` at the top level that nothing closes."""
    opened: list[Span] = []
    for token in tokens:
        if token.type not in ("html_block", "inline") or "details" not in token.content.casefold():
            continue
        for span in _details_tags(source, token, shift):
            if source.text[span.start + 1] == "/":
                opened[-1:] = []
            elif token.level <= 1:
                opened.append(span)
    for span in opened:
        yield Finding(span, "`<details>` is never closed, and folds away all that follows")


def _details_tags(source: Source, token: Token, shift: int) -> Iterator[Span]:
    """Give the tags of a block of raw HTML, or of a paragraph, as they stand in the source."""
    first, end = token.map or (0, 0)
    block = source.lines_span(first + shift, end + shift)
    if token.type == "html_block":
        for tag in _DETAILS.finditer(source.text, block.start, block.end):
            if not tag.group().startswith("<!"):
                yield Span(tag.start(), tag.end())
        return
    place = block.start
    if token.content.count("[") > _MOST_BRACKETS:
        return
    for mark in scan_tokens([token], {})[0]:
        words = token.content[mark.span.start : mark.span.end]
        if mark.kind is MarkKind.HTML and _DETAILS.fullmatch(words) and "\n" not in words:
            place = source.text.index(words, place)
            yield Span(place, place + len(words))
            place += len(words)
