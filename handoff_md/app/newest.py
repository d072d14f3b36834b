"""Finds the newest handoff document that can be seen: the work tree's, HEAD's or the main one's."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from handoff_md.app.workspace import Workspace
from handoff_md.git.history import (
    LastChange,
    count_commits,
    find_last_change,
    find_merge_bases,
)
from handoff_md.git.objects import read_blob
from handoff_md.git.repository import Repository, read_repository
from handoff_md.git.revisions import is_shallow
from handoff_md.git.status import inspect_paths
from handoff_md.git.worktrees import Worktree, has_linked_worktrees, list_worktrees
from handoff_md.store.files import read_bytes
from handoff_md.value import Value

_MOST_BYTES: Final = 2 << 20


class DocumentPlace(StrEnum):
    """Where a document was read."""

    WORK_TREE = "work-tree"
    """The file in the work tree, where it differs from HEAD's or there is no repository."""
    HEAD = "head"
    """HEAD of this work tree."""
    MAIN = "main-head"
    """HEAD of the main work tree, of which this one is linked."""


class Newest(Value):
    """The newest document.

    ``data`` is None where it has more than 2 MiB. ``commit`` and ``branch`` are those of the HEAD
    that it was read from, or that the work tree stands at; None where there is none. ``commits``
    is how many were made there since it was written last, ``written_at`` when that was in seconds
    since 1970: None where it is not committed as it is. ``at_least`` says that a shallow clone may
    hide the commit that has written it.
    """

    data: bytes | None
    place: DocumentPlace
    commit: str | None = None
    branch: str | None = None
    commits: int | None = None
    written_at: int | None = None
    at_least: bool = False


def find_newest_document(workspace: Workspace) -> Newest | None:
    """Read the newest handoff document that can be seen; None where there is none.

    The main work tree's HEAD counts where it has a later commit that changed the document: a
    linked work tree may begin from an older branch.

    Raises:
        FileError: it can't be read.
        GitError: git can't tell.
    """
    repository = workspace.repository
    if repository is None:
        data = _read_file(workspace)
        return None if data is None else Newest(_bounded(data), DocumentPlace.WORK_TREE)
    path = workspace.git_path
    inspection = inspect_paths(repository, [path])
    state, head = inspection.paths[path], inspection.head
    on_disk = _read_file(workspace)
    differs = not state.head_blob or state.staged or state.unstaged or state.unmerged
    is_own = on_disk is not None and differs
    in_head = head if state.head_blob else None
    last = find_last_change(repository, in_head, path, holds=True) if in_head else None
    main = _find_main(repository)
    if main and main.head and main.head != head:
        last_there = find_last_change(repository, main.head, path)
        if last_there and _is_later(repository, last_there, last, workspace, edited=is_own):
            data = read_blob(repository, main.head, path)
            if data is not None:
                found = Newest(_bounded(data), DocumentPlace.MAIN, main.head, main.branch)
                return _aged(repository, found, last_there)
    if is_own and on_disk is not None:
        return Newest(_bounded(on_disk), DocumentPlace.WORK_TREE, head, inspection.branch)
    if head is None or last is None:
        return None
    data = on_disk if on_disk is not None else read_blob(repository, head, path)
    if data is None:
        return None
    return _aged(
        repository, Newest(_bounded(data), DocumentPlace.HEAD, head, inspection.branch), last
    )


def _read_file(workspace: Workspace) -> bytes | None:
    if not os.path.lexists(workspace.handoff):
        return None
    return read_bytes(workspace.handoff, root=workspace.root, limit=None)


def _bounded(data: bytes) -> bytes | None:
    return data if len(data) <= _MOST_BYTES else None


def _find_main(repository: Repository) -> Worktree | None:
    """Give the main work tree of a linked one; None where this is it, or there is none."""
    if repository.git_dir == repository.common_dir or not has_linked_worktrees(repository):
        return None
    for tree in list_worktrees(repository):
        found = read_repository(Path(os.path.realpath(tree.path)))
        if found and found.git_dir == repository.common_dir:
            return tree
    return None


def _is_later(
    repository: Repository,
    there: LastChange,
    here: LastChange | None,
    workspace: Workspace,
    *,
    edited: bool,
) -> bool:
    """Tell whether a change is later than this HEAD's, and than the file where that is edited."""
    if here and here.commit == there.commit:
        return False
    if edited and int(workspace.handoff.stat().st_mtime) >= there.seconds:
        return False
    if here is None:
        return True
    base = find_merge_bases(repository, here.commit, there.commit)
    if base in ((here.commit,), (there.commit,)):
        return base == (here.commit,)
    return there.seconds > here.seconds


def _aged(repository: Repository, found: Newest, last: LastChange) -> Newest:
    commits = 0
    if found.commit and found.commit != last.commit:
        commits = count_commits(repository, last.commit, found.commit)
    return replace(found, commits=commits, written_at=last.seconds, at_least=is_shallow(repository))
