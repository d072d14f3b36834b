"""Where the data of a repository lies, read from its files alone: no git, and next to no imports.

Source: gitrepository-layout(5): ``.git`` is a folder, or a file that names one, and the file
``commondir`` in it names what linked work trees share. Paths are texts.
"""

from __future__ import annotations

import os
from typing import Final, NamedTuple

from handoff_md.errors import GitError
from handoff_md.reading import read_regular

_POINTER: Final = "gitdir:"


class GitFolders(NamedTuple):
    """A work tree's root, its own git directory, and the one that linked work trees share."""

    root: str
    git_dir: str
    common_dir: str


def find_layout(start: str) -> GitFolders | None:
    """Find the repository whose work tree holds the folder ``start``, links resolved; else None.

    Raises:
        GitError: a file that says where the data lies can't be read.
    """
    root = start
    while True:
        git_dir = follow_pointer(f"{root}/.git")
        if git_dir and os.path.exists(f"{git_dir}/HEAD"):  # noqa: PTH110 - texts: see above
            common = read_pointer(f"{git_dir}/commondir")
            common_dir = os.path.join(git_dir, common) if common else git_dir  # noqa: PTH118
            return GitFolders(root, git_dir, os.path.realpath(common_dir))
        above = os.path.dirname(root)  # noqa: PTH120 - as above
        if above == root:
            return None
        root = above


def follow_pointer(path: str) -> str | None:
    """Give the folder that a ``.git`` is, or names; None where it is neither.

    Raises:
        GitError: it can't be read.
    """
    if os.path.isdir(path):  # noqa: PTH112 - as above
        return os.path.realpath(path)
    text = read_pointer(path)
    if text is None or not text.startswith(_POINTER):
        return None
    named = text.removeprefix(_POINTER).strip()
    return os.path.realpath(os.path.join(os.path.dirname(path), named))  # noqa: PTH118, PTH120


def read_pointer(path: str) -> str | None:
    """Read a file that names a folder; None where there is none.

    Raises:
        GitError: it can't be read.
    """
    try:
        return os.fsdecode(read_regular(path)).strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise GitError(
            f"can't read {path}: {reason}", "Give access to it, or install git."
        ) from error
