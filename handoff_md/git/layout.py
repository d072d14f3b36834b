"""Where a repository's data lies, read from its files: for when git itself is not installed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from handoff_md.errors import GitError
from handoff_md.git.repository import Repository
from handoff_md.reading import read_regular

_POINTER: Final = "gitdir:"


def read_repository(start: Path) -> Repository | None:
    """Return the repository whose work tree holds the folder ``start``, or None, without git.

    Source: gitrepository-layout(5): ``.git`` is a folder, or a file that names one, and the file
    ``commondir`` in it names what linked work trees share.

    Raises:
        GitError: a file that says where the data lies can't be read.
    """
    for root in (start, *start.parents):
        git_dir = _follow(root / ".git")
        if git_dir and (git_dir / "HEAD").exists():
            common = _read(git_dir / "commondir")
            common_dir = git_dir / common if common else git_dir
            return Repository(root, git_dir, Path(os.path.realpath(common_dir)))
    return None


def _follow(path: Path) -> Path | None:
    if path.is_dir():
        return Path(os.path.realpath(path))
    text = _read(path)
    if text is None or not text.startswith(_POINTER):
        return None
    return Path(os.path.realpath(path.parent / text.removeprefix(_POINTER).strip()))


def _read(path: Path) -> str | None:
    try:
        return os.fsdecode(read_regular(path)).strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise GitError(
            f"can't read {path}: {reason}", "Give access to it, or install git."
        ) from error
