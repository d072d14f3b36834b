"""The pictures of the README: what commands really print, as SVG."""

from __future__ import annotations

import io
import re

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

# Light on dark, with a frame: readable on a light page and on a dark one.
_THEME = TerminalTheme(
    (22, 27, 34),
    (230, 237, 243),
    [
        (110, 118, 129),
        (255, 123, 114),
        (86, 211, 100),
        (227, 179, 65),
        (121, 192, 255),
        (210, 168, 255),
        (86, 212, 221),
        (201, 209, 217),
    ],
)
# A picture on a page loads nothing from elsewhere: the reader's own monospaced font serves.
_FROM_ELSEWHERE = re.compile(r"^ *(?:@font-face \{.*?^ *\}|<!--.*?-->)\n", re.DOTALL | re.MULTILINE)


def draw(command: str, printed: str, *, width: int) -> str:
    """Draw a terminal of so many columns in which a command was run.

    ``printed`` has its colours as escape sequences.
    """
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True)
    console.print(Text.assemble(("$ ", "green"), (command, "bold")))
    console.print(Text.from_ansi(printed.rstrip("\n")))
    name = re.sub(r"[^a-z]+", "-", command).strip("-")
    drawn = console.export_svg(title=command.partition(" --")[0], theme=_THEME, unique_id=name)
    drawn = _FROM_ELSEWHERE.sub("", drawn).replace('-matrix">', '-matrix" xml:space="preserve">')
    return "\n".join(line.rstrip() for line in drawn.split("\n")).rstrip("\n") + "\n"
