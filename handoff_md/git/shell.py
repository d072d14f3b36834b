"""Writes git commands for people to paste."""

from __future__ import annotations

import os
import shlex
from pathlib import Path


def git_line(root: Path, *words: str) -> str:
    """Write a git command so that it does the same wherever the user stands.

    Paths in it are relative to the work tree's ``root``: from another folder it needs ``-C``. A
    hook runs at the root, and GIT_PREFIX tells where the user stands below it.
    """
    stands = Path.cwd() / os.environ.get("GIT_PREFIX", "")
    elsewhere = os.path.realpath(stands) != os.path.realpath(root)
    return shlex.join(["git", *(["-C", str(root)] if elsewhere else []), *words])
