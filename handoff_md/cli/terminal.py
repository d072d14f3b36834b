"""The terminal: what may be coloured, how a message looks, and when a pager is used."""

from __future__ import annotations

import os
import shlex
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, TextIO

import click

from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import encode
from handoff_md.text.visible import break_words, visible_lines
from handoff_md.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console, RenderableType

_PLAIN_WIDTH = 80


class ColorChoice(StrEnum):
    """What ``--color`` says."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


_COMMAND = lazy_pattern(
    r"(?:(?<=`)|(?<=# or: )|(?<=&& ))(handoff-md|git) "
    r"(?!guard\b|(?:(?!&&)[^`])*-C )"  # a hook's own line goes into a file, as it is
)
_INSTALL = lazy_pattern(
    r"(?:(?<=`)|(?<=&& )|(?<=; then ))(cd \S+ && )?(npx husky|lefthook install|pre-commit install)"
)


class Terminal(Value):
    """Where a command's output goes. All text that is not the tool's own is made visible first.

    ``words`` are what the user has typed behind the command's name, and ``start`` is the folder
    where he stood: ``-C`` leads elsewhere.
    """

    color: ColorChoice = ColorChoice.AUTO
    words: tuple[str, ...] = ()
    start: str = ""

    def colors(self, stream: TextIO) -> bool:
        """Tell whether a stream gets colours: the option, else FORCE_COLOR, NO_COLOR, a terminal.

        A variable counts if it is not empty (no-color.org, force-color.org).
        """
        if self.color is not ColorChoice.AUTO:
            return self.color is ColorChoice.ALWAYS
        if os.environ.get("FORCE_COLOR"):
            return True
        if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            return False
        return stream.isatty()

    @property
    def decorates(self) -> bool:
        """Tell whether stdout is for people: a terminal, or coloured on request."""
        return sys.stdout.isatty() or self.colors(sys.stdout)

    @property
    def width(self) -> int:
        """Give how many columns stdout has: COLUMNS, else the terminal's, else eighty."""
        return _columns(sys.stdout)

    def broken(self, text: str, stream: TextIO, *, indent: int = 0) -> str:
        """Break a text by words where a stream is a terminal, at eighty columns at most.

        All lines but the first are indented by so many columns; commands stay whole.
        """
        lines = text.split("\n")
        if stream.isatty():
            lines = break_words(text, max(min(_columns(stream), _PLAIN_WIDTH) - indent, 1))
        return ("\n" + " " * indent).join(lines)

    def again(self, *more: str) -> str:
        """Write the user's own command with further options, for a shell."""
        return shlex.join(["handoff-md", *self.words, *more])

    def for_user(self, text: str) -> str:
        """Give a text whose commands do from the user's folder what they do in that of ``-C``.

        Commands stand in backticks, or behind ``# or:`` or ``&&``.
        """
        here = os.getcwd() if self.start else ""  # noqa: PTH109 - compared as text
        if here == self.start:
            return text
        there = shlex.quote(os.path.relpath(here, self.start))
        text = _COMMAND.sub(lambda command: f"{command[1]} -C {there} ", text)
        return _INSTALL.sub(lambda found: f"{found[1] or f'cd {there} && '}{found[2]}", text)

    def command_for_user(self, command: str) -> str:
        """Give a bare command as `for_user` gives one in backticks; it may be words instead."""
        return self.for_user(f"`{command}`")[1:-1]

    def path_to(self, root: str, path: str) -> str:
        """Give a path below a root so that it leads there from the user's folder, else whole."""
        return path if os.path.realpath(self.start or ".") == root else os.path.join(root, path)  # noqa: PTH118 - as text

    def say(self, label: str, text: str, style: str = "cyan") -> None:
        """Write ``label: text`` to stderr; further lines of the text are indented below it."""
        told = visible_lines(self.for_user(text))
        lines = self.broken(told, sys.stderr, indent=len(label) + 2)
        shown = click.style(label, fg=style, bold=True) if self.colors(sys.stderr) else label
        click.echo(f"{shown}: {lines}", err=True, color=True)

    def say_all(self, label: str, texts: Iterable[str], style: str = "cyan") -> None:
        """Say each of some texts, as `say` does."""
        for text in texts:
            self.say(label, text, style)

    def write(self, text: str) -> None:
        """Write a document's text to stdout, byte for byte; a terminal gets it made visible."""
        if sys.stdout.isatty():
            click.echo(visible_lines(text), nl=False)
            return
        sys.stdout.flush()
        rest = memoryview(encode(text))
        while rest:
            # With PYTHONUNBUFFERED this is a raw stream, which may take a part only.
            rest = rest[sys.stdout.buffer.write(rest) :]
        sys.stdout.buffer.flush()

    def show(self, view: RenderableType, *, pager: bool = False) -> bool:
        """Print a renderable to stdout, eighty columns wide where that is no terminal.

        With ``pager``, what is longer than the screen goes through PAGER; tells whether it did.
        """
        console = self.console()
        with console.capture() as captured:
            console.print(view)
        text = captured.get()
        if not self.decorates:
            text = "\n".join(line.rstrip() for line in text.split("\n"))
        fits = text.count("\n") < console.height
        if fits or not (pager and sys.stdout.isatty() and sys.stdin.isatty()):
            sys.stdout.write(text)
            return False
        click.echo_via_pager(text, color=None if self.colors(sys.stdout) else False)
        return True

    def console(self, stream: TextIO | None = None) -> Console:
        """Make a console on a stream, else stdout, that interprets no markup and makes no links."""
        from rich.console import Console

        out = stream or sys.stdout
        colored, terminal = self.colors(out), out.isatty()
        return Console(
            file=out,
            force_terminal=terminal or colored,
            force_interactive=terminal and out is sys.stderr,
            no_color=not colored,
            color_system=("auto" if terminal else "standard") if colored else None,
            width=None if terminal or os.environ.get("COLUMNS") else _PLAIN_WIDTH,
            markup=False,
            emoji=False,
            highlight=False,
            legacy_windows=False,
        )


def _columns(stream: TextIO) -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _PLAIN_WIDTH
    except (OSError, ValueError):
        return _PLAIN_WIDTH
