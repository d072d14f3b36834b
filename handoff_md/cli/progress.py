"""What a user sees of a command that may wait: a live line meanwhile, then its report."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

import click

from handoff_md.answer import Answer, write_answer
from handoff_md.app.merge.report import Waiting, Watch
from handoff_md.cli.terminal import Terminal
from handoff_md.errors import ContentError
from handoff_md.text.visible import visible

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID
    from rich.status import Status


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
    said: list[str] = []

    def on_wait(waiting: Waiting) -> None:
        words = describe(waiting)
        if words not in said[-1:]:
            said.append(words)
            terminal.say("waiting", words)

    return Watch(lambda: terminal.say("waiting", "another handoff-md holds the lock"), on_wait)


def _live(terminal: Terminal, stack: ExitStack) -> Watch:
    """Show one line that is redrawn; rich is loaded at the first thing to wait for."""
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
        from handoff_md.cli.tables import describe_age

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
