"""A unified diff in colour."""

from __future__ import annotations

from rich.text import Text

from handoff_md.text.visible import visible_lines

_STYLES = {"+": "green", "-": "red", "@": "cyan", "\\": "dim"}
_HEADER_LINES = 2


def render_diff(diff: str) -> Text:
    """Give a unified diff as a renderable: one line each, coloured by what it does."""
    view = Text(no_wrap=False, overflow="fold")
    for number, line in enumerate(visible_lines(diff).splitlines()):
        style = "bold" if number < _HEADER_LINES else _STYLES.get(line[:1], "")
        view.append(line + "\n", style)
    view.right_crop(1)
    return view
