"""The hooks' own command line: it runs with each event of an agent, and never gets in its way.

`handoff_md.cli.plumbing` shows it among the other commands.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final

from handoff_md.app.hook.event import (
    Clone,
    EventKind,
    HookEvent,
    Host,
    Payload,
    find_folder,
    find_host,
    find_place,
    read_event,
)

_OFF: Final = "HANDOFF_MD_HOOKS"
_MOST_BYTES: Final = 4_194_304
_AT_ONCE: Final = 65_536
_PATIENCE_SECONDS: Final = 2.0
_AT_AN_END: Final = (EventKind.SUBAGENT_STOP, EventKind.SESSION_END)
_OF_SUBAGENTS: Final = (EventKind.SUBAGENT_START, EventKind.SUBAGENT_STOP)


class _UnfitError(Exception):
    """A host has sent something else than it says that it sends."""


def run_hook(arguments: Sequence[str]) -> int:
    """Answer an event on stdout, or be silent; gives 0, whatever happens."""
    data = b"".join(_read_input())
    if os.environ.get(_OFF) == "0":
        return 0
    try:
        host, kind = _read_arguments(arguments)
        _answer(host, kind, _read_payload(data))
    except Exception as error:  # noqa: BLE001 - the agent works on, whatever happens
        with suppress(Exception):
            _log(find_place(_current()), arguments, error)
    return 0


def _read_input() -> Iterator[bytes]:
    """Give what the host sends, a little more than is accepted at most; all of it is read.

    One that does not close the pipe is not waited for.
    """
    if sys.stdin is None or sys.stdin.closed:
        return
    with suppress(OSError, ValueError):
        descriptor = sys.stdin.fileno()
        if os.isatty(descriptor):
            return
        left = _MOST_BYTES + 1
        until = time.monotonic() + _PATIENCE_SECONDS
        while (patience := until - time.monotonic()) > 0:
            if not select.select([descriptor], [], [], patience)[0]:
                return
            piece = os.read(descriptor, _AT_ONCE)
            if not piece:
                return
            if left > 0:
                yield piece[:left]
                left -= len(piece)


def _read_arguments(arguments: Sequence[str]) -> tuple[Host, EventKind]:
    """Read the host and the event (_UnfitError: there is no such one)."""
    name, event = (*arguments, "", "")[:2]
    host = find_host(name)
    kind = host.kind_of(event) if host else None
    if host is None or kind is None:
        raise _UnfitError("this is no event of a host that is known")
    return host, kind


def _read_payload(data: bytes) -> Payload:
    """Read what a host has sent (_UnfitError: it is no JSON object, or too large)."""
    if len(data) > _MOST_BYTES:
        raise _UnfitError(f"the host has sent more than {_MOST_BYTES:,} bytes")
    try:
        payload = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _UnfitError("the host has sent no JSON") from error
    if not isinstance(payload, dict):
        raise _UnfitError("the host has sent no JSON object")
    return payload


def _answer(host: Host, kind: EventKind, payload: Payload) -> None:
    """Answer an event, if its folder is one of a set-up repository.

    Raises:
        _UnfitError: something is missing.
        HandoffError: something stands in the way.
    """
    event = read_event(host, kind, payload)
    if not event.cwd:
        raise _UnfitError("the host tells no folder")
    if kind in _AT_AN_END:
        event = event._replace(cwd=find_folder(event.cwd))
    place = find_place(event.cwd)
    if place is None:
        return
    try:
        _check(event)
        # Only now: all else is loaded where there is something to do.
        import datetime as dt

        from handoff_md.app.hook.answer import answer_event

        given = os.environ.get("HANDOFF_MD_SESSION", "")
        text = answer_event(place, event, dt.datetime.now().astimezone(), given)
    except Exception as error:  # noqa: BLE001 - as in `run_hook`; here the place is known
        _log(place, (host.name, kind), error)
        text = _tell_broken(event, error)
    if text:
        _print(host.answer(kind, text, payload))


def _tell_broken(event: HookEvent, error: Exception) -> str:
    """Give what a session that begins is told though something is broken; nothing is written."""
    from handoff_md.errors import HandoffError

    if event.kind is not EventKind.SESSION_START or not isinstance(error, HandoffError):
        return ""
    import datetime as dt
    from pathlib import Path

    from handoff_md.app.hook.sessions import tell_broken

    return tell_broken(Path(event.cwd), dt.datetime.now().astimezone(), error)


def _check(event: HookEvent) -> None:
    """Make sure that an event tells whose it is (_UnfitError: it does not)."""
    if not event.session:
        raise _UnfitError("the host tells no session")
    if event.kind in _OF_SUBAGENTS and not event.agent:
        raise _UnfitError("the host tells no agent")


def _print(text: str) -> None:
    """Print an answer; a host that has gone away needs none."""
    data = text.encode("utf-8", "replace") + b"\n"
    with suppress(OSError):
        while data:
            data = data[os.write(1, data) :]


def _log(place: Clone | None, arguments: Sequence[str], error: Exception) -> None:
    """Write down what went wrong, in a clone in which hooks may write."""
    if place is None or not place.writes:
        return
    import datetime as dt
    from pathlib import Path

    from handoff_md.errors import HandoffError
    from handoff_md.store.hooks import note_failure

    known = isinstance(error, _UnfitError | HandoffError)
    said = str(error) if known else f"it has failed ({type(error).__name__}: {error})"
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    words = " ".join(word[:40] for word in arguments[:2])
    note_failure(Path(place.state), f"{now} {words}: {said}")


def _current() -> str:
    return os.getcwd()  # noqa: PTH109 - it is compared as text
