"""The work trees of a repository that are there, and which of them has a session's log."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from handoff_md.app.workspace import Workspace
from handoff_md.git.objects import find_head
from handoff_md.git.worktrees import has_linked_worktrees, list_worktrees

if TYPE_CHECKING:
    from handoff_md.ledger.records import Claim
    from handoff_md.syntax.grammar import LogName
    from handoff_md.syntax.session_id import SessionId


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


def find_root(workspace: Workspace, claim: Claim) -> Path | None:
    """Find a work tree that holds a session's log: here, where it was started, or elsewhere.

    Which of several holds the agent's own is not asked: `find_logs` does.

    Raises:
        GitError: the worktrees can't be listed.
    """
    from handoff_md.app.belonging import is_own_root

    likely = (workspace.root, Path(claim.root))
    for root in likely:
        if (root / claim.log).is_file() and is_own_root(workspace, root):
            return root
    return next((r for r in roots_of(workspace) if (r / claim.log).is_file()), None)


def find_unclaimed_logs(
    workspace: Workspace, session_id: SessionId
) -> dict[str, tuple[Path, LogName]]:
    """Find the logs that a session may have which nobody has claimed, by name, with their roots.

    Raises:
        FileError: a folder can't be read.
        GitError: the worktrees can't be listed.
    """
    from handoff_md.sessions.logs import list_logs

    checkouts = [list_logs(root, workspace.config.sessions) for root in roots_of(workspace)]
    return {
        log.name: (checkout.root, log)
        for checkout in reversed(checkouts)
        for log in checkout.index.find(session_id, None)
    }


def has_log(workspace: Workspace, session_id: SessionId) -> bool:
    """Tell whether a session has a log, and no other one may be its own.

    Raises:
        FileError: its claim or a folder can't be read.
        GitError: the worktrees can't be listed.
    """
    from handoff_md.app.belonging import concerns
    from handoff_md.store.claims import load_claim

    claim = load_claim(workspace.state, session_id.key)
    if claim is None:
        return len(find_unclaimed_logs(workspace, session_id)) == 1
    return concerns(workspace, claim.document) and find_root(workspace, claim) is not None
