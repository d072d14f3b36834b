"""The one door to a file's content: regular files of a bounded size, and nothing that could wait.

Whatever lies under a name may be somebody else's: a pipe, a device, a folder, a link to one. No
other module opens files for reading; what a caller makes of an OSError is its own.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES: Final = 1 << 28
"""The most bytes that are read of any file: more would fill the memory."""


_DESCRIPTOR: Final = re.compile(r"/(?:dev|proc/self)/(?:fd/(?P<number>\d+)|stdin)")


class IrregularFileError(OSError):
    """There is something under the name that is no file to read; ``strerror`` says what."""

    def __init__(self, path: Path | str, what: str) -> None:
        super().__init__(errno.EINVAL, what, str(path))


def read_regular(path: Path | str, *, limit: int | None = None, follow: bool = True) -> bytes:
    """Read a regular file whole; never waits for a writer.

    Args:
        path: the file.
        limit: the most bytes to read: of a larger file one more is given, so that the caller can
            tell; None for `MOST_BYTES`, where a larger one is an error.
        follow: whether the last name may be a symbolic link.

    Raises:
        FileNotFoundError: there is none.
        IrregularFileError: it is no regular file, or has more than `MOST_BYTES`.
        OSError: it can't be read.
    """
    # Opening is not always without effect on a device, so its kind is asked for first; and again
    # of what was opened, which may be another by then. O_NONBLOCK: a pipe would wait for a writer.
    _check(path, os.stat(path, follow_symlinks=follow))  # noqa: PTH116 - hot
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
    descriptor = os.open(path, flags)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        _check(path, status)
        most = MOST_BYTES if limit is None else limit
        # Memory is taken for as much as is asked for: first no more than the file is said to have.
        data = file.read(min(status.st_size, most) + 1)
        if status.st_size < len(data) <= most:  # it has grown, or its size is not told
            data += file.read(most + 1 - len(data))
    if limit is None and len(data) > most:
        raise _too_large(path)
    return data


def read_if_there(path: Path | str) -> bytes | None:
    """Read a regular file whole; None where there is none.

    Raises:
        OSError: as `read_regular`.
    """
    try:
        return read_regular(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def read_given(path: Path) -> bytes:
    """Read what a user has named on the command line: a file, or what the shell has opened for it.

    A shell writes ``<(command)`` as ``/dev/fd/63``, where somebody does write.

    Raises:
        OSError: as `read_regular`.
    """
    opened = _DESCRIPTOR.fullmatch(str(path))
    if opened is None:
        return read_regular(path)
    with os.fdopen(int(opened["number"] or 0), "rb", closefd=False) as file:
        return file.read()


def _check(path: Path | str, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise IrregularFileError(path, "it is not a regular file")
    if status.st_size > MOST_BYTES:
        raise _too_large(path)


def _too_large(path: Path | str) -> IrregularFileError:
    return IrregularFileError(path, f"it has more than {MOST_BYTES:,} bytes")
