"""Finding the repository that a folder belongs to."""

from __future__ import annotations

import os
from pathlib import Path

from handoff_md.errors import GitError
from handoff_md.git.process import explain_failure, run_git
from handoff_md.value import Value


class Repository(Value):
    """A work tree and where git keeps its data; all paths absolute, symbolic links resolved.

    ``root`` is the top of the work tree, ``git_dir`` belongs to it alone (its HEAD and index),
    ``common_dir`` is shared by all linked worktrees.
    """

    root: Path
    git_dir: Path
    common_dir: Path


class NoWorkTreeError(GitError):
    """A folder lies in a bare repository, or in git's own folder of one that has a work tree."""


def find_repository(start: Path) -> Repository | None:
    """Return the repository whose work tree holds the folder ``start``, or None.

    One git process.

    Raises:
        GitMissingError: git is not installed; whether there is a repository is not known.
        NoWorkTreeError: a bare repository, or a folder inside ``.git``.
        GitError: a broken or a foreign repository.
    """
    wanted = ("--show-toplevel", "--git-dir", "--git-common-dir")
    found = run_git(["rev-parse", "--path-format=absolute", *wanted], cwd=start, check=False)
    if found.code:
        if b"not a git repository (or any " in found.stderr:
            return None
        if b"must be run in a work tree" in found.stderr:
            raise NoWorkTreeError(
                f"{start} lies in a bare repository or inside .git, where no work tree is",
                "Run the command in a work tree; `git worktree list` names them. "
                "`handoff-md lint --commits HEAD` needs none.",
            )
        failure = explain_failure(f"the git repository of {start} can't be used", found)
        if b"not a git repository: " in found.stderr:
            # The ``.git`` file of a linked work tree, or of a submodule, leads nowhere.
            raise GitError(
                failure.message,
                "If the repository was moved, run git worktree repair in its main work tree.",
            )
        raise failure
    paths = found.lines()
    if "\n" in str(start) and len(paths) > len(wanted):
        raise GitError(f"the path of the repository of {start} holds a line break", "Rename it.")
    if len(paths) != len(wanted) or not all(map(os.path.isabs, paths)):
        raise found.garbled()
    root, git_dir, common_dir = (Path(os.path.realpath(path)) for path in paths)
    return Repository(root, git_dir, common_dir)


def find_history(start: Path) -> Repository:
    """Return the repository of a folder inside of a git directory, for reading its history.

    Its ``root`` is the git directory itself: there is no work tree to name paths of.

    Raises:
        GitError: the repository can't be used.
    """
    wanted = ("--git-dir", "--git-common-dir")
    found = run_git(["rev-parse", "--path-format=absolute", *wanted], cwd=start)
    lines = os.fsdecode(found.stdout).removesuffix("\n").split("\n")
    git_dir, common_dir = (Path(os.path.realpath(line)) for line in lines[: len(wanted)])
    return Repository(git_dir, git_dir, common_dir)
