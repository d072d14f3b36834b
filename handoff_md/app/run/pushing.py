"""Pushes what a run has merged, and joins it first with what others have pushed meanwhile."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from handoff_md.app.merge.branches import read_told
from handoff_md.app.merge.report import MergeReport, Watch
from handoff_md.app.workspace import Workspace
from handoff_md.errors import GitError
from handoff_md.git.joining import join_commit
from handoff_md.git.objects import find_head, find_id, read_position
from handoff_md.git.process import write_git
from handoff_md.git.remotes import (
    Pushed,
    fetch_branches,
    find_remote,
    lacks_branch,
    push_branch,
)
from handoff_md.git.repository import Repository
from handoff_md.git.tips import find_fork_point, is_ancestor
from handoff_md.ledger.records import Run
from handoff_md.ledger.state import SessionState
from handoff_md.merge.result import Outcome
from handoff_md.store.runs import list_closed
from handoff_md.syntax.session_id import SessionId, read_session_id

_MOST_PUSHES = 10


def push_merged(
    workspace: Workspace, run: Run, report: MergeReport, watch: Watch, *, verify: bool
) -> Pushed:
    """Push the branch that a run's merge is committed on; a failure is told, not raised.

    Where others have pushed to it meanwhile, that is fetched and merged by git with the document's
    driver, proved to hold every session of the run, and pushed again: ten times at most. A branch
    that was rewritten or deleted there is left alone: what was dropped would come back.

    Raises:
        FileError: what is known of the run, or the document, can't be read.
        GitError: git can't tell where it stands, or can't undo a merge that it has begun.
    """
    repository = workspace.repository
    branch = read_position(repository).branch if repository else None
    if repository is None or branch is None:
        why = "HEAD is detached" if repository else workspace.note
        return Pushed("", "", "git switch -c NAME", f"there is no branch to push: {why}")
    seconds, merged = workspace.config.network_timeout, _merged(workspace, run, report)
    held = _held(workspace, merged, report)
    is_sound = partial(_keeps, workspace, merged, report, held)
    remote = find_remote(repository, branch)
    place = f"refs/remotes/{remote}/{branch}"
    for _ in range(_MOST_PUSHES):
        seen, head = find_id(repository, place), find_head(repository)
        fork = find_fork_point(repository, place, head) if seen and head else None
        if seen and fork and not is_ancestor(repository, fork, seen):
            refspec = f"refs/heads/{branch}:refs/heads/{branch}"
            command = write_git(repository.root, "push", remote, refspec)
            return Pushed(branch, remote, command, _rewritten(repository, remote, branch, fork))
        goes_on = seen and head and is_ancestor(repository, seen, head)
        pushed = push_branch(
            repository,
            branch,
            seconds=seconds,
            verify=verify,
            on_progress=watch.on_transfer,
            lease=seen if seen and goes_on else "",
        )
        if not pushed.failed:
            return pushed
        tip, why = _look_again(repository, pushed, seen, seconds, watch)
        if tip:
            why = join_commit(repository, tip, is_sound=is_sound, verify=verify)
            why = why and f"it can't be joined with {pushed.remote}/{branch}: {why}"
        if why or not tip:
            return replace(pushed, failed=why or pushed.failed)
    why = f"others were quicker, {_MOST_PUSHES} times; what they pushed is joined here"
    return replace(pushed, failed=why)


def _look_again(
    repository: Repository, pushed: Pushed, before: str | None, seconds: float, watch: Watch
) -> tuple[str, str]:
    """Fetch a branch that could not be pushed: give what is to be joined, or why not, or neither.

    ``before`` is what was seen of it there last, None where it was not seen.

    Raises:
        GitError: git can't tell where it stands.
    """
    branch, name = pushed.branch, f"{pushed.remote}/{pushed.branch}"
    try:
        fetch_branches(repository, (name,), seconds=seconds, on_progress=watch.on_transfer)
        if before and lacks_branch(repository, pushed.remote, branch, seconds=seconds):
            return "", f"{pushed.remote} has no branch {branch} any more"
    except GitError:
        return "", ""
    tip, head = find_id(repository, f"refs/remotes/{name}"), find_head(repository)
    if tip is None or head is None:
        return "", ""
    if before and not is_ancestor(repository, before, tip):
        return "", _rewritten(repository, pushed.remote, branch, before)
    # Where nobody was quicker it is refused for another reason.
    return ("" if is_ancestor(repository, tip, head) else tip), ""


def _rewritten(repository: Repository, remote: str, branch: str, before: str) -> str:
    """Say that a branch was rewritten on a remote, and how to go on from what it is now."""
    name = f"{remote}/{branch}"
    command = write_git(repository.root, "rebase", "--onto", name, before[:12])
    return f"{name} was rewritten, and what was dropped there stays so by `{command}` only"


def _held(
    workspace: Workspace, merged: frozenset[SessionId], report: MergeReport
) -> frozenset[str | SessionId]:
    """Give what is here of what was merged: sessions that the document tells of, or their files."""
    if workspace.is_derived:
        return frozenset(path for path in report.files if (workspace.root / path).is_file())
    return merged.intersection(read_told(workspace).by_id)


def _keeps(
    workspace: Workspace,
    merged: frozenset[SessionId],
    report: MergeReport,
    before: frozenset[str | SessionId],
) -> bool:
    return before <= _held(workspace, merged, report)


def _merged(workspace: Workspace, run: Run, report: MergeReport) -> frozenset[SessionId]:
    """Give the sessions of the run that are merged: by this command, or by an earlier one."""
    told = (Outcome.MERGED, Outcome.ALREADY_MERGED)
    now = (one.outcome.session_id for one in report.sessions if one.outcome.outcome in told)
    closed = next((one for one in list_closed(workspace.state) if one.run.token == run.token), None)
    members = closed.members if closed else ()
    before = (read_session_id(one.id) for one in members if one.state == SessionState.MERGED)
    return frozenset((*now, *filter(None, before)))
