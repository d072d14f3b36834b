"""Why git and the disk differ: a file that is missing here, or one that git does not see."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from handoff_md.errors import GitError
from handoff_md.git.objects import list_tree
from handoff_md.git.process import pathspec, run_git, write_git, write_path
from handoff_md.git.repository import read_setting
from handoff_md.reading import read_regular

if TYPE_CHECKING:
    from pathlib import Path

    from handoff_md.git.repository import Repository

_SUBMODULE_PATH: Final = re.compile(
    rb"^[ \t]*path[ \t]*=[ \t]*(?P<path>\S.*?)[ \t]*$", re.MULTILINE
)
_GITLINK: Final = "160000 "


class AbsentError(GitError):
    """git has a file, and the work tree does not: a new one in its place would replace it.

    ``command`` brings it back, as a user can type it.
    """

    def __init__(self, message: str, command: str, more: str = "") -> None:
        super().__init__(message, f"Run `{command}` to get it back{more}.")
        self.command = command


class DeletionStagedError(AbsentError):
    """A file that HEAD has is gone from index and work tree: deleted, or renamed."""


class ElsewhereError(GitError):
    """A path lies in another repository, below this one: no commit of this one can hold it."""


def explain_absence(repository: Repository, path: str) -> GitError | None:
    """Say why a file is not on disk that git has, and how to get it; None where git has none.

    At most three processes.

    Args:
        repository: where it would lie.
        path: relative to the root, with ``/``; nothing is there.

    Raises:
        GitError: git can't tell.
    """
    if elsewhere := explain_elsewhere(repository, path):
        return elsewhere
    listed = run_git(["ls-files", "-v", "-s", "-z", "--", pathspec(path)], cwd=repository.root)
    entries = [entry.partition("\t")[0].split(" ") for entry in listed.fields()]
    if not entries:
        return _explain_staged_deletion(repository, path)
    tag, stage = entries[0][0], entries[0][-1]
    if tag == "S" or tag.islower():
        return _explain_skipped(repository, path)
    if stage != "0":
        command = write_git(repository.root, "checkout", "--merge", "--", path)
        return AbsentError(
            f"{path} is unmerged, and is missing from the work tree {repository.root}",
            command,
            " with its conflicts",
        )
    command = write_git(repository.root, "restore", "--", path)
    return AbsentError(
        f"git has {path}, but it is missing from the work tree {repository.root}",
        command,
    )


def explain_elsewhere(repository: Repository, path: str) -> ElsewhereError | None:
    """Say in which other repository a path lies, below this one; None where in none.

    Without a process. It may be a submodule, or a repository that nobody has registered.
    """
    folders = path.split("/")[:-1]
    missing = list_empty_submodules(repository) if folders else ()
    for count in range(1, len(folders) + 1):
        folder = "/".join(folders[:count])
        if os.path.lexists(repository.root / folder / ".git"):
            return ElsewhereError(
                f"{folder} is a repository of its own: no commit of {repository.root} can hold "
                f"{path}",
                f"Work in that one (`handoff-md -C {write_path(repository.root, folder)} init` "
                "sets it up), or name other folders in handoff-md.toml: `handoff`, `summaries` and "
                "`sessions`.",
            )
        if folder in missing:
            command = write_git(repository.root, "submodule", "update", "--init", "--", folder)
            return ElsewhereError(
                f"{path} lies in the submodule {folder}, which is not checked out",
                f"Run `{command}` to get it.",
            )
    return None


def _explain_staged_deletion(repository: Repository, path: str) -> AbsentError | None:
    if not list_tree(repository, "HEAD", [path]):
        return None
    command = write_git(repository.root, "restore", "--staged", "--worktree", "--", path)
    return DeletionStagedError(
        f"HEAD has {path}, and its deletion is staged in {repository.root}",
        command,
        ", or commit the deletion if it is meant",
    )


def _explain_skipped(repository: Repository, path: str) -> AbsentError:
    """Say how to get a file that git leaves out of the work tree (skip-worktree)."""
    root = repository.root
    if read_setting(root, "core.sparseCheckout", "--type=bool") != "true":
        shown = _show_again(root, path)
        restored = write_git(root, "restore", "--", path)
        return AbsentError(
            f"git has {path}, but it is missing from the work tree {root}, and git is told not to "
            "look there (skip-worktree or assume-unchanged)",
            f"{shown} && {restored}",
        )
    # Cone mode knows folders alone; a pattern that left the file out gives way to one for it only.
    cone = read_setting(root, "core.sparseCheckoutCone", "--type=bool") == "true"
    added = (cone and path.rpartition("/")[0]) or f"/{path}"
    return AbsentError(
        f"git has {path}, but it lies outside of the sparse checkout {root}",
        write_git(root, "sparse-checkout", "add", added),
    )


def _show_again(root: Path, path: str) -> str:
    """Give the commands by which git looks at a file again; it takes one such option at a time."""
    options = ("--no-skip-worktree", "--no-assume-unchanged")
    return " && ".join(write_git(root, "update-index", o, "--", path) for o in options)


def list_sparse(repository: Repository) -> frozenset[str]:
    """Return the tracked files that a sparse checkout leaves out; one process, if it is sparse.

    Paths are relative to the root, with ``/``. Source: git-sparse-checkout(1).

    Raises:
        GitError: git can't tell.
    """
    if not (repository.git_dir / "info" / "sparse-checkout").exists():
        return frozenset()
    listed = run_git(["ls-files", "-t", "-z"], cwd=repository.root).fields()
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


def explain_silence(repository: Repository, path: str) -> GitError:
    """Say why git has nothing to say of a file that is on disk, and that HEAD does not hold.

    Raises:
        GitError: git can't tell.
    """
    root = repository.root
    if elsewhere := explain_elsewhere(repository, path) or _explain_gitlink(repository, path):
        return elsewhere
    command = ["ls-files", "-v", "-z", "--", f":(top,literal,icase){path}"]
    listed = run_git(command, cwd=root).fields()
    tags = {entry[2:]: entry[0] for entry in listed}
    if path in tags and (tags[path].islower() or tags[path] == "S"):
        return hidden_error(root, path)
    for other in tags.keys() - {path}:
        return GitError(
            f"git knows {path} as {other}: their names differ in case only",
            f"Run `{write_git(root, 'rm', '--cached', '--', other)} && "
            f"{write_git(root, 'add', '--', path)}` and commit that, or name it as git does in "
            "handoff-md.toml.",
        )
    return GitError(
        f"{path} is on disk otherwise than in HEAD, and git sees no difference",
        f"Run `{write_git(root, 'add', '--renormalize', '--', path)}`, look at `git status`, "
        "and run the command again.",
    )


def _explain_gitlink(repository: Repository, path: str) -> ElsewhereError | None:
    """Say which folder above a path git knows as a submodule that nobody has registered."""
    parts = path.split("/")
    folders = ["/".join(parts[:count]) for count in range(1, len(parts))]
    command = ["ls-files", "--stage", "-z", "--", *map(pathspec, folders)]
    listed = run_git(command, cwd=repository.root).fields() if folders else []
    links = {line.partition("\t")[2] for line in listed if line.startswith(_GITLINK)}
    folder = next((folder for folder in folders if folder in links), None)
    if folder is None:
        return None
    removed = write_git(repository.root, "rm", "--cached", "--", folder)
    committed = write_git(repository.root, "commit", "--message", f"{folder} is a folder")
    return ElsewhereError(
        f"git knows {folder} as a submodule: no commit of {repository.root} can hold {path}",
        f"If it is to be a folder: `{removed} && {committed}`, then run the command again.",
    )


def hidden_error(root: Path, path: str) -> GitError:
    """Describe a file whose changes git is told not to look at."""
    return GitError(
        f"git is told to ignore changes of {path} (skip-worktree or assume-unchanged)",
        f"Run `{_show_again(root, path)}`.",
    )
