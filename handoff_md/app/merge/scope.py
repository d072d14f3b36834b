"""What an active run means for a merge: whose it is, and which sessions it is about."""

from __future__ import annotations

from msgspec.structs import replace

from handoff_md.app.belonging import find_run
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.workspace import Workspace
from handoff_md.errors import ContentError
from handoff_md.ledger.ids import Membership, is_leader, members_of
from handoff_md.ledger.records import Run
from handoff_md.store.claims import list_claims, list_released


class RunActiveError(ContentError):
    """A run is active, and what was asked for has to wait until it is finished."""


def find_members(workspace: Workspace, run: Run) -> Membership:
    """Find the sessions of a run; see `members_of`.

    Raises:
        FileError: a claim can't be read.
    """
    state = workspace.state
    return members_of(run, list_claims(state), list_released(state))


def scope_to_run(workspace: Workspace, request: MergeRequest) -> MergeRequest:
    """Limit a merge to the sessions of the active run, where there is one.

    Where the run expects sessions by id, no others are taken; else summaries of sessions that
    nobody has claimed are taken as well.

    Raises:
        RunActiveError: the run is another orchestrator's.
    """
    run = find_run(workspace)
    if run is None or request.single:
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


def refuse_other_run(workspace: Workspace, request: MergeRequest) -> None:
    """Refuse a merge that is not about the run that is active now; called under the lock.

    Raises:
        RunActiveError: it is not.
    """
    run = find_run(workspace)
    if run is not None and (request.single or run.token != request.run):
        raise _not_yours(run)


def refuse_other_leader(run: Run, orchestrator: str | None) -> None:
    """Refuse somebody who says to be another than a run's orchestrator.

    Raises:
        RunActiveError: he does.
    """
    if not is_leader(run, orchestrator):
        raise _not_yours(run)


def _not_yours(run: Run) -> RunActiveError:
    return RunActiveError(
        f"a run of session {run.orchestrator} is active since {run.started_at}",
        "Wait until it is finished (`handoff-md run status`). If its orchestrator is gone: "
        "`handoff-md run finish --take-over`, or `handoff-md run cancel --take-over`.",
    )
