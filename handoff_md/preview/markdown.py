"""Markdown as a terminal shows it: nothing hidden, nothing that steers, no links to click.

A patch is shown by it, too: what is new rendered in its place, the old lines dimmed; or as a diff.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markdown import Markdown, TableElement
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from handoff_md.syntax.blocks import Token, new_parser, readable
from handoff_md.text.edit import Patch, section_text
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.text.visible import visible, visible_lines
from handoff_md.value import Value

_VERBATIM = frozenset({"fence", "code_block"})
_THEME = "ansi_dark"  # the terminal's own colours, so that light and dark ones both are readable

_NARROWEST = 6  # cells a column, its padding included: below that a table can't be read

_CONTEXT_LINES = 4
_STYLES = {"+": "green", "-": "red", "@": "cyan", "\\": "dim"}
_HEADER_LINES = 2
_NEW = Style(color="green")


class _WholeTable(TableElement):
    """A table that cuts no word: it is folded; where columns get too narrow, each row is a line."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render the table of its base class, or the rows."""
        head = [self.header.row] if self.header and self.header.row else []
        rows = [*head, *(self.body.rows if self.body else ())]
        if options.max_width < _NARROWEST * max((len(row.cells) for row in rows), default=0):
            for row in rows:
                yield Text(" | ").join(cell.content for cell in row.cells)
            return
        for table in super().__rich_console__(console, options):
            for column in table.columns if isinstance(table, Table) else ():
                column.overflow = "fold"
            yield table


class _Markdown(Markdown):
    """The renderer's Markdown, with whole tables."""

    elements = Markdown.elements | {"table_open": _WholeTable}


def render_markdown(text: str) -> Markdown:
    """Give a text as a renderable.

    Headings keep their hashes, so that levels show without colour; raw HTML and images, which the
    renderer would drop or turn into links of its own, are shown as they are written; link
    destinations stand as text behind their words.
    """
    view = _Markdown("", code_theme=_THEME, hyperlinks=False)
    tokens = new_parser().enable("strikethrough").parse(readable(text))
    view.parsed = list(_honest(tokens))
    return view


def _honest(tokens: Sequence[Token]) -> Iterator[Token]:
    heading = ""
    for token in tokens:
        if token.type == "html_block":
            yield from _as_paragraph(token)
        elif token.type in _VERBATIM:
            info = visible(token.info)
            yield token.copy(content=visible_lines(token.content), info=info)
        elif token.type == "inline":
            children = _broken_before_fields(token.children or ())
            children = [_honest_inline(child) for child in children]
            yield token.copy(children=[*_hashes(heading, token), *children])
            heading = ""
        else:
            heading = token.markup if token.type == "heading_open" else heading
            # The renderer centres first-level headings, which only looks right in a page's middle.
            yield token.copy(tag="h2") if token.tag == "h1" else token


def _hashes(markup: str, inline: Token) -> list[Token]:
    """Give a heading's hashes as text; setext underlines count as what they mean."""
    if not markup:
        return []
    hashes = {"=": "#", "-": "##"}.get(markup, markup)
    return [_text(inline, f"{hashes} ")]


def _broken_before_fields(tokens: Sequence[Token]) -> list[Token]:
    """Keep the line breaks before bold words: ``**Key**: value`` lines would run together."""
    kept = [token for token in tokens if token.type != "text" or token.content]
    return [
        token.copy(type="hardbreak", tag="br")
        if token.type == "softbreak" and following and following.type == "strong_open"
        else token
        for token, following in zip_longest(kept, kept[1:])
    ]


def _honest_inline(token: Token) -> Token:
    if token.type == "html_inline":
        return _text(token, visible(token.content))
    if token.type == "image":
        target = token.attrs.get("src", "")
        return _text(token, visible(f"[image: {token.content}] ({target})"))
    if token.type == "link_open":
        return token.copy(attrs={"href": visible(str(token.attrs.get("href", "")))})
    return token.copy(content=visible(token.content))


def _as_paragraph(token: Token) -> Iterator[Token]:
    """Show raw HTML line by line, as text."""
    lines: list[Token] = []
    for line in visible_lines(token.content).rstrip("\n").split("\n"):
        if lines:
            lines.append(token.copy(type="hardbreak", tag="br", content=""))
        lines.append(_text(token, line))
    yield token.copy(type="paragraph_open", tag="p", nesting=1, content="")
    yield token.copy(type="inline", tag="", content=token.content, children=lines)
    yield token.copy(type="paragraph_close", tag="p", nesting=-1, content="")


def _text(like: Token, content: str) -> Token:
    return like.copy(
        type="text", tag="", nesting=0, content=content, children=None, attrs={}, markup=""
    )


class Barred(Value):
    """Anything, with a green bar along its left edge."""

    content: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render the content two cells narrower, the bar before each line."""
        bar = Segment("| " if options.ascii_only else "┃ ", _NEW)
        inner = options.update(width=max(options.max_width - 2, 1))
        for line in console.render_lines(self.content, inner, pad=False):
            yield bar
            yield from line
            yield Segment.line()


def render_in_place(patch: Patch) -> RenderableType:
    """Give the new text's changed lines, rendered, between a few of the old ones.

    Old lines are shown as they are written, with their numbers in the new text; a line tells how
    many are left out.
    """
    source = patch.apply()
    pieces: list[RenderableType] = []
    line = 0
    for first, end in _changed_lines(patch, source):
        pieces += _old_lines(source, line, first, after_change=line > 0)
        pieces.append(Barred(render_markdown(source.slice(source.lines_span(first, end)).strip())))
        line = end
    pieces += _old_lines(source, line, source.line_count, after_change=line > 0, at_end=True)
    return Group(*pieces)


def render_section(patch: Patch) -> RenderableType:
    """Give what the patch brings as whole lines, rendered, and nothing of what was there."""
    return render_markdown(section_text(patch))


def _changed_lines(patch: Patch, source: Source) -> Iterator[tuple[int, int]]:
    """Give the lines of the new text (from 0, end excluded) that each edit makes, blanks off."""
    moved = 0
    for edit in patch.edits:
        start = edit.span.start + moved
        moved += len(edit.text) - len(edit.span)
        lead = len(edit.text) - len(edit.text.lstrip())
        solid = len(edit.text.strip())
        span = Span(start + lead, start + lead + max(solid, 1))
        yield source.line_of(span.start), source.line_of(span.end - 1) + 1


def _old_lines(
    source: Source, first: int, end: int, *, after_change: bool, at_end: bool = False
) -> Iterator[Text]:
    """Give old lines: those next to a change, and how many are left out between them."""
    head = _CONTEXT_LINES if after_change else 0
    tail = 0 if at_end else _CONTEXT_LINES
    left_out = end - first - head - tail
    if left_out <= 1:
        yield from _numbered(source, first, end)
        return
    yield from _numbered(source, first, first + head)
    yield Text(f"{'⋮':>6} {left_out:,} lines left out", style="dim")
    yield from _numbered(source, end - tail, end)


def _numbered(source: Source, first: int, end: int) -> Iterator[Text]:
    for number in range(first, end):
        line = f"{number + 1:>6} {visible(source.line_text(number))}".rstrip()
        yield Text(line, style="dim", no_wrap=True, overflow="ellipsis")


def render_diff(diff: str) -> Text:
    """Give a unified diff as a renderable: one line each, coloured by what it does."""
    view = Text(no_wrap=False, overflow="fold")
    for number, line in enumerate(visible_lines(diff).splitlines()):
        style = "bold" if number < _HEADER_LINES else _STYLES.get(line[:1], "")
        view.append(line + "\n", style)
    view.right_crop(1)
    return view
