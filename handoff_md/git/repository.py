"""Finding the repository that a folder belongs to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from handoff_md.errors import GitError
from handoff_md.git.process import explain_failure, run_git


@dataclass(frozen=True, slots=True)
class Repository:
    """A work tree and where git keeps its data; all paths absolute, symbolic links resolved.

    ``root`` is the top of the work tree, ``git_dir`` belongs to it alone (its HEAD and index),
    ``common_dir`` is shared by all linked worktrees.
    """

    root: Path
    git_dir: Path
    common_dir: Path


def find_repository(start: Path) -> Repository | None:
    """Return the repository whose work tree holds the folder ``start``, or None.

    One git process.

    Raises:
        GitMissingError: git is not installed; whether there is a repository is not known.
        GitError: a bare repository, a folder inside ``.git``, a broken or a foreign repository.
    """
    wanted = ("--show-toplevel", "--git-dir", "--git-common-dir")
    found = run_git(["rev-parse", "--path-format=absolute", *wanted], cwd=start, check=False)
    if found.code:
        if b"not a git repository (or any " in found.stderr:
            return None
        if b"must be run in a work tree" in found.stderr:
            raise GitError(
                f"{start} lies in a bare repository or inside .git, where no work tree is",
                "Run the command in a work tree; `git worktree list` names them.",
            )
        failure = explain_failure(f"the git repository of {start} can't be used", found)
        if b"not a git repository: " in found.stderr:
            # The ``.git`` file of a linked work tree, or of a submodule, leads nowhere.
            raise GitError(
                failure.message,
                "If the repository was moved, run `git worktree repair` in its main work tree.",
            )
        raise failure
    paths = os.fsdecode(found.stdout).removesuffix("\n").split("\n")
    if len(paths) != len(wanted):
        raise GitError(f"the path of the repository of {start} holds a line break", "Rename it.")
    root, git_dir, common_dir = (Path(os.path.realpath(path)) for path in paths)
    return Repository(root, git_dir, common_dir)
