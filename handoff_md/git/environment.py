"""What git is told by the environment: what users say of themselves, and where a repository is.

Paths in the environment, and commands to be typed, are relative to the folder that the command was
started in.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from handoff_md.reading import read_regular

# What a user or a CI job says about themselves and about transport. Everything else that begins
# with GIT_ may stem from a hook or an alias of another repository (GIT_DIR, GIT_INDEX_FILE, see
# `git rev-parse --local-env-vars`) or change what output means (GIT_LITERAL_PATHSPECS,
# GIT_EXTERNAL_DIFF), and is left out.
_KEPT: Final = (
    r"GIT_(?:(?:AUTHOR|COMMITTER|SSH|TRACE|TRACE2|SSL|HTTP|PROXY)(?:_.*)?"
    r"|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)"
    r"|ASKPASS|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM|EXEC_PATH|TEMPLATE_DIR)"
)
_WORK_TREE: Final = rb"(?mi)^[ \t]*worktree[ \t]*=[ \t]*(?P<top>\S.*?)[ \t]*$"


_STOOD_IN: Final = ContextVar("_STOOD_IN", default="")


@contextmanager
def leaving_folder() -> Iterator[None]:
    """Remember the folder that the user stands in, as ``-C`` leads the command to another one."""
    token = _STOOD_IN.set(_standing())
    try:
        yield
    finally:
        _STOOD_IN.reset(token)


def _standing() -> str:
    """Give the folder that the command was started in, links resolved; the root if it is gone."""
    try:
        return _STOOD_IN.get() or os.path.realpath(os.getcwd())  # noqa: PTH109 - hot, text in and out
    except OSError:
        return os.path.sep


def scrub_environment(cwd: Path) -> dict[str, str]:
    """Give the environment for a git that runs in a folder."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or re.fullmatch(_KEPT, name)
    }
    return kept | _name_repository(cwd)


def stands_in(folder: Path) -> bool:
    """Tell whether the user stands in a folder.

    ``-C`` may have led the command elsewhere. git runs hooks and aliases at the root, and tells in
    GIT_PREFIX where below it the user stands.
    """
    stands = os.path.join(_standing(), os.environ.get("GIT_PREFIX", ""))  # noqa: PTH118 - as above
    return os.path.realpath(folder) == os.path.realpath(stands)


def _name_repository(cwd: Path) -> dict[str, str]:
    """Give GIT_DIR and GIT_WORK_TREE where they are about a folder, as absolute paths.

    git sets GIT_DIR for hooks as well, and a hook may look at another repository: they count in
    the work tree that they name, unless a closer repository holds the folder. Without a work tree
    git takes the folder that it is started in for its top: that counts where no repository is
    found otherwise.
    """
    named = os.environ.get("GIT_DIR")
    if not named:
        return {}
    git_dir = _absolute(named)
    told = os.environ.get("GIT_WORK_TREE") or _configured_top(git_dir)
    top, place = Path(_absolute(told)), Path(os.path.realpath(cwd))
    if not place.is_relative_to(top) or place.is_relative_to(git_dir):
        return {}
    both = {"GIT_DIR": git_dir, "GIT_WORK_TREE": str(top)}
    closer = (place, *place.parents)[: len(place.parts) - len(top.parts)]
    if told:
        return {} if any(map(_holds_repository, closer)) else both
    # A `.git` belongs to the folder that it lies in, a linked work tree's to the one it names.
    elsewhere = Path(git_dir).name == ".git" or os.path.lexists(Path(git_dir, "commondir"))
    if elsewhere or any(map(_holds_repository, (place, *place.parents))):
        return {}
    # In the top itself git finds the same by itself, and refuses where the repository is bare.
    return both if closer else {"GIT_DIR": git_dir}


def _absolute(path: str) -> str:
    return os.path.realpath(os.path.join(_standing(), path))  # noqa: PTH118 - hot, text in and out


def _holds_repository(folder: Path) -> bool:
    return os.path.lexists(folder / ".git")


def _configured_top(git_dir: str) -> str:
    """Give ``core.worktree`` of a git directory, which it is relative to; empty without."""
    try:
        config = read_regular(Path(git_dir, "config"))
    except OSError:
        return ""
    found = re.search(_WORK_TREE, config)
    # Source: git-config(1), "core.worktree"; quotes are not part of a value.
    return os.path.join(git_dir, os.fsdecode(found["top"]).strip('"')) if found else ""  # noqa: PTH118 - text in, text out
