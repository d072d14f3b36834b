"""The files of a commit, and what has become of their names since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoff_md.git.process import run_git

if TYPE_CHECKING:
    from collections.abc import Mapping

    from handoff_md.git.repository import Repository


def list_tree(repository: Repository, commit: str) -> Mapping[str, str]:
    """Give the object id of each file of a commit, by its path relative to the root, with ``/``.

    To ask for an object by its id takes the same time however many files its folder has; by its
    path it does not.

    Raises:
        GitError: git can't list them.
    """
    command = ["ls-tree", "-r", "-z", "--full-tree", commit]
    told = run_git(command, cwd=repository.root).fields()
    parts = (line.partition("\t") for line in told)
    return {path: described.rpartition(" ")[2] for described, _, path in parts}


def find_renames(repository: Repository, commit: str) -> Mapping[str, str]:
    """Give the old name, in a commit, of each file that has another one now, by the new name.

    git sees only the files that it tracks.

    Raises:
        GitError: git can't compare them.
    """
    command = [
        "diff",
        "--name-status",
        "-z",
        "-M",
        "--diff-filter=R",
        "--no-ext-diff",
        "--no-color",
    ]
    told = run_git([*command, "--no-relative", commit, "--"], cwd=repository.root)
    with told.understood():
        words = told.fields()
        return dict(zip(words[2::3], words[1::3], strict=True))
