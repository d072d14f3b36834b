"""What a clone keeps for the hooks of coding agents: that it allows them, and what went wrong.

The failures are lines of a log that never grows above a bound.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from handoff_md.reading import read_regular

if TYPE_CHECKING:
    from pathlib import Path

_ALLOWED: Final = "hooks-allowed"
_FAILURES: Final = "hooks.log"
_MOST_BYTES: Final = 32_768
_MOST_OF_A_LINE: Final = 500


def allows_hooks(state: Path | str) -> bool:
    """Tell whether `init` was run in this clone: else hooks write nothing, and claim nothing."""
    return os.path.isfile(f"{state}/{_ALLOWED}")  # noqa: PTH113 - hooks give a text


def allow_hooks(state: Path) -> None:
    """Let hooks write in this clone.

    Raises:
        FileError: the mark can't be written.
    """
    from handoff_md.store.files import create_bytes  # noqa: PLC0415 - hooks only ask
    from handoff_md.store.place import create_folders, share  # noqa: PLC0415 - as above

    if not allows_hooks(state):
        create_folders(state, state)
        create_bytes(state / _ALLOWED, b"")
        share(state, state / _ALLOWED)


def forbid_hooks(state: Path) -> None:
    """Take that back, and forget what went wrong; a state folder that is empty then goes.

    Raises:
        FileError: the mark can't be removed.
    """
    from handoff_md.store.files import file_error  # noqa: PLC0415 - as above

    try:
        (state / _ALLOWED).unlink(missing_ok=True)
        (state / _FAILURES).unlink(missing_ok=True)
    except OSError as error:
        raise file_error("remove", state / _ALLOWED, error) from error
    with suppress(OSError):
        state.rmdir()


def holds_records(state: Path) -> bool:
    """Tell whether a state folder holds anything that is not for the hooks alone."""
    try:
        return not {*os.listdir(state)} <= {_ALLOWED, _FAILURES}  # noqa: PTH208 - names, not paths
    except OSError:
        return state.is_dir()


def failures_path(state: Path) -> Path:
    """Return where the failures of hooks stand."""
    return state / _FAILURES


def note_failure(state: Path, line: str) -> None:
    """Add a line to the log of failures; what can't be written is let go, and never waited for."""
    from handoff_md.store.files import append_bytes  # noqa: PLC0415 - hooks only ask, mostly
    from handoff_md.store.place import share  # noqa: PLC0415 - as above

    path = failures_path(state)
    words = " ".join(line.split())[:_MOST_OF_A_LINE]
    data = words.encode("utf-8", "backslashreplace") + b"\n"
    with suppress(OSError):
        size = append_bytes(path, data)
        if size == len(data):
            share(state, path)
        elif size > _MOST_BYTES:
            _shorten(path)


def _shorten(path: Path) -> None:
    """Drop the older half of the log."""
    from handoff_md.errors import FileError  # noqa: PLC0415 - seldom
    from handoff_md.store.files import replace_bytes  # noqa: PLC0415 - as above

    kept = read_regular(path, follow=False)[-_MOST_BYTES // 2 :].partition(b"\n")[2]
    with suppress(FileError):
        replace_bytes(path, kept)


def list_failures(state: Path) -> tuple[str, ...]:
    """Give the lines of the log of failures, the oldest first; none where it can't be read."""
    try:
        data = read_regular(failures_path(state), limit=2 * _MOST_BYTES, follow=False)
    except OSError:
        return ()
    return tuple(data.decode("utf-8", "replace").splitlines())
