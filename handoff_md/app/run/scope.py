"""What an active run means for a merge: whose it is, and which sessions it is about."""

from __future__ import annotations

from msgspec.structs import replace

from handoff_md.app.belonging import find_run
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.workspace import Workspace
from handoff_md.errors import ContentError
from handoff_md.ledger.records import Run
from handoff_md.store.claims import list_claims, list_released
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.value import Value


class RunActiveError(ContentError):
    """A run is active, and what was asked for has to wait until it is finished."""


class Membership(Value):
    """The sessions of a run, in id order; those that it does without; and those of no run of it."""

    members: tuple[SessionId, ...]
    released: tuple[SessionId, ...]
    outside: tuple[SessionId, ...]


def find_members(workspace: Workspace, run: Run) -> Membership:
    """Find the sessions of a run: expected, claimed with it, or started while it is active.

    Released ones are members no more, and the orchestrator is none.

    Raises:
        FileError: a claim can't be read.
    """
    claims = tuple(list_claims(workspace.state))
    members = _ids([*run.expect, *run.sessions, *(c.id for c in claims if c.run == run.token)])
    held = _ids([claim.id for claim in claims])
    released = _ids([c.id for c in list_released(workspace.state) if c.run == run.token]) - held
    members -= released | _ids([run.orchestrator])
    return Membership(_sorted(members), _sorted(released), _sorted(held - members))


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


def is_leader(run: Run, orchestrator: str | None) -> bool:
    """Tell whether somebody may act for a run; who says nothing of himself may."""
    return orchestrator is None or _ids([orchestrator]) == _ids([run.orchestrator])


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


def _ids(texts: list[str]) -> set[SessionId]:
    return {known for text in texts if (known := read_session_id(text.strip()))}


def _sorted(ids: set[SessionId]) -> tuple[SessionId, ...]:
    return tuple(sorted(ids, key=lambda known: known.order))
