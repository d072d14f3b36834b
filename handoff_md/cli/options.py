"""What commands are asked in the same words, and what a shell may offer at such a place.

What is offered is read, quickly, and never an error: each is a parameter's ``shell_complete``.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

import click

from handoff_md.errors import HandoffError
from handoff_md.text.duration import FORMS, read_duration
from handoff_md.text.visible import shorten, visible

if TYPE_CHECKING:
    from typing import TypeAlias

    from click.shell_completion import CompletionItem

    from handoff_md.app.candidates import Completion

    _Items: TypeAlias = list[CompletionItem[str]]
    _Complete: TypeAlias = Callable[[click.Context, click.Parameter, str], _Items]

_Command = TypeVar("_Command", bound=Callable[..., Any])


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


class CollectionOptions(TypedDict):
    """The values of `collection_options`, named as the fields of a merge's request."""

    ids: tuple[str, ...]
    orchestrator: str | None
    date: dt.date | None
    expect: tuple[str, ...]
    allow_partial: bool
    sources: tuple[Path, ...]
    worktrees: bool
    branches: tuple[str, ...]
    fetch: bool
    into: str | None
    create_section: bool
    replace: bool


class WaitingOptions(CollectionOptions):
    """The values of both `collection_options` and `waiting_options`."""

    expect_count: int | None
    wait: float


class _Date(click.ParamType[dt.date]):
    """A day, written YYYY-MM-DD and in no other way."""

    name = "date"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.date:
        text = str(value)
        try:
            day = dt.date.fromisoformat(text)
        except ValueError:
            day = None
        if day is None or day.isoformat() != text:
            self.fail(f"{shorten(text)!r} is no date; write it as YYYY-MM-DD", param, ctx)
        return day


class _Duration(click.ParamType[float]):
    """A time to wait, in seconds. Source: `handoff_md.text.duration`."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        seconds = read_duration(str(value))
        if seconds is None:
            self.fail(f"{shorten(str(value))!r} is no duration; write {FORMS}", param, ctx)
        return seconds


class Count(click.ParamType[int]):
    """A whole number from 1, written in the digits 0 to 9 and in no other way.

    Whatever is made of it is a number that a computer counts with: it has a bound.
    """

    name = "count"

    def __init__(self, most: int = 1_000_000_000) -> None:
        """Take ``most`` for the largest one."""
        self._most = most

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Read it, or fail with a sentence. Source: `click.ParamType.convert`."""
        text = str(value)
        digits = re.fullmatch("0*(?P<digits>[0-9]{1,10})", text)
        number = int(digits["digits"]) if digits else 0
        if not 1 <= number <= self._most:
            told = f"{shorten(text)!r} is no whole number from 1 to {self._most:,}"
            self.fail(told, param, ctx)
        return number


COUNT = Count()


DATE = _Date()


DURATION = _Duration()


def split_ids(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[str, ...]:
    """Split an option's ids at its commas; each has to be one, as in `Command` a whole value has.

    Raises:
        click.BadParameter: one is empty.
    """
    if value is None:
        return ()
    ids = tuple(word.strip() for word in value.split(","))
    if not all(ids):
        raise click.BadParameter(f"an id is empty in {shorten(value)!r}", context, parameter)
    return ids


BRANCHES = click.option(
    "--branches",
    multiple=True,
    metavar="PATTERN",
    help="Collect from these branches as well, as in 'origin/claude/*'. May be repeated.",
)


FETCH = click.option(
    "--fetch", is_flag=True, help="Fetch first: --branches, and those of `collect-branches`."
)


_OPTIONS = (
    click.argument("ids", metavar="[ID]...", nargs=-1, shell_complete=complete_waiting),
    click.option(
        "--orchestrator",
        metavar="ID",
        envvar="HANDOFF_MD_SESSION",
        help="The session that merges (else HANDOFF_MD_SESSION, else the active run's).",
        shell_complete=complete_sessions,
    ),
    click.option(
        "--date",
        type=DATE,
        metavar="YYYY-MM-DD",
        help="The section's date (default: the latest of the summaries, else today).",
    ),
    click.option(
        "--expect",
        metavar="ID,...",
        callback=split_ids,
        help="Sessions that must be there.",
        shell_complete=complete_sessions,
    ),
    click.option(
        "--allow-partial",
        is_flag=True,
        help="Merge the rest where a session is missing or invalid, and record which.",
    ),
    click.option(
        "--from",
        "sources",
        multiple=True,
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        metavar="DIR",
        help="Collect from this folder as well; it is only read. May be repeated.",
    ),
    click.option(
        "--worktrees/--no-worktrees",
        default=True,
        help="Collect from linked worktrees as well (default), or from this one only.",
    ),
    BRANCHES,
    FETCH,
    click.option(
        "--into", metavar="HEADING", help="The section to merge into, or its line: LINE:79."
    ),
    click.option(
        "--create-section", is_flag=True, help="Add the section where the document has none."
    ),
    click.option(
        "--replace",
        is_flag=True,
        help="Put a session's new content in the place of what the document has of it.",
    ),
)


_WAITING = (
    click.option(
        "--expect-count",
        type=COUNT,
        metavar="N",
        help="How many sessions must be there.",
    ),
    click.option(
        "--wait",
        type=DURATION,
        default=0.0,
        metavar="TIME",
        help="How long to wait for expected and unfinished sessions: 90, 5m or 1h (default: 0).",
    ),
)


def collection_options(command: _Command) -> _Command:
    """Give a command the argument and options of `CollectionOptions`, in the order of its help."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def waiting_options(command: _Command) -> _Command:
    """Give a command the options that `WaitingOptions` adds."""
    for option in reversed(_WAITING):
        command = option(command)
    return command


def today() -> dt.date:
    """Give today's date; SOURCE_DATE_EPOCH (reproducible-builds.org) counts as now.

    Raises:
        HandoffError: that variable is no number of seconds.
    """
    return now().date()


def now() -> dt.datetime:
    """Give the time, in the local zone; SOURCE_DATE_EPOCH counts as now, in UTC.

    Raises:
        HandoffError: that variable is no number of seconds.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return dt.datetime.now().astimezone()
    try:
        return dt.datetime.fromtimestamp(int(epoch), dt.UTC)
    except (ValueError, OverflowError, OSError) as error:
        message = f"SOURCE_DATE_EPOCH is no number of seconds: {epoch!r}"
        raise HandoffError(message, "Unset it, or set it to whole seconds since 1970.") from error
