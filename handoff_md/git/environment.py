"""What git is told by the environment: what users say of themselves, and where a repository is."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

# What a user or a CI job says about themselves and about transport. Everything else that begins
# with GIT_ may stem from a hook or an alias of another repository (GIT_DIR, GIT_INDEX_FILE, see
# `git rev-parse --local-env-vars`) or change what output means (GIT_LITERAL_PATHSPECS,
# GIT_EXTERNAL_DIFF), and is left out.
_KEPT: Final = re.compile(
    r"GIT_(?:(?:AUTHOR|COMMITTER|SSH|TRACE|TRACE2|SSL|HTTP|PROXY)(?:_.*)?"
    r"|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)"
    r"|ASKPASS|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM|EXEC_PATH|TEMPLATE_DIR)"
)
_WORK_TREE: Final = re.compile(rb"(?mi)^[ \t]*worktree[ \t]*=[ \t]*(?P<top>\S.*?)[ \t]*$")


def scrub_environment(cwd: Path) -> dict[str, str]:
    """Give the environment for a git that runs in a folder."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or _KEPT.fullmatch(name)
    }
    return kept | _name_repository(cwd)


def _name_repository(cwd: Path) -> dict[str, str]:
    """Give GIT_DIR and GIT_WORK_TREE where they are about a folder, as absolute paths.

    git sets GIT_DIR for hooks as well, and a hook may look at another repository: they count in
    the work tree that they name, unless a closer repository holds the folder. Without a work tree
    git takes the current folder for its top; that counts where no repository is found otherwise.
    """
    git_dir = os.environ.get("GIT_DIR")
    if not git_dir:
        return {}
    git_dir = os.path.realpath(git_dir)
    named = os.environ.get("GIT_WORK_TREE") or _configured_top(git_dir)
    top = Path(os.path.realpath(named or "."))
    place = Path(os.path.realpath(cwd))
    if not place.is_relative_to(top):
        return {}
    if named:
        closer = (place, *place.parents)[: len(place.parts) - len(top.parts)]
        own = any(os.path.lexists(folder / ".git") for folder in closer)
        return {} if own else {"GIT_DIR": git_dir, "GIT_WORK_TREE": str(top)}
    found = any(os.path.lexists(folder / ".git") for folder in (place, *place.parents))
    # A `.git` belongs to the folder that it lies in, a linked work tree's to the one it names.
    elsewhere = Path(git_dir).name == ".git" or os.path.lexists(Path(git_dir, "commondir"))
    return {} if found or elsewhere else {"GIT_DIR": git_dir}


def _configured_top(git_dir: str) -> str:
    """Give ``core.worktree`` of a git directory, which it is relative to; empty without."""
    try:
        config = Path(git_dir, "config").read_bytes()
    except OSError:
        return ""
    found = _WORK_TREE.search(config)
    # Source: git-config(1), "core.worktree"; quotes are not part of a value.
    return os.path.join(git_dir, os.fsdecode(found["top"]).strip('"')) if found else ""  # noqa: PTH118 - text in, text out
