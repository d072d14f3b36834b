"""How sessions of several clones know of each other here: by refs, by what they commit, or not."""

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
    return coordination in ("branch", "refs") or has_remote(repository.root)


def uses_refs(workspace: Workspace) -> bool:
    """Tell whether sessions tell the remote of themselves by refs, where it takes them."""
    return workspace.repository is not None and workspace.config.coordination == "refs"
