"""Which git this is, and whether it is recent enough."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from handoff_md.git.process import run_git

if TYPE_CHECKING:
    from pathlib import Path

OLDEST: Final = (2, 34)
"""The oldest git that the tool works with."""

_NUMBERS: Final = re.compile(rb"git version (\d+)\.(\d+)(\S*)")


def read_git_version(folder: Path) -> tuple[str, bool]:
    """Return git's version as it tells it, and whether the tool works with it.

    Args:
        folder: an existing folder to run git in.

    Raises:
        GitMissingError: git is not installed.
        GitError: it does not tell its version.
    """
    told = run_git(["version"], cwd=folder).stdout
    found = _NUMBERS.match(told)
    if found is None:
        return told.decode("utf-8", "replace").strip(), False
    major, minor, rest = found.groups()
    version = f"{int(major)}.{int(minor)}{rest.decode('utf-8', 'replace')}"
    return version, (int(major), int(minor)) >= OLDEST
