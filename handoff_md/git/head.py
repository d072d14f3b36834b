"""What HEAD holds of a path, as a checkout would write it; and where HEAD stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoff_md.git.process import explain_failure, pathspec, run_git
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.git.repository import Repository


def read_head(repository: Repository, path: str) -> bytes | None:
    """Return what HEAD holds of ``path``, converted for the work tree, or None.

    Line endings and filters are applied, so that the bytes compare with those on disk. One
    process; a second where HEAD does not hold the path.

    Raises:
        GitError: git can't read it (a damaged repository, a failing filter).
    """
    name = f"HEAD:{path}"
    shown = run_git(["cat-file", "--filters", name], cwd=repository.root, check=False)
    if not shown.code:
        return shown.stdout
    known = run_git(["rev-parse", "--quiet", "--verify", name], cwd=repository.root, check=False)
    if known.code:
        return None
    raise explain_failure(f"{path} can't be read from HEAD of {repository.root}", shown)


def last_commit(repository: Repository, path: str) -> str | None:
    """Return the id of the last commit of HEAD's history that changed ``path``, or None.

    Raises:
        GitError: git can't tell.
    """
    command = ["log", "-1", "--format=%H", "--", pathspec(path)]
    return next(iter(run_git(command, cwd=repository.root).ids()), None)


def list_head(repository: Repository, folder: str) -> tuple[str, ...]:
    """Return the paths of all files that HEAD holds below a folder; none before the first commit.

    Paths are relative to the root, with ``/``. One process.

    Raises:
        GitError: git can't be started.
    """
    command = ["ls-tree", "-r", "--name-only", "-z", "HEAD", "--", f"{folder}/"]
    return tuple(run_git(command, cwd=repository.root, check=False).fields())


def find_head(repository: Repository) -> str | None:
    """Return HEAD's commit id; None before the first commit.

    Raises:
        GitError: git can't be started.
    """
    command = ["rev-parse", "--quiet", "--verify", "HEAD"]
    found = run_git(command, cwd=repository.root, check=False)
    return None if found.code else found.id()


class HeadPosition(Value):
    """Where a work tree stands: its branch (None: detached), its commit's short id (None: none)."""

    branch: str | None
    commit: str | None


def read_position(repository: Repository) -> HeadPosition:
    """Return where the work tree stands.

    Raises:
        GitError: git can't tell.
    """
    named = run_git(
        ["symbolic-ref", "--quiet", "--short", "HEAD"], cwd=repository.root, check=False
    )
    command = ["rev-parse", "--quiet", "--verify", "--short", "HEAD"]
    found = run_git(command, cwd=repository.root, check=False)
    return HeadPosition(None if named.code else named.line(), None if found.code else found.line())
