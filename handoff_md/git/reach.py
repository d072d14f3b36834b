"""Which commits no branch leads to any more: dropped by a reset, or with their branch."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from handoff_md.git.known_commits import find_unknown_commits
from handoff_md.git.process import run_git
from handoff_md.git.worktrees import list_worktrees

if TYPE_CHECKING:
    from handoff_md.git.repository import Repository


def find_dropped_commits(repository: Repository, ids: Collection[str]) -> frozenset[str]:
    """Give those of the commits that no branch, tag, or HEAD of a work tree leads to.

    At most three processes; none without ids. A stash keeps its commits, and is no branch.

    Args:
        repository: the repository.
        ids: full commit ids; one that names no commit here counts as dropped.

    Raises:
        GitError: git can't tell.
    """
    gone = find_unknown_commits(repository, ids)
    asked = sorted(set(ids) - gone)
    if not asked:
        return gone
    stdin = "".join(f"{name}\n" for name in asked).encode("ascii")
    heads = [tree.head for tree in list_worktrees(repository) if tree.head]
    command = ["rev-list", "--stdin", "--not", "--branches", "--remotes", "--tags", *heads]
    listed = run_git(command, cwd=repository.root, stdin=stdin).ids()
    return gone | frozenset(asked).intersection(listed)
