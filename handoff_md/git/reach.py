"""Which commits no ref leads to any more: dropped by a reset, or with their branch."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from handoff_md.git.known_commits import find_unknown_commits
from handoff_md.git.process import run_git

if TYPE_CHECKING:
    from handoff_md.git.repository import Repository


def find_dropped_commits(repository: Repository, ids: Collection[str]) -> frozenset[str]:
    """Give those of the commits that neither a ref nor the HEAD of a work tree leads to.

    Two processes; none without ids. Source: git-rev-list(1), ``--all`` takes the HEADs of all
    linked work trees in.

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
    command = ["rev-list", "--stdin", "--not", "--all"]
    listed = run_git(command, cwd=repository.root, stdin=stdin).stdout.decode("ascii").split()
    return gone | frozenset(asked).intersection(listed)
