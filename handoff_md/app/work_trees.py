"""The work trees of a repository that are there, by their roots."""

from __future__ import annotations

import os
from pathlib import Path

from handoff_md.app.workspace import Workspace
from handoff_md.git.worktrees import has_linked_worktrees, list_worktrees


def roots_of(workspace: Workspace) -> tuple[Path, ...]:
    """Give the roots of this checkout and of all linked worktrees that are there, this one first.

    Raises:
        GitError: the worktrees can't be listed.
    """
    roots = [workspace.root]
    repository = workspace.repository
    if repository and has_linked_worktrees(repository):
        listed = (Path(os.path.realpath(tree.path)) for tree in list_worktrees(repository))
        roots += [root for root in listed if root.is_dir()]
    return tuple(dict.fromkeys(roots))
