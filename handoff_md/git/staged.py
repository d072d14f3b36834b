"""What a commit that is being made will hold, as its pre-commit hook sees it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from handoff_md.git.process import Completed, explain_failure, pathspec, run_git, split_nul
from handoff_md.reading import read_regular

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handoff_md.git.repository import Repository

_DIFFERS: Final = 1
_SIDE: Final = "GITHEAD_"
# Commits of these bring together, repeat or take back what was committed before.
_REPEATING: Final = ("MERGE_HEAD", "SQUASH_MSG", "CHERRY_PICK_HEAD", "REVERT_HEAD")


def is_staged(repository: Repository, path: str, *, against: str = "HEAD") -> bool:
    """Tell whether the commit changes ``path``, compared with HEAD or another commit.

    Before the first commit HEAD is empty. One process.

    Raises:
        GitError: git can't tell.
    """
    base = [] if against == "HEAD" else [against]
    command = ["diff", "--cached", "--quiet", "--no-ext-diff", *base, "--", pathspec(path)]
    told = _run(repository, command)
    if told.code not in (0, _DIFFERS):
        raise explain_failure(f"git can't tell whether {path} is staged", told)
    return told.code == _DIFFERS


def list_staged(repository: Repository) -> tuple[str, ...]:
    """Return the paths that the commit changes, compared with HEAD. One process.

    Raises:
        GitError: git can't tell.
    """
    command = ["diff", "--cached", "--name-only", "--no-renames", "--no-ext-diff", "-z"]
    told = _run(repository, command)
    if told.code:
        raise explain_failure("git can't tell what is staged", told)
    return tuple(split_nul(told.stdout))


def read_staged(repository: Repository, path: str) -> bytes | None:
    """Return what the commit will hold of ``path``, as git stores it; None where it holds none.

    Raises:
        GitError: git can't read it.
    """
    return _read_blob(repository, f":{path}")


def read_committed(repository: Repository, path: str) -> bytes | None:
    """Return what HEAD holds of ``path``, as git stores it; None where it holds none.

    Raises:
        GitError: git can't read it.
    """
    return _read_blob(repository, f"HEAD:{path}")


def repeats_commits(repository: Repository) -> bool:
    """Tell whether the commit ends a merge (also a squashed one), a cherry-pick or a revert."""
    repeats = any((repository.git_dir / name).exists() for name in _REPEATING)
    return repeats or bool(merged_sides(repository))


def merged_sides(repository: Repository) -> tuple[str, ...]:
    """Give the commits that a merge brings in; none where the commit ends no merge.

    ``MERGE_HEAD`` is written after the hook pre-merge-commit has run, which knows them from
    variables alone. Source: builtin/merge.c, ``GITHEAD_<id>``.
    """
    merge_head = repository.git_dir / "MERGE_HEAD"
    if merge_head.exists():
        return tuple(read_regular(merge_head).decode("ascii").split())
    return tuple(name.removeprefix(_SIDE) for name in sorted(os.environ) if name.startswith(_SIDE))


def _read_blob(repository: Repository, name: str) -> bytes | None:
    shown = _run(repository, ["cat-file", "blob", name])
    if not shown.code:
        return shown.stdout
    if _run(repository, ["rev-parse", "--quiet", "--verify", name]).code:
        return None
    raise explain_failure(f"{name} can't be read from {repository.root}", shown)


def _run(repository: Repository, command: Sequence[str]) -> Completed:
    """Run git on the index that the hook is told of: not the work tree's own with ``--only``."""
    index = os.environ.get("GIT_INDEX_FILE") or None
    return run_git(command, cwd=repository.root, check=False, index_file=index)
