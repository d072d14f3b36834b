"""Checks the linked worktrees: what would be lost with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handoff_md.app.checkup.finding import CheckupFinding, Urgency
from handoff_md.app.workspace import Workspace
from handoff_md.errors import HandoffError
from handoff_md.git.worktrees import Worktree
from handoff_md.sessions.inbox import Inbox, list_summary_files
from handoff_md.store.runs import run_path

_MERGE = "handoff-md merge --orchestrator ID  # ID: the session that merges"


def check_worktrees(
    workspace: Workspace, worktrees: Sequence[Worktree]
) -> Iterator[CheckupFinding]:
    """Check that no worktree with summaries in it is about to be pruned or removed."""
    folder = workspace.config.summaries
    active = run_path(workspace.state).exists()
    collect = "handoff-md run finish" if active else _MERGE
    for worktree in worktrees:
        if worktree.path == workspace.root:
            continue
        waiting = _waiting(Inbox(worktree.path, folder))
        if worktree.prunable and waiting:
            message = (
                f"git would prune the worktree {worktree.path}, and no longer find the summaries "
                f"of {waiting} in it"
            )
            yield CheckupFinding("worktree-prunable", Urgency.PROBLEM, message, collect)
        elif worktree.prunable:
            message = f"the worktree {worktree.path} is gone, or no longer one"
            yield CheckupFinding("worktree-gone", Urgency.ADVICE, message, "git worktree prune")
        elif waiting:
            message = f"summaries of {waiting} wait in {worktree.path}: merge before you remove it"
            yield CheckupFinding("summaries-waiting", Urgency.ADVICE, message, collect)


def _waiting(inbox: Inbox) -> str:
    """Name the sessions whose summaries lie in a worktree; empty where there are none."""
    try:
        summary_files, _ = list_summary_files(inbox)
    except HandoffError:
        return ""
    ids = ", ".join(str(summary_file.session_id) for summary_file in summary_files)
    if not ids:
        return ""
    return f"session {ids}" if len(summary_files) == 1 else f"sessions {ids}"
