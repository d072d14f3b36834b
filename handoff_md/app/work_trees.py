"""The work trees of a repository that are there, by their roots. Loads little: lint asks it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from handoff_md.app.workspace import Workspace
from handoff_md.git.objects import find_head
from handoff_md.git.worktrees import has_linked_worktrees, list_worktrees


def roots_of(workspace: Workspace) -> tuple[Path, ...]:
    """Give the roots of this checkout and of all linked worktrees that are there, this one first.

    Raises:
        GitError: the worktrees can't be listed.
    """
    repository = workspace.repository
    if repository and has_linked_worktrees(repository):
        return tuple(heads_of(workspace))
    return (workspace.root,)


def branches_of(workspace: Workspace) -> Mapping[str, str]:
    """Give the branches that linked worktrees have checked out now, by their roots.

    Raises:
        GitError: the worktrees can't be listed.
    """
    repository = workspace.repository
    if repository is None or not has_linked_worktrees(repository):
        return {}
    trees = list_worktrees(repository)
    return {os.path.realpath(tree.path): tree.branch for tree in trees if tree.branch}


def heads_of(workspace: Workspace) -> Mapping[Path, str | None]:
    """Give the roots as `roots_of`, each with its HEAD's commit; None before the first one.

    Raises:
        GitError: the worktrees can't be listed.
    """
    repository = workspace.repository
    if repository is None:
        return {workspace.root: None}
    if not has_linked_worktrees(repository):
        return {workspace.root: find_head(repository)}
    listed = [(Path(os.path.realpath(tree.path)), tree.head) for tree in list_worktrees(repository)]
    heads = {root: head for root, head in listed if root.is_dir()}
    own = heads[workspace.root] if workspace.root in heads else find_head(repository)
    return {workspace.root: own} | {r: h for r, h in heads.items() if r != workspace.root}
