"""What commands show: tables of sessions, a live line while something waits, then its report."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

import click

from handoff_md.answer import Answer, write_answer
from handoff_md.cli.terminal import Terminal
from handoff_md.errors import ContentError
from handoff_md.text.visible import visible

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID
    from rich.status import Status

    from handoff_md.app.merge.report import Waiting, Watch
    from handoff_md.app.run.status import RunSession
    from handoff_md.app.session.listing import SessionAnswer

_STYLES = {
    "started": "yellow",
    "unfinished": "yellow",
    "missing": "red",
    "invalid": "red",
    "conflicting": "red",
    "no-log": "red",
    "dropped": "red",
    "ended": "green",
    "merged": "cyan",
}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@contextmanager
def watch_merge(terminal: Terminal) -> Iterator[Watch]:
    """Give the callbacks of a merge: a live line on a terminal, else a line for each change."""
    with ExitStack() as stack:
        if sys.stderr.isatty():
            yield _live(terminal, stack)
        else:
            yield _plain(terminal)


class _Report(Protocol):
    """What a command has done."""

    @property
    def exit_code(self) -> int: ...

    def to_json(self) -> Answer: ...


_Done = TypeVar("_Done", bound=_Report)


def watch_and_tell(
    terminal: Terminal,
    do: Callable[[Watch], _Done],
    *,
    tell: Callable[[_Done], None],
    refused: Callable[[ContentError], _Done],
    as_json: bool,
) -> int:
    """Do something that may wait, print its report for people or as JSON, and give the exit code.

    For programs content that is refused is a report as well, which ``refused`` makes.

    Raises:
        ContentError: it is refused, for people.
        HandoffError: as ``do``.
    """
    try:
        with watch_merge(terminal) as watch:
            report = do(watch)
    except ContentError as error:
        if not as_json:
            raise
        report = refused(error)
    if as_json:
        click.echo(write_answer(report.to_json()))
    else:
        tell(report)
    return report.exit_code


def describe(waiting: Waiting) -> str:
    """Put into words what is awaited."""
    parts = [f"{session_id} {reason}" for session_id, reason in waiting.unfinished]
    if waiting.missing:
        parts.append(f"no summary yet of {', '.join(map(str, waiting.missing))}")
    if waiting.wanted > len(waiting.ready):
        parts.append(f"{len(waiting.ready)} of {waiting.wanted} sessions are ready")
    elif waiting.ready:
        parts.append(f"ready: {', '.join(map(str, waiting.ready))}")
    return "; ".join(parts)


def _plain(terminal: Terminal) -> Watch:
    from handoff_md.app.merge.report import Watch

    said: list[str] = []

    def on_wait(waiting: Waiting) -> None:
        words = describe(waiting)
        if words not in said[-1:]:
            said.append(words)
            terminal.say("waiting", words)

    return Watch(lambda: terminal.say("waiting", "another handoff-md holds the lock"), on_wait)


def _live(terminal: Terminal, stack: ExitStack) -> Watch:
    """Show one line that is redrawn; rich is loaded at the first thing to wait for."""
    from handoff_md.app.merge.report import Watch

    shown: list[Status] = []
    transfer = _Transfer(terminal, stack)

    def show(words: str) -> None:
        transfer.end()
        if not shown:
            from rich.status import Status  # costs time that only waiting has

            status = Status("", console=terminal.console(sys.stderr), spinner="dots")
            shown.append(stack.enter_context(status))
        from rich.text import Text

        shown[0].update(Text(visible(words), overflow="ellipsis", no_wrap=True))

    def on_wait(waiting: Waiting) -> None:

        left = f" ({describe_age(int(waiting.left))} left)" if waiting.left > 0 else ""
        show(f"waiting{left}: {describe(waiting)}")

    return Watch(
        lambda: show("waiting: another handoff-md holds the lock"), on_wait, transfer.update
    )


class _Transfer:
    """A bar for each stage of what a remote is at; rich is loaded when it says something."""

    def __init__(self, terminal: Terminal, stack: ExitStack) -> None:
        self._terminal = terminal
        self._stack = stack
        self._shown: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def update(self, stage: str, done: int, of: int) -> None:
        """Draw how far a stage is; a total of 0 is not known."""
        if self._shown is None:
            from rich.progress import Progress

            console = self._terminal.console(sys.stderr)
            self._shown = self._stack.enter_context(Progress(console=console, transient=True))
        if stage not in self._tasks:
            self._tasks[stage] = self._shown.add_task(stage, total=of or None)
        self._shown.update(self._tasks[stage], completed=done, total=of or None)

    def end(self) -> None:
        """Clear the bars: another line is to be drawn."""
        if self._shown is not None:
            self._shown.stop()


def show_table(terminal: Terminal, sessions: Sequence[SessionAnswer | RunSession]) -> None:
    """Print sessions to stdout in aligned columns."""
    head = ("session", "state", "age", "agent", "title")
    rows = [(s.id, _progress(s), describe_age(s.age), s.agent, s.title) for s in sessions]
    top, *lines = _align(head, rows)
    click.echo(top)
    for session, line in zip(sessions, lines, strict=True):
        state = session.state.value
        if terminal.colors(sys.stdout) and state in _STYLES:
            styled = click.style(state, fg=_STYLES[state])
            click.echo(line.replace(state, styled, 1), color=True)
        else:
            click.echo(line, color=True)


def _progress(session: SessionAnswer | RunSession) -> str:
    """Give the state, and that the work is not complete where the summary says so."""
    from handoff_md.semantics.summaries.own_words import UNFINISHED

    state, status = session.state.value, session.status
    return f"{state} ({status})" if status in UNFINISHED else state


def show_columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows of texts to stdout in aligned columns, below their head."""
    for line in _align(head, rows):
        click.echo(line)


def _align(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    from rich.cells import cell_len, set_cell_size

    cells = [head, *(tuple(map(visible, row)) for row in rows)]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    for number, row in enumerate(cells):
        padded = (set_cell_size(cell, width) for cell, width in zip(row, widths, strict=True))
        line = "  ".join(padded).rstrip()
        yield line if number else line.upper()


def describe_age(seconds: int | None) -> str:
    """Put an age into a word or two."""
    if seconds is None:
        return ""
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < _DAY:
        return f"{seconds // _HOUR} h {seconds % _HOUR // _MINUTE} min"
    return f"{seconds // _DAY} d {seconds % _DAY // _HOUR} h"
