"""How sessions of several clones know of each other here: by what each commits, or not at all."""

from __future__ import annotations

from handoff_md.app.workspace import Workspace
from handoff_md.git.repository import has_remote


def commits_summaries(workspace: Workspace) -> bool:
    """Tell whether sessions commit their summaries, for whoever collects them from branches.

    At most one process.

    Raises:
        GitError: git can't tell whether there is a remote.
    """
    repository, coordination = workspace.repository, workspace.config.coordination
    if repository is None or coordination == "local":
        return False
    return coordination == "branch" or has_remote(repository.root)
