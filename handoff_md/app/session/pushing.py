"""Pushes the branch that work is committed on, if that brings nothing back that was dropped there.

A branch may have been set back, rewritten or deleted on its remote. That is told, with the command
that goes on all the same: it is for a person to say.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from handoff_md.errors import GitError
from handoff_md.git.history import find_merge_bases
from handoff_md.git.objects import find_id, read_position
from handoff_md.git.process import write_git
from handoff_md.git.remotes import (
    OnProgress,
    Pushed,
    fetch_branches,
    find_remote,
    has_upstream,
    lacks_branch,
    name_remote,
    push_branch,
    write_push,
)
from handoff_md.git.repository import find_repository
from handoff_md.git.tips import find_fork_point, is_ancestor
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.app.merge.report import Watch
    from handoff_md.app.session.ended import EndRequest
    from handoff_md.app.workspace import Workspace
    from handoff_md.git.repository import Repository


class Pushing(Value):
    """What is pushed: a branch, empty where HEAD is detached, as it is here and on its remote.

    ``aside`` is the name of a branch that a person may push it as instead, and ``again`` the
    command that pushes it once what stands in the way is mended; empty for git's own.
    """

    repository: Repository
    branch: str
    remote: str
    aside: str
    again: str = ""

    @property
    def place(self) -> str:
        """Name the reference that says what was seen of it on the remote last."""
        return f"refs/remotes/{self.remote}/{self.branch}"

    @property
    def repeats(self) -> str:
        """Write the command that pushes it, or pushes it again."""
        return self.again or f"`{write_push(self.repository, self.remote, self.branch)}`"

    def failed(self, why: str, way: str) -> Pushed:
        """Say that it is not pushed."""
        return Pushed(self.branch, self.remote, why, way)


class Attempt(Value):
    """What became of one try; ``tip`` is what others have pushed meanwhile, and is to be joined."""

    pushed: Pushed
    tip: str = ""


def begin_pushing(repository: Repository, *, aside: str, again: str = "") -> Pushing:
    """Find out what is to be pushed, and where to.

    Raises:
        GitError: git can't tell.
    """
    branch = read_position(repository).branch or ""
    return Pushing(repository, branch, find_remote(repository, branch), aside, again)


def push_session(
    workspace: Workspace, root: Path, name: str, request: EndRequest, watch: Watch
) -> Pushed:
    """Push the branch that a session is committed on; a failure is told, not raised."""
    repository = find_repository(root) if workspace.repository else None
    if repository is None:
        return Pushed("", "", f"there is no branch to push: {workspace.without_git}")
    pushing = begin_pushing(repository, aside=f"session-{name}")
    seconds = workspace.config.network_timeout
    tried = try_push(pushing, seconds=seconds, verify=request.verify, watch=watch)
    return _apart(pushing, tried.tip) if tried.tip else tried.pushed


def _apart(pushing: Pushing, tip: str) -> Pushed:
    """Say that others have pushed what is not here, unless they had all that is here."""
    repository, remote, branch = pushing.repository, pushing.remote, pushing.branch
    bases = find_merge_bases(repository, f"refs/heads/{branch}", tip)
    if find_id(repository, f"refs/heads/{branch}") in bases:
        return Pushed(branch, remote, is_new=False)
    more = () if bases else ("--allow-unrelated-histories",)
    source = (*more, remote, f"refs/heads/{branch}")
    command = write_git(repository.root, "pull", "--no-rebase", "--no-edit", *source)
    why = f"{remote}/{branch} has commits that are not here"
    return pushing.failed(why, f"`{command}` joins them, and then {pushing.repeats} pushes it")


def try_push(pushing: Pushing, *, seconds: float, verify: bool, watch: Watch) -> Attempt:
    """Push once, unless the branch was set back, rewritten or deleted since it was seen last.

    Whether it has arrived is decided by looking again, not by what the remote says.

    Raises:
        GitError: git can't tell where it stands.
    """
    repository, branch, remote = pushing.repository, pushing.branch, pushing.remote
    if not remote:
        way = name_remote(repository)
        return Attempt(pushing.failed("git does not know which remote to push to", way))
    if not branch:
        command = write_push(repository, remote, "", pushing.aside)
        way = f"`{command}` pushes it as a branch of its own"
        return Attempt(pushing.failed("HEAD is detached", way))
    head, seen = (find_id(repository, ref) for ref in (f"refs/heads/{branch}", pushing.place))
    if seen and head and (dropped := _find_dropped(pushing, head, seen)):
        return Attempt(_rewritten(pushing, dropped))
    if seen is None and has_upstream(repository, remote, branch):
        try:
            if lacks_branch(repository, remote, branch, seconds=seconds):
                return Attempt(_deleted(pushing))
        except GitError:
            pass  # the push tells why it can't be reached
    goes_on = bool(seen and head and is_ancestor(repository, seen, head))
    pushed = None
    if seen is None or goes_on:
        pushed = push_branch(
            repository,
            branch,
            seconds=seconds,
            verify=verify,
            on_progress=watch.on_transfer,
            lease=seen or "",
        )
        if not pushed.failed or pushed.is_silent:
            return Attempt(pushed)
    return _look_again(pushing, pushed, seen, seconds, watch.on_transfer)


def _look_again(
    pushing: Pushing,
    pushed: Pushed | None,
    before: str | None,
    seconds: float,
    on_progress: OnProgress,
) -> Attempt:
    """Fetch a branch that could not be pushed, and say what is to be joined, or why it can't be.

    ``pushed`` is None where it was not tried, for others' commits were seen there. ``before`` is
    what was seen there last, None for nothing.

    Raises:
        GitError: git can't tell where it stands.
    """
    repository, branch, remote = pushing.repository, pushing.branch, pushing.remote
    name = f"{remote}/{branch}"
    try:
        fetch_branches(repository, (name,), seconds=seconds, on_progress=on_progress)
        if before and lacks_branch(repository, remote, branch, seconds=seconds):
            return Attempt(_deleted(pushing))
    except GitError as error:
        why = pushing.failed(error.message, f"{pushing.repeats} pushes it")
        return Attempt(pushed) if pushed else Attempt(why, before or "")
    pushed = pushed or pushing.failed(f"{name} was set back", f"{pushing.repeats} pushes it")
    head, tip = (find_id(repository, ref) for ref in (f"refs/heads/{branch}", pushing.place))
    return _judge(pushing, pushed, before, head, tip) if head and tip else Attempt(pushed)


def _judge(pushing: Pushing, pushed: Pushed, before: str | None, head: str, tip: str) -> Attempt:
    """Say what becomes of a branch that could not be pushed, and is at ``tip`` on the remote."""
    repository, branch, remote = pushing.repository, pushing.branch, pushing.remote
    if dropped := _find_dropped(pushing, head, tip, before):
        return Attempt(_rewritten(pushing, dropped))
    if tip == head:
        return Attempt(replace(pushed, failed="", way=""))
    if not is_ancestor(repository, tip, head):
        return Attempt(pushed, tip)
    if pushed.is_refused:  # nobody was quicker
        command = write_push(repository, remote, branch, pushing.aside)
        way = f"{pushed.way}; where the branch is protected, `{command}` pushes it as another one"
        pushed = replace(pushed, way=way)
    return Attempt(pushed)


def _find_dropped(pushing: Pushing, head: str, tip: str, before: str | None = None) -> str | None:
    """Give what HEAD has of a branch, and the branch has no more that is at ``tip`` now.

    The reflog tells what it was, which is not kept everywhere, and ``before``, what was seen last.

    Raises:
        GitError: git can't tell.
    """
    repository = pushing.repository
    for one in (before, find_fork_point(repository, pushing.place, head)):
        if one and is_ancestor(repository, one, head) and not is_ancestor(repository, one, tip):
            return one
    return None


def _deleted(pushing: Pushing) -> Pushed:
    command = write_push(pushing.repository, pushing.remote, pushing.branch)
    why = f"{pushing.remote} has no branch {pushing.branch} any more"
    return pushing.failed(why, f"`{command}` makes it anew, if it is to be there")


def _rewritten(pushing: Pushing, before: str) -> Pushed:
    """Say that a branch was rewritten on a remote, and how to go on from what it is now."""
    name = f"{pushing.remote}/{pushing.branch}"
    command = write_git(pushing.repository.root, "rebase", "--onto", pushing.place, before[:12])
    return pushing.failed(
        f"{name} was rewritten, and a push would bring back what was dropped there",
        f"`{command}` leaves that out, and then {pushing.repeats} pushes the rest",
    )
