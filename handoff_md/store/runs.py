"""The active run: ``<state>/run.json``, a readable file that exists as long as the run does.

Whoever wants to know whether agents have to leave the handoff document alone may look for the file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from handoff_md.ledger.records import Run
from handoff_md.store.files import file_error
from handoff_md.store.place import create_folders
from handoff_md.store.record import Kind, create_record, read_record, replace_record

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
) -> Run | None:
    """Create the active run's file; None where a run is active already, which stays as it is.

    Raises:
        FileError: the file can't be written.
    """
    token = os.urandom(8).hex()
    run = Run(token, orchestrator, started_at, expect, expect_count, (), document)
    return run if create_record(state, run_path(state), run) else None


def add_sessions(state: Path, run: Run, sessions: tuple[str, ...]) -> Run:
    """Write down ids that were claimed with the run.

    Raises:
        FileError: the file can't be written.
    """
    more = replace(run, sessions=(*run.sessions, *sessions))
    replace_record(state, run_path(state), more)
    return more


def close_run(state: Path, run: Run, *, finished: bool) -> Path | None:
    """Move the run's file to the closed ones; None where that run is not active any more.

    Call it under the lock: the file must not be replaced between the look and the move.

    Raises:
        FileError: it can't be moved.
    """
    active = load_run(state)
    if active is None or active.token != run.token:
        return None
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


def latest_closed(state: Path) -> tuple[Run, bool] | None:
    """Return the run that was closed last, and whether it was finished (else it was cancelled).

    Raises:
        FileError: its file can't be read.
    """
    closed = _closed(state)
    if not closed:
        return None
    path = max(closed, key=_number)
    run = _read(state, path)
    return (run, path.name.split("-", 2)[1] == "finished") if run else None


def closed_runs(state: Path) -> Iterator[Run]:
    """Give all runs that were closed, in no order.

    Raises:
        FileError: a file can't be read.
    """
    return (run for path in _closed(state) if (run := _read(state, path)))


def _closed(state: Path) -> list[Path]:
    try:
        return [path for path in (state / "runs").iterdir() if _number(path)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise file_error("list", state / "runs", error) from error


def _number(path: Path) -> int:
    """Return a closed run's number; 0 for a file that is none."""
    number, _, rest = path.name.partition("-")
    known = number.isascii() and number.isdigit() and rest.count("-") and path.suffix == ".json"
    return int(number) if known else 0


def _read(state: Path, path: Path) -> Run | None:
    return read_record(state, path, _KIND, Run, lambda run, _origin: run)
