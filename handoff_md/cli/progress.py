"""What a user sees on stderr while a merge waits."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from handoff_md.app.merge.report import Waiting, Watch
from handoff_md.cli.terminal import Terminal
from handoff_md.text.visible import visible

if TYPE_CHECKING:
    from rich.status import Status


@contextmanager
def watch_merge(terminal: Terminal) -> Iterator[Watch]:
    """Give the callbacks of a merge: a live line on a terminal, else a line for each change."""
    with ExitStack() as stack:
        if sys.stderr.isatty():
            yield _live(terminal, stack)
        else:
            yield _plain(terminal)


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

    def show(words: str) -> None:
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

    return Watch(lambda: show("waiting: another handoff-md holds the lock"), on_wait)
