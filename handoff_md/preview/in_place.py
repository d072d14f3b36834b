"""A patch as people see it: what is new rendered in its place, the old lines dimmed; or a diff."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from handoff_md.preview.markdown import render_markdown
from handoff_md.text.edit import Patch, section_text
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.text.visible import visible, visible_lines
from handoff_md.value import Value

_CONTEXT_LINES = 4
_STYLES = {"+": "green", "-": "red", "@": "cyan", "\\": "dim"}
_HEADER_LINES = 2
_NEW = Style(color="green")


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
