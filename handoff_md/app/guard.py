"""Says yes or no to a commit that is being made, for a pre-commit hook."""

from __future__ import annotations

from pathlib import Path

from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.errors import ContentError
from handoff_md.git.repository import Repository
from handoff_md.git.staged import is_staged, read_committed, read_staged, repeats_commits


def concerned_workspace(directory: Path) -> Workspace | None:
    """Find the workspace of a commit that changes the handoff document; None for another commit.

    Imports little: most commits leave the document alone, and each waits for this.

    Raises:
        HandoffError: the configuration or git stand in the way.
    """
    workspace = open_workspace(directory)
    if workspace.repository and is_staged(workspace.repository, workspace.git_path):
        return workspace
    return None


def guard(directory: Path) -> None:
    """Let a commit pass, or refuse it.

    Raises:
        ContentError: it adds entries of several sessions outside of a parallel section.
        HandoffError: the configuration or git stand in the way.
    """
    workspace = concerned_workspace(directory)
    if workspace is None or workspace.repository is None:
        return
    _refuse_bundle(workspace, workspace.repository)


def _refuse_bundle(workspace: Workspace, repository: Repository) -> None:
    path = workspace.git_path
    old = read_committed(repository, path)
    new = read_staged(repository, path)
    if old is None or new is None or repeats_commits(repository):
        return
    from handoff_md.semantics.additions import added_outside_parallel  # noqa: PLC0415 - loads the parser
    from handoff_md.syntax.parse import parse  # noqa: PLC0415 - the same

    added = added_outside_parallel(parse(old), parse(new))
    if len(added) > 1:
        ids = ", ".join(str(key.session_id) for key in added)
        raise ContentError(
            f"this commit adds entries of several sessions to {path}, outside of a parallel "
            f"section: {ids}",
            f"Commit one session's entry at a time (`git restore --staged -- {path}`, then "
            f"`git add --patch -- {path}`), or have their summaries merged by `handoff-md merge`. "
            "If it is meant: `git commit --no-verify`.",
        )
