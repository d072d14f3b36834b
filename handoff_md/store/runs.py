"""The active run: ``<state>/run.json``, a readable file that exists as long as the run does.

Whoever wants to know whether agents have to leave the handoff document alone may look for the file.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from msgspec.structs import asdict, astuple, replace

from handoff_md.ledger.records import ClosedRun, Run, RunMember
from handoff_md.store.files import file_error, list_names, remove_file
from handoff_md.store.place import create_folders
from handoff_md.store.record import Kind, Origin, create_record, read_record, replace_record

_KIND: Final = Kind(
    "the record of the run",
    "Finish that run with the handoff-md that began it, or move the file away.",
    "A run counts as active as long as this file exists: move it away to end the run.",
)


def run_path(state: Path) -> Path:
    """Return where the active run's file lies."""
    return state / "run.json"


def load_run(state: Path) -> Run | None:
    """Return the active run, or None.

    Raises:
        FileError: there is a file, but it can't be read or understood; the run counts as active.
    """
    return _read(state, run_path(state))


def start_run(
    state: Path,
    *,
    orchestrator: str,
    started_at: str,
    expect: tuple[str, ...] = (),
    expect_count: int | None = None,
    document: str = "",
    plan: Callable[[Run], None] = lambda _: None,
) -> Run | None:
    """Create the active run's file; None where a run is active already, which stays as it is.

    ``plan`` is told of the run before. Call it under the lock, so that nobody starts another then.

    Raises:
        FileError: the file can't be written.
    """
    if load_run(state):
        return None
    token = os.urandom(8).hex()
    run = Run(token, orchestrator, started_at, expect, expect_count, (), document)
    plan(run)
    return run if create_record(state, run_path(state), run) else None


def adopt_run(state: Path, run: Run) -> bool:
    """Make a run of another clone the active one here; False where one is active already.

    Raises:
        FileError: the file can't be written.
    """
    return create_record(state, run_path(state), run)


def add_sessions(state: Path, run: Run, sessions: tuple[str, ...]) -> Run:
    """Write down ids that were claimed with the run.

    Raises:
        FileError: the file can't be written.
    """
    more = replace(run, sessions=(*run.sessions, *sessions))
    replace_record(state, run_path(state), more)
    return more


def close_run(
    state: Path,
    run: Run,
    *,
    finished: bool,
    closed_at: str = "",
    members: tuple[RunMember, ...] = (),
) -> Path | None:
    """Move the run's file to the closed ones; None where that run is not active any more.

    When it was closed, and its sessions as they are then, are written into it first: a run whose
    closing was cut off is active still. Call it under the lock: the file must not be replaced
    between the look and the move.

    Raises:
        FileError: it can't be moved.
    """
    active = load_run(state)
    if active is None or active.token != run.token:
        return None
    if closed_at:
        closing = _Closing(**asdict(active), closed_at=closed_at, members=tuple(members))
        replace_record(state, run_path(state), closing)
    folder = state / "runs"
    create_folders(state, folder)
    number = 1 + max((_number(path) for path in _closed(state)), default=0)
    outcome = "finished" if finished else "cancelled"
    target = folder / f"{number:05}-{outcome}-{run.orchestrator}.json"
    try:
        run_path(state).rename(target)
    except OSError as error:
        raise file_error("close the run", run_path(state), error) from error
    return target


def forget_run(state: Path, run: Run) -> None:
    """Let go of a run of which nobody here knows what became; see `close_run`.

    Raises:
        FileError: its file can't be read or removed.
    """
    active = load_run(state)
    if active is None or active.token != run.token:
        return
    remove_file(run_path(state))


def list_closed(state: Path) -> Iterator[ClosedRun]:
    """Give the runs that were closed, the latest first; each is read when it is asked for.

    Raises:
        FileError: a file can't be read.
    """
    for path in sorted(_closed(state), key=_number, reverse=True):
        finished = path.name.split("-", 2)[1] == "finished"
        if told := read_record(state, path, _KIND, _Closing, _settle):
            run = Run(*astuple(told)[: len(Run.__struct_fields__)])
            yield ClosedRun(run, finished, told.closed_at, told.members)


def closed_runs(state: Path) -> Iterator[Run]:
    """Give all runs that were closed, in no order.

    Raises:
        FileError: a file can't be read.
    """
    return (run for path in _closed(state) if (run := _read(state, path)))


def _closed(state: Path) -> list[Path]:
    folder = state / "runs"
    return [path for name in list_names(folder) if _number(path := folder / name)]


def _number(path: Path) -> int:
    """Return a closed run's number; 0 for a file that is none."""
    number, _, rest = path.name.partition("-")
    known = number.isascii() and number.isdigit() and rest.count("-") and path.suffix == ".json"
    return int(number) if known else 0


def _read(state: Path, path: Path) -> Run | None:
    return read_record(state, path, _KIND, Run)


class _Closing(Run):
    """What the file of a closed run tells more than that of an active one."""

    closed_at: str = ""
    members: tuple[RunMember, ...] = ()


def _settle(closing: _Closing, _origin: Origin) -> _Closing:
    if closing.closed_at and dt.datetime.fromisoformat(closing.closed_at).tzinfo is None:
        raise ValueError(closing.closed_at)
    return closing
