"""The one lock of a repository: held by a process, freed by its end, its file never deleted."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from handoff_md.errors import FileError
from handoff_md.store.files import file_error
from handoff_md.store.place import create_folders, read_sharing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from filelock import BaseFileLock


@contextmanager
def hold_lock(state: Path, *, timeout: float, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold ``<state>/lock`` for the length of a ``with`` block.

    Args:
        state: the state folder; it is created where it is missing.
        timeout: seconds to wait for another holder; 0 does not wait.
        on_wait: called once, before the waiting begins.

    Raises:
        FileError: the state folder can't be written, or the lock was not free in time.
    """
    from filelock import Timeout  # noqa: PLC0415 - as in _open_lock

    path = state / "lock"
    create_state(state)
    lock = _open_lock(state)
    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            on_wait()
            lock.acquire(timeout=timeout)
    except Timeout:
        raise FileError(
            f"another handoff-md holds the lock {path}; waited {timeout:g} seconds for it",
            "Run the command again when the other one is done.",
        ) from None
    except (OSError, NotImplementedError) as error:
        raise _not_lockable(path, error) from error
    try:
        yield
    finally:
        lock.release()


def is_held(state: Path) -> bool:
    """Tell whether a process holds the lock right now; never waits, and creates nothing.

    A lock that can't be asked counts as free.
    """
    if not (state / "lock").is_file():
        return False
    from filelock import Timeout  # noqa: PLC0415 - as in _open_lock

    try:
        with _open_lock(state).acquire(timeout=0):
            return False
    except Timeout:
        return True
    except (OSError, NotImplementedError):
        return False


def _open_lock(state: Path) -> BaseFileLock:
    """Give the lock, not held yet; in a shared repository each of its users can hold it."""
    # filelock costs 25 ms to import: only commands that lock pay for it.
    from filelock import FileLock  # noqa: PLC0415 - see the line above

    if not read_sharing(state):
        return FileLock(state / "lock")
    return FileLock(state / "lock", mode=state.stat().st_mode & 0o666)


def create_state(state: Path) -> None:
    """Create the state folder and its parents where they are missing.

    Raises:
        FileError: it can't be created.
    """
    try:
        create_folders(state, state, what="state folder")
    except FileError as error:
        raise FileError(error.message, "The command needs write access to it.") from error


def _not_lockable(path: Path, error: OSError | NotImplementedError) -> FileError:
    hint = "The command needs write access to this folder, on a file system that knows locks."
    if isinstance(error, OSError):
        return FileError(file_error("lock", path, error).message, hint)
    return FileError(f"can't lock {path}: its file system has no locks", hint)
