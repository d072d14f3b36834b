"""Which session of a coding agent's host is bound to which claim, and which events have fired.

Each is a record, created exclusively: an event that fires twice finds that it was there before.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from handoff_md.ledger.records import Binding, Firing
from handoff_md.store.files import digest, list_names
from handoff_md.store.record import (
    Kind,
    Origin,
    create_record,
    list_records,
    read_record,
    replace_record,
)

_ADVICE: Final = "Move the file away: the host's session is a new one then."
_KIND: Final = Kind("the record of a host's session", _ADVICE, _ADVICE)
_KEY_DIGITS: Final = 24


def binding_key(host_session: str, agent: str = "") -> str:
    """Give the name of a host's session, or of a subagent in it, in file names.

    Several hosts read each other's hooks, and tell of one session: the host is no part of it.
    """
    key = _digest(host_session)
    return f"{key}-{_digest(agent)}" if agent else key


def bindings_folder(state: Path) -> Path:
    """Return the folder of the bindings."""
    return state / "bindings"


def bind(state: Path, binding: Binding) -> bool:
    """Bind a host's session; False where it is bound already.

    Raises:
        FileError: the record can't be written.
    """
    return create_record(state, _path(state, binding.key), binding)


def update_binding(state: Path, binding: Binding) -> None:
    """Write a binding anew.

    Raises:
        FileError: it can't be written.
    """
    replace_record(state, _path(state, binding.key), binding)


def load_binding(state: Path, key: str) -> Binding | None:
    """Return a binding, or None.

    Raises:
        FileError: it can't be read, or is damaged.
    """
    return read_record(state, _path(state, key), _KIND, Binding, _settle)


def list_bindings(state: Path) -> Iterator[Binding]:
    """Give all bindings, in no order.

    Raises:
        FileError: one can't be read, or is damaged.
    """
    for name in list_records(bindings_folder(state)):
        binding = load_binding(state, name.removesuffix(".json"))
        if binding:
            yield binding


def fire(state: Path, key: str, event: str, now: dt.datetime, *, since: dt.datetime | None) -> bool:
    """Write down that an event has fired; False where it had before: somebody answers it.

    Args:
        state: the shared state.
        key: whose event it is.
        event: which, in letters and ``-``.
        now: the moment, with its time zone.
        since: an event that fired before that moment was another one; None where the event fires
            once in a session.

    Raises:
        FileError: a record can't be read or written.
    """
    folder = bindings_folder(state) / "fired"
    prefix = f"{key}.{event}."
    numbers = (
        _number(name.removeprefix(prefix)) for name in list_names(folder) if name.startswith(prefix)
    )
    count = max(numbers, default=0)
    if count:
        latest = read_record(state, folder / f"{prefix}{count}.json", _KIND, Firing, _settle_firing)
        if since is None or latest is None or dt.datetime.fromisoformat(latest.at) >= since:
            return False
    firing = Firing(event, now.astimezone(dt.UTC).isoformat())
    return create_record(state, folder / f"{prefix}{count + 1}.json", firing)


def forget_firings(state: Path, before: dt.datetime) -> None:
    """Drop what has fired before a moment: none of it fires a second time any more."""
    for path in _written_before(bindings_folder(state) / "fired", before):
        with suppress(OSError):
            path.unlink(missing_ok=True)


def forget_bindings(
    state: Path, before: dt.datetime, is_over: Callable[[Binding], bool] | None = None
) -> None:
    """Drop bindings that were written before a moment, and that are over; all without ``is_over``.

    Raises:
        FileError: one can't be read, or is damaged.
    """
    for path in _written_before(bindings_folder(state), before):
        binding = load_binding(state, path.stem) if path.suffix == ".json" else None
        if binding and (is_over is None or is_over(binding)):
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _written_before(folder: Path, moment: dt.datetime) -> Iterator[Path]:
    seconds = moment.timestamp()
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):  # somebody else may have removed it
                if entry.stat(follow_symlinks=False).st_mtime < seconds:
                    yield folder / entry.name


def _path(state: Path, key: str) -> Path:
    return bindings_folder(state) / f"{key}.json"


def _number(name: str) -> int:
    digits = name.removesuffix(".json")
    return int(digits) if digits.isascii() and digits.isdigit() else 0


def _digest(text: str) -> str:
    return digest(text.encode("utf-8", "surrogatepass"))[:_KEY_DIGITS]


def _settle(binding: Binding, origin: Origin) -> Binding:
    for moment in (binding.bound_at, binding.seen_at, *filter(None, (binding.left_at,))):
        _refuse_no_moment(moment)
    return replace(binding, root=origin.path(binding.root))


def _settle_firing(firing: Firing, _origin: Origin) -> Firing:
    _refuse_no_moment(firing.at)
    return firing


def _refuse_no_moment(text: str) -> None:
    """Refuse what is no moment with a time zone (ValueError)."""
    if dt.datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(text)
