"""What a shell may offer at a place of the command line: it is read, quickly, and never an error.

Each of these is a parameter's ``shell_complete``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING

import click

from handoff_md.errors import HandoffError
from handoff_md.text.visible import visible

if TYPE_CHECKING:
    from typing import TypeAlias

    from click.shell_completion import CompletionItem

    from handoff_md.app.candidates import Completion

    _Items: TypeAlias = list[CompletionItem[str]]
    _Complete: TypeAlias = Callable[[click.Context, click.Parameter, str], _Items]


def complete_commands(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> _Items:
    """Offer the commands, or those of the command that was named before."""
    command: click.Command | None = context.find_root().command
    for word in context.params.get(parameter.name or "") or ():
        command = command.get_command(context, word) if isinstance(command, click.Group) else None
    if not isinstance(command, click.Group):
        return []
    offered = command.shell_complete(click.Context(command), incomplete)
    return [item for item in offered if not item.value.startswith("-")]


def _from(find: Callable[[], Iterable[Completion]]) -> _Complete:
    """Make a parameter's completion of what finds candidates; errors leave nothing to offer."""

    @wraps(find)
    def complete(_context: click.Context, parameter: click.Parameter, incomplete: str) -> _Items:
        from click.shell_completion import CompletionItem

        # Ids and codes of an option may be several, with commas between.
        several = isinstance(parameter, click.Option) and "..." in (parameter.metavar or "")
        before, comma, begun = incomplete.rpartition(",") if several else ("", "", incomplete)
        with suppress(HandoffError, OSError):
            return [
                CompletionItem(f"{before}{comma}{found.word}", help=visible(found.about) or None)
                for found in find()
                if found.word.casefold().startswith(begun.casefold())
            ]
        return []

    return complete


@_from
def complete_sessions() -> Iterable[Completion]:
    """Offer the sessions that hold an id."""
    from handoff_md.app.candidates import find_sessions

    return find_sessions(Path.cwd())


@_from
def complete_sessions_at_work() -> Iterable[Completion]:
    """Offer the sessions that have not ended."""
    from handoff_md.app.candidates import find_sessions

    return find_sessions(Path.cwd(), at_work=True)


@_from
def complete_waiting() -> Iterable[Completion]:
    """Offer the sessions whose summaries wait."""
    from handoff_md.app.candidates import find_waiting

    return find_waiting(Path.cwd())


@_from
def complete_rules() -> Iterable[Completion]:
    """Offer the codes of the linter's rules; where a name was begun, the names."""
    from handoff_md.app.candidates import Completion
    from handoff_md.linter.rule import list_rules

    known = list_rules().values()
    yield from (Completion(rule.code, rule.name) for rule in known)
    yield from (Completion(rule.name, rule.code) for rule in known)


@_from
def complete_runs() -> Iterable[Completion]:
    """Offer the runs of this clone."""
    from handoff_md.app.candidates import find_runs

    return find_runs(Path.cwd())
