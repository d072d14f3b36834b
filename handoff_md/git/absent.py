"""Files that belong to a checkout and are not on disk: left out as sparse, or in a submodule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from handoff_md.git.process import run_git, split_nul
from handoff_md.reading import read_regular

if TYPE_CHECKING:
    from handoff_md.git.repository import Repository

_SUBMODULE_PATH: Final = re.compile(
    rb"^[ \t]*path[ \t]*=[ \t]*(?P<path>\S.*?)[ \t]*$", re.MULTILINE
)


def list_sparse(repository: Repository) -> frozenset[str]:
    """Return the tracked files that a sparse checkout leaves out; one process, if it is sparse.

    Paths are relative to the root, with ``/``. Source: git-sparse-checkout(1).

    Raises:
        GitError: git can't be started.
    """
    if not (repository.git_dir / "info" / "sparse-checkout").exists():
        return frozenset()
    listed = split_nul(run_git(["ls-files", "-t", "-z"], cwd=repository.root, check=False).stdout)
    return frozenset(line[2:] for line in listed if line.startswith("S "))


def list_empty_submodules(repository: Repository) -> tuple[str, ...]:
    """Return the folders of submodules that are not checked out; without a process.

    Source: gitmodules(5).
    """
    try:
        text = read_regular(repository.root / ".gitmodules")
    except OSError:
        return ()
    paths = (match["path"].decode("utf-8", "replace") for match in _SUBMODULE_PATH.finditer(text))
    return tuple(path for path in paths if not (repository.root / path / ".git").exists())
