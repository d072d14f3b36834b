"""Which commits a repository has, asked for by their (abbreviated) ids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from handoff_md.git.process import run_git
from handoff_md.reading import read_regular

if TYPE_CHECKING:
    from handoff_md.git.repository import Repository


def has_whole_history(repository: Repository) -> bool:
    """Tell whether a commit that the repository lacks was lost, rather than never fetched.

    Without a process: a shallow clone has a file ``shallow``, and the configuration of a partial
    one names a promisor. Source: gitrepository-layout(5), git's partial-clone documentation.
    """
    if (repository.common_dir / "shallow").exists():
        return False
    try:
        return b"promisor" not in read_regular(repository.common_dir / "config")
    except OSError:
        return True


def find_unknown_commits(repository: Repository, ids: Iterable[str]) -> frozenset[str]:
    """Give those of the ids that name no commit here; an ambiguous one names several.

    One process.

    Args:
        repository: the repository.
        ids: hexadecimal ids, in full or abbreviated.

    Raises:
        GitError: git can't be started, or fails.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return frozenset()
    asked = "".join(f"{name}^{{commit}}\n" for name in wanted)
    command = ["cat-file", "--batch-check"]
    told = run_git(command, cwd=repository.root, stdin=asked.encode("ascii"))
    with told.understood():
        return frozenset(
            name
            for name, line in zip(wanted, told.lines(), strict=True)
            if line.endswith(" missing")
        )
