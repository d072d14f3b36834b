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


def is_work_tree_of(root: Path, repository: Repository) -> bool:
    """Tell whether a folder is the root of one of the repository's work trees, without git.

    Another repository's is not, and neither is a copy of one, whose ``.git`` leads to the
    original's data: git knows where the original lies. A second folder that uses this work tree's
    own data is not either.

    Raises:
        GitError: a file that says where the data lies can't be read.
    """
    found = read_repository(root)
    if found is None or found.root != root or found.common_dir != repository.common_dir:
        return False
    if found.git_dir == repository.git_dir:
        return root == repository.root
    return find_original(found) is None


def find_original(repository: Repository) -> Path | None:
    """Give the work tree that this one is a copy of; None for one that is none.

    A linked work tree names its data by an absolute path, and a copy names the same; the data
    names the one that it belongs to. One that is gone was moved: then this is it. A ``.git`` that
    is a symbolic link to another work tree's makes a copy as well. Source:
    gitrepository-layout(5).

    Raises:
        GitError: a file that says where the data lies can't be read.
    """
    if repository.git_dir != repository.common_dir:
        named = _read(repository.git_dir / "gitdir")
        if named is None:
            return None
        owner = Path(os.path.normpath(repository.git_dir / named)).parent
    elif (repository.root / ".git").is_symlink() and repository.git_dir.name == ".git":
        owner = repository.git_dir.parent
    else:
        return None
    if not owner.is_dir() or owner.samefile(repository.root):
        return None
    return owner if _follow(owner / ".git") == repository.git_dir else None


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
