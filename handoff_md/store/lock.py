"""The one lock of a repository: held by a process, freed by its end, its file never deleted."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from handoff_md.errors import FileError
from handoff_md.store.files import file_error
from handoff_md.store.place import create_folders, share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_NAME: Final = "lock"
_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_POLL_SECONDS: Final = 0.05


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
    path = state / _NAME
    create_state(state)
    try:
        held = _take(state)
        if held is None:
            on_wait()
            held = _wait_for(state, timeout)
    except OSError as error:
        raise _not_lockable(path, error) from error
    if held is None:
        raise FileError(
            f"another handoff-md holds the lock {path}; waited {timeout:g} seconds for it",
            "Run the command again when the other one is done.",
        )
    try:
        yield
    finally:
        _release(held)


def is_held(state: Path) -> bool:
    """Tell whether a process holds the lock right now; never waits, and creates nothing.

    A lock that can't be asked counts as free.
    """
    if not (state / _NAME).is_file():
        return False
    try:
        held = _take(state)
    except OSError:
        return False
    if held is None:
        return True
    _release(held)
    return False


def _take(state: Path) -> int | None:
    """Take the lock, and give its descriptor; None where another process holds it.

    In a shared repository each of its users can take it.

    Raises:
        OSError: it can't be opened, or its file system has no locks.
    """
    path = state / _NAME
    held = os.open(path, _FLAGS, 0o644)
    try:
        share(state, path)
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(held).st_nlink:  # else somebody has deleted it meanwhile
            return held
    except (BlockingIOError, PermissionError):  # the latter is what some file systems say
        pass
    except BaseException:
        os.close(held)
        raise
    os.close(held)
    return None


def _wait_for(state: Path, seconds: float) -> int | None:
    end = time.monotonic() + seconds
    while (held := _take(state)) is None and time.monotonic() < end:
        time.sleep(_POLL_SECONDS)
    return held


def _release(held: int) -> None:
    """Free the lock, also where a process that was started meanwhile has its descriptor yet."""
    fcntl.flock(held, fcntl.LOCK_UN)
    os.close(held)


def create_state(state: Path) -> None:
    """Create the state folder and its parents where they are missing.

    Raises:
        FileError: it can't be created.
    """
    try:
        create_folders(state, state, what="state folder")
    except FileError as error:
        raise FileError(error.message, "The command needs write access to it.") from error


def _not_lockable(path: Path, error: OSError) -> FileError:
    hint = "The command needs write access to this folder, on a file system that knows locks."
    if error.errno == errno.ENOSYS:
        return FileError(f"can't lock {path}: its file system has no locks", hint)
    return FileError(file_error("lock", path, error).message, hint)
