"""The linked worktrees of a repository, as ``git worktree list --porcelain`` tells them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from handoff_md.git.process import Completed, explain_failure, run_git
from handoff_md.git.repository import read_repository
from handoff_md.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handoff_md.git.repository import Repository

_USAGE_ERROR: Final = 129


class Worktree(Value):
    """A work tree: the main one or a linked one.

    ``head`` is its commit id, None before the first commit; ``branch`` its short name, None where
    HEAD is detached. ``prunable`` says that its folder is gone (or that git would prune it).
    """

    path: Path
    head: str | None
    branch: str | None
    prunable: bool


def has_linked_worktrees(repository: Repository) -> bool:
    """Tell, without a git process, whether the repository may have linked work trees.

    Source: gitrepository-layout(5); git keeps what it knows of them in ``worktrees``, and removes
    that folder with the last one.
    """
    return (repository.common_dir / "worktrees").is_dir()


def list_worktrees(repository: Repository) -> tuple[Worktree, ...]:
    """Return all work trees of the repository, the main one first; bare ones are left out.

    So are those of another repository: the copy of one lists the work trees of the original.

    One git process; two before git 2.36, which has no ``-z`` for this command, so that a path
    with a line break can't be told there.

    Raises:
        GitError: git can't list them.
    """
    command = ["worktree", "list", "--porcelain"]
    listed = run_git([*command, "-z"], cwd=repository.root, check=False)
    if listed.code == _USAGE_ERROR:
        return _understand(run_git(command, cwd=repository.root), b"\n", repository)
    if listed.code:
        raise _not_listed(repository, listed)
    return _understand(listed, b"\0", repository)


def _understand(listed: Completed, end: bytes, repository: Repository) -> tuple[Worktree, ...]:
    """Read an answer that names one work tree at least."""
    # A bare repository's own record has no more than these words.
    if not listed.stdout.startswith(b"worktree ") or not listed.stdout.endswith(end):
        raise listed.garbled()
    return parse_worktrees(listed.stdout, end, repository)


def parse_worktrees(output: bytes, end: bytes, repository: Repository) -> tuple[Worktree, ...]:
    """Read the porcelain listing, its lines ended by ``end`` and its records by an empty line."""
    records = output.removesuffix(end + end).split(end + end) if output else []
    return tuple(_read_records(records, end, repository))


def _read_records(records: list[bytes], end: bytes, repository: Repository) -> Iterator[Worktree]:
    for record in records:
        lines = (os.fsdecode(line).partition(" ") for line in record.split(end))
        fields = {name: value for name, _, value in lines}
        # A bare repository has no HEAD line; nor has a path with a line break, cut in two.
        if "worktree" not in fields or "HEAD" not in fields:
            continue
        path = _work_tree_of(Path(fields["worktree"]), repository)
        if path is None or _is_foreign(path, repository):
            continue
        head = fields["HEAD"]
        yield Worktree(
            path=path,
            head=head if head.strip("0") else None,
            branch=fields["branch"].removeprefix("refs/heads/") if "branch" in fields else None,
            prunable="prunable" in fields or not path.is_dir(),
        )


def _is_foreign(path: Path, repository: Repository) -> bool:
    """Tell whether a folder is there, and is a work tree of another repository."""
    root = Path(os.path.realpath(path))
    found = read_repository(root)
    return found is not None and found.root == root and found.common_dir != repository.common_dir


def _work_tree_of(listed: Path, repository: Repository) -> Path | None:
    """Correct the path that git lists for the main work tree of a submodule.

    git derives it from the common directory's; where that is not ``<work tree>/.git`` (submodules,
    ``--separate-git-dir``) the directory itself is listed. None where its work tree is unknown.
    """
    if listed.name == ".git" or os.path.realpath(listed) != str(repository.common_dir):
        return listed
    if repository.git_dir == repository.common_dir:
        return repository.root
    told = run_git(["rev-parse", "--show-toplevel"], cwd=listed, check=False)
    return None if told.code else Path(told.text())


def _not_listed(repository: Repository, listed: Completed) -> Exception:
    return explain_failure(f"the worktrees of {repository.root} can't be listed", listed)
