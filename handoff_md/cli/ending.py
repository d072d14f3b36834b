"""How the command ends: its exit codes, and an output that nobody takes any more."""

from __future__ import annotations

import os
import sys

USAGE, INTERRUPTED, BROKEN_PIPE = 2, 130, 141


def give_up_broken_output() -> None:
    """Drop what can't be written to stdout, or the interpreter would try, and complain, at exit."""
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
