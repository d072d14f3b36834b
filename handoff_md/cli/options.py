"""What merge and preview are asked in the same words: which sessions, from where, to where."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict, TypeVar

import click

from handoff_md.cli.candidates import complete_sessions, complete_waiting
from handoff_md.errors import HandoffError
from handoff_md.text.duration import FORMS, read_duration
from handoff_md.text.visible import shorten

_Command = TypeVar("_Command", bound=Callable[..., Any])


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
