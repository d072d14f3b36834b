"""Which repository a folder belongs to, where its data lies, and what of it is locked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from handoff_md.errors import GitError
from handoff_md.git.layout import find_layout, follow_pointer, read_pointer
from handoff_md.git.process import ask_git, explain_failure, run_git

_LOCK_ENDING = ".lock"


class Repository(NamedTuple):
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


def read_repository(start: Path) -> Repository | None:
    """Return the repository whose work tree holds the folder ``start``, or None, without git.

    Raises:
        GitError: a file that says where the data lies can't be read.
    """
    found = find_layout(str(start))
    return Repository(*map(Path, found)) if found else None


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
        named = read_pointer(f"{repository.git_dir}/gitdir")
        if named is None:
            return None
        owner = Path(os.path.normpath(repository.git_dir / named)).parent
    elif (repository.root / ".git").is_symlink() and repository.git_dir.name == ".git":
        owner = repository.git_dir.parent
    else:
        return None
    if not owner.is_dir() or owner.samefile(repository.root):
        return None
    return owner if follow_pointer(f"{owner}/.git") == str(repository.git_dir) else None


def read_setting(folder: Path, key: str, *options: str) -> str | None:
    """Return what git's configuration says in a folder, None for nothing: git-config(1).

    Raises:
        GitError: git can't read it.
    """
    failed = f"git's configuration can't be read in {folder}"
    told = ask_git(["config", *options, key], cwd=folder, failed=failed)
    return None if told.code else told.text()


def has_remote(folder: Path) -> bool:
    """Tell whether the repository of a folder has a remote. One process.

    Raises:
        GitError: git's configuration can't be read.
    """
    return read_setting(folder, r"^remote\..*\.url$", "--get-regexp") is not None


def hooks_folder(repository: Repository) -> Path:
    """Return the folder of the hooks, ``core.hooksPath`` honoured; it may not exist.

    Raises:
        GitError: git can't tell.
    """
    command = ["rev-parse", "--path-format=absolute", "--git-path", "hooks"]
    return Path(run_git(command, cwd=repository.root).line())


def list_locks(repository: Repository) -> Iterator[Path]:
    """Give the locks of all work trees' indexes and HEADs, of refs, and of the configuration.

    No ref's own file ends so: git-check-ref-format(1). Source: gitrepository-layout(5).
    """
    common = repository.common_dir
    linked = common / "worktrees"
    for folder in (common, *(sorted(linked.iterdir()) if linked.is_dir() else ())):
        yield from sorted(folder.glob(f"*{_LOCK_ENDING}"))
        yield from sorted((folder / "info").glob(f"*{_LOCK_ENDING}"))
        for place, _, names in sorted(os.walk(folder / "refs")):
            yield from (Path(place, name) for name in sorted(names) if name.endswith(_LOCK_ENDING))
    yield from sorted((common / "reftable").glob(f"*{_LOCK_ENDING}"))
