"""Where the handoff document may be changed: anywhere, or on the main branch only."""

from __future__ import annotations

from handoff_md.app.workspace import Workspace
from handoff_md.errors import ContentError
from handoff_md.git.branches import find_main_branch
from handoff_md.git.objects import read_position

_LOCAL = "refs/heads/"


class OffMainBranchError(ContentError):
    """The profile is read-only, and this is not the main branch."""


def refuse_off_main(workspace: Workspace) -> None:
    """Refuse to change the document where the profile is read-only and this is another branch.

    Raises:
        OffMainBranchError: it is, or which branch is the main one is not known.
        GitError: git can't tell.
    """
    config, repository = workspace.config, workspace.repository
    if config.profile != "read-only" or repository is None:
        return
    branch = read_position(repository).branch
    main = find_main_branch(repository, config.main_branch)
    if branch and (f"{_LOCAL}{branch}" in main or branch == config.main_branch):
        return
    names = [name.removeprefix(_LOCAL) for name in main if name.startswith(_LOCAL)]
    known = names[0] if names else config.main_branch
    where = f"this is {branch}" if branch else "HEAD is detached"
    raise OffMainBranchError(
        f"{config.handoff} changes on the main branch only (profile read-only), and {where}",
        f"Run it on {known}; logs and summaries are written anywhere."
        if known
        else "Name the main branch with `main-branch` in the configuration.",
    )
