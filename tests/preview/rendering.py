"""Renderables as text."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from rich.console import RenderableType


def as_text(view: RenderableType, *, color: bool = False, width: int = 80) -> str:
    """Print a renderable as the command would, trailing white space off."""
    out = StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )
    console.print(view)
    return "\n".join(line.rstrip() for line in out.getvalue().split("\n"))
