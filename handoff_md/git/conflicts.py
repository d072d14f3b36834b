"""A file's versions in git's index and history: of a merge that has stopped, or is to come."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from handoff_md.errors import GitError
from handoff_md.git.process import pathspec, run_git
from handoff_md.value import Value

_BASE, _OURS, _THEIRS = "1", "2", "3"


class Stages(Value):
    """The versions of an unmerged path, as they would stand in the work tree.

    None where a side does not have the file; ``base`` then also where both created it.
    """

    base: bytes | None
    ours: bytes | None
    theirs: bytes | None


def read_conflict_style(folder: Path) -> Literal["merge", "diff3", "zdiff3"]:
    """Give how conflicts are to be written, as ``merge.conflictStyle`` says: git-config(1).

    Raises:
        GitError: git can't be started.
    """
    told = run_git(["config", "merge.conflictStyle"], cwd=folder, check=False).stdout.strip()
    match told:
        case b"diff3":
            return "diff3"
        case b"zdiff3":
            return "zdiff3"
        case _:
            return "merge"


def read_stages(root: Path, path: str) -> Stages | None:
    """Give the versions of a path in the index; None where it is not unmerged.

    Raises:
        GitError: git fails.
    """
    listed = run_git(["ls-files", "--unmerged", "-z", "--", pathspec(path)], cwd=root)
    found: dict[str, bytes] = {}
    for entry in listed.fields():
        with listed.understood():
            _mode, oid, stage = entry.partition("\t")[0].split(" ")
        found[stage] = _read_blob(root, path, oid)
    if not found:
        return None
    return Stages(found.get(_BASE), found.get(_OURS), found.get(_THEIRS))


def _read_blob(root: Path, path: str, name: str) -> bytes:
    """Give a blob as it would be checked out: line endings and filters as configured."""
    return run_git(["cat-file", "--filters", f"--path={path}", name], cwd=root).stdout


def stage(root: Path, path: str) -> None:
    """Add a path to the index: it is resolved (GitError: git fails)."""
    run_git(["add", "--", pathspec(path)], cwd=root, writes=True)


class MergeToCome(Value):
    """The versions that merging a branch would bring together; None where one lacks the file.

    ``bases`` is how many merge bases there are; ``base`` is the first one's.
    """

    base: bytes | None
    ours: bytes | None
    theirs: bytes | None
    bases: int


def read_merge_to_come(root: Path, path: str, branch: str) -> MergeToCome:
    """Give the versions of a path in HEAD, in a branch, and where they part.

    Raises:
        GitError: there is no such branch, or git fails.
    """
    name = f"{branch}^{{commit}}"
    known = run_git(
        ["rev-parse", "--verify", "--quiet", "--end-of-options", name], cwd=root, check=False
    )
    if known.code:
        raise GitError(f"there is no commit {branch!r}", "`git branch --all` lists the branches.")
    commit = known.id()
    bases = run_git(["merge-base", "--all", "HEAD", commit], cwd=root, check=False).ids()
    base = _read_file(root, path, bases[0]) if bases else None
    return MergeToCome(
        base, _read_file(root, path, "HEAD"), _read_file(root, path, commit), len(bases)
    )


def _read_file(root: Path, path: str, commit: str) -> bytes | None:
    name = f"{commit}:{path}"
    exists = run_git(["cat-file", "-e", name], cwd=root, check=False)
    return None if exists.code else _read_blob(root, path, name)
