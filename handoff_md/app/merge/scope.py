"""Who may merge where: what an active run means for a merge, and what the profile does."""

from __future__ import annotations

from msgspec.structs import replace

from handoff_md.app.belonging import find_run
from handoff_md.app.elsewhere import list_elsewhere
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.workspace import Workspace
from handoff_md.errors import ContentError
from handoff_md.git.branches import find_main_branch
from handoff_md.git.objects import read_position
from handoff_md.ledger.ids import Membership, is_leader, members_of
from handoff_md.ledger.records import Run
from handoff_md.store.claims import list_claims, list_released
from handoff_md.store.published import find_starter

_LOCAL = "refs/heads/"


class RunActiveError(ContentError):
    """A run is active, and what was asked for has to wait until it is finished."""


class OffMainBranchError(ContentError):
    """The profile is read-only, and this is not the main branch."""


def is_on_main(workspace: Workspace) -> bool:
    """Tell whether this is the main branch; a detached HEAD is not, and without git all is.

    Raises:
        GitError: git can't tell.
    """
    repository = workspace.repository
    if repository is None:
        return True
    branch, configured = read_position(repository).branch, workspace.config.main_branch
    main = find_main_branch(repository, configured)
    return branch is not None and (f"{_LOCAL}{branch}" in main or branch == configured)


def leaves_document(workspace: Workspace) -> bool:
    """Tell whether sessions leave the document alone here: one of several clones, off main.

    Raises:
        GitError: git can't tell.
    """
    return workspace.commits_summaries and not is_on_main(workspace)


def refuse_off_main(workspace: Workspace) -> None:
    """Refuse to change the document where the profile is read-only and this is another branch.

    Raises:
        OffMainBranchError: it is, or which branch is the main one is not known.
        GitError: git can't tell.
    """
    config, repository = workspace.config, workspace.repository
    if config.profile != "read-only" or repository is None:
        return
    if is_on_main(workspace):
        return
    branch = read_position(repository).branch
    main = find_main_branch(repository, config.main_branch)
    names = [name.removeprefix(_LOCAL) for name in main if name.startswith(_LOCAL)]
    known = names[0] if names else config.main_branch
    where = f"this is {branch}" if branch else "HEAD is detached"
    raise OffMainBranchError(
        f"{config.handoff} changes on the main branch only (profile read-only), and {where}",
        f"Run it on {known}; logs and summaries are written anywhere."
        if known
        else "Name the main branch with `main-branch` in the configuration.",
    )


def find_members(workspace: Workspace, run: Run) -> Membership:
    """Find the sessions of a run, those of other clones among them; see `members_of`.

    Raises:
        FileError: a claim can't be read.
        GitError: git can't tell of other clones' sessions.
    """
    state = workspace.state
    held = [*list_claims(state), *list_elsewhere(workspace)]
    return members_of(run, held, list_released(state))


def scope_to_run(workspace: Workspace, request: MergeRequest) -> MergeRequest:
    """Limit a merge to the sessions of the active run, where there is one.

    Where the run expects sessions by id, no others are taken; else summaries of sessions that
    nobody has claimed are taken as well.

    Raises:
        RunActiveError: the run is another orchestrator's.
    """
    run = find_run(workspace)
    if run is None:
        return request
    if request.run != run.token and not is_leader(run, request.orchestrator):
        raise _not_yours(run)
    scoped = replace(request, run=run.token, orchestrator=request.orchestrator or run.orchestrator)
    if request.ids:
        return scoped
    found = find_members(workspace, run)
    members = tuple(map(str, found.members))
    if run.expect and not request.expect:
        return replace(scoped, ids=members)
    return replace(
        scoped,
        expect=request.expect or members,
        expect_count=request.expect_count or run.expect_count,
        outside=tuple(map(str, (*found.outside, *found.released))),
    )


class BuiltDocumentError(ContentError):
    """The document is built: whoever merges hands the sessions in as files."""


def refuse_built(workspace: Workspace) -> None:
    """Refuse to write into a document that is built.

    Raises:
        BuiltDocumentError: it is.
    """
    if workspace.is_derived:
        raise BuiltDocumentError(
            f"{workspace.config.handoff} is built (profile derived): nothing is merged into it",
            "Run `handoff-md build`.",
        )


def refuse_other_run(workspace: Workspace, request: MergeRequest) -> None:
    """Refuse a merge that is not about the run that is active now; called under the lock.

    Raises:
        RunActiveError: it is not.
    """
    run = find_run(workspace)
    if run is not None and run.token != request.run:
        raise _not_yours(run)


def refuse_other_leader(workspace: Workspace, run: Run, orchestrator: str | None) -> None:
    """Refuse somebody who says to be another than a run's orchestrator, or is in another clone.

    Raises:
        RunActiveError: he does.
    """
    host = find_starter(workspace.state, run)
    if not is_leader(run, orchestrator) or (host and orchestrator is None):
        raise _not_yours(run, host)


def _not_yours(run: Run, host: str = "") -> RunActiveError:
    by = f", started on {host}," if host else ""
    return RunActiveError(
        f"a run of session {run.orchestrator}{by} is active since {run.started_at}",
        "Wait until it is finished (`handoff-md run status`). If its orchestrator is gone: "
        "`handoff-md run finish --take-over`, or `handoff-md run cancel --take-over`.",
    )
