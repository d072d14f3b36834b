"""Runs the command and kills it, with all its children, right before its k-th step.

A step is what changes a file: opening one to write, a rename, link, removal, new folder, fsync, or
a process that is started. Give k, then the command's arguments. Without a k-th step the command
ends as it would.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import count
from typing import TYPE_CHECKING

from handoff_md.cli.main import main

if TYPE_CHECKING:
    from _typeshed import HasFileno

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_CHANGES = {
    "os.chmod",
    "os.link",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.truncate",
    "subprocess.Popen",
}


def die_before_step(deadly: int) -> None:
    """Arm this process: it kills its process group right before its ``deadly``-th step."""
    numbers = count(1)
    real_fsync = os.fsync

    def step() -> None:
        if next(numbers) == deadly:
            os.killpg(0, signal.SIGKILL)

    def on_event(event: str, args: tuple[object, ...]) -> None:
        if event in _CHANGES or (event == "open" and _opens_to_write(args)):
            step()

    def fsync(fd: int | HasFileno) -> None:
        step()
        real_fsync(fd)

    os.fsync = fsync
    sys.addaudithook(on_event)


def _opens_to_write(args: tuple[object, ...]) -> bool:
    return isinstance(args[2], int) and bool(args[2] & _WRITING)


if __name__ == "__main__":
    die_before_step(int(sys.argv.pop(1)))
    main()
