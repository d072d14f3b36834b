"""Pushes what a run has merged, and joins it first with what others have pushed meanwhile."""

from __future__ import annotations

from msgspec.structs import replace

from handoff_md.app.merge.branches import read_told
from handoff_md.app.merge.report import MergeReport, Watch
from handoff_md.app.workspace import Workspace
from handoff_md.errors import GitError
from handoff_md.git.joining import join_commit
from handoff_md.git.objects import find_head, find_id, read_position
from handoff_md.git.remotes import Pushed, fetch_branches, push_branch
from handoff_md.git.tips import is_ancestor
from handoff_md.merge.result import Outcome

_MOST_PUSHES = 10


def push_merged(workspace: Workspace, report: MergeReport, watch: Watch, *, verify: bool) -> Pushed:
    """Push the branch that a merge is committed on; a failure is told, not raised.

    Where others have pushed to it meanwhile, that is fetched and merged by git with the document's
    driver, proved to hold every session of the merge, and pushed again: ten times at most.

    Raises:
        GitError: git can't tell where it stands, or can't undo a merge that it has begun.
    """
    repository = workspace.repository
    branch = read_position(repository).branch if repository else None
    if repository is None or branch is None:
        why = "HEAD is detached" if repository else workspace.note
        return Pushed("", "", "git switch -c NAME", f"there is no branch to push: {why}")
    seconds = workspace.config.network_timeout
    pushed = Pushed(branch, "", "")
    for _ in range(_MOST_PUSHES):
        pushed = push_branch(
            repository, branch, seconds=seconds, verify=verify, on_progress=watch.on_transfer
        )
        if not pushed.failed:
            return pushed
        pattern = f"{pushed.remote}/{branch}"
        try:
            fetch_branches(repository, (pattern,), seconds=seconds, on_progress=watch.on_transfer)
        except GitError:
            return pushed
        tip, head = find_id(repository, f"refs/remotes/{pattern}"), find_head(repository)
        if tip is None or head is None or is_ancestor(repository, tip, head):
            return pushed  # nobody was quicker: it is refused for another reason
        why = join_commit(
            repository,
            tip,
            is_sound=lambda: _holds_all(workspace, report),
            verify=verify,
        )
        if why:
            return replace(pushed, failed=f"it can't be joined with {pattern}: {why}")
    return pushed


def _holds_all(workspace: Workspace, report: MergeReport) -> bool:
    """Tell whether what a merge wrote is all there: files, or what the document has to tell of."""
    if workspace.is_derived:
        return all((workspace.root / path).is_file() for path in report.files)
    told = (Outcome.MERGED, Outcome.ALREADY_MERGED)
    merged = {one.outcome.session_id for one in report.sessions if one.outcome.outcome in told}
    return merged <= read_told(workspace).by_id.keys()
