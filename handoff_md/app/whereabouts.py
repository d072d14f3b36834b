"""Where a session's log lies: in which of the repository's work trees."""

from __future__ import annotations

from pathlib import Path

from handoff_md.app.belonging import concerns, is_own_root
from handoff_md.app.work_trees import roots_of
from handoff_md.app.workspace import Workspace
from handoff_md.ledger.records import Claim
from handoff_md.sessions.logs import list_logs
from handoff_md.store.claims import load_claim
from handoff_md.syntax.grammar import LogName
from handoff_md.syntax.session_id import SessionId


def find_root(workspace: Workspace, claim: Claim) -> Path | None:
    """Find a work tree that holds a session's log: here, where it was started, or elsewhere.

    Which of several holds the agent's own is not asked: `find_logs` does.

    Raises:
        GitError: the worktrees can't be listed.
    """
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
    claim = load_claim(workspace.state, session_id.key)
    if claim is None:
        return len(find_unclaimed_logs(workspace, session_id)) == 1
    return concerns(workspace, claim.document) and find_root(workspace, claim) is not None
