"""Checks the run, the claims and linked worktrees: what a dead orchestrator or agent has left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from handoff_md.app.belonging import begun_in, concern_of, concerns
from handoff_md.app.checkup.finding import CheckupFinding, Urgency, damaged_record, quoted
from handoff_md.app.documents import command_for
from handoff_md.app.merge.earlier import find_dropped_merges
from handoff_md.app.snapshot import take_snapshot
from handoff_md.app.whereabouts import find_root
from handoff_md.app.workspace import Workspace
from handoff_md.errors import HandoffError
from handoff_md.git.branches import list_in_branches
from handoff_md.git.worktrees import Worktree
from handoff_md.ledger.records import Claim
from handoff_md.ledger.state import SessionState, state_of
from handoff_md.sessions.inbox import Inbox, list_summary_files
from handoff_md.store.claims import claims_folder, list_claims, load_claim
from handoff_md.store.journal import read_merge
from handoff_md.store.runs import load_run, run_path

_STALE: Final = dt.timedelta(days=1)
_AT_WORK: Final = dt.timedelta(minutes=1)
MERGE = "handoff-md merge --orchestrator ID  # ID: the session that merges"


def check_run(workspace: Workspace, now: dt.datetime) -> Iterator[CheckupFinding]:
    """Tell of the active run; one that is older than a day may have lost its orchestrator."""
    try:
        run = load_run(workspace.state)
    except HandoffError as error:
        name = "run-unreadable"
        yield damaged_record(name, run_path(workspace.state), error)
        return
    if run is None:
        return
    age = _age(run.started_at, now)
    message = f"a run of orchestrator {run.orchestrator} is active since {run.started_at}"
    if run.copied_from:
        message += f"; it was {begun_in(run.copied_from)}"
    if not concerns(workspace, run.document):
        message += f"; it is for another document, {run.document}"
        mend = command_for(workspace, run.document, "run status").strip("`")
        yield CheckupFinding("run-active", Urgency.ADVICE, message, mend)
    elif age is not None and age < _STALE:
        yield CheckupFinding("run-active", Urgency.ADVICE, message, "handoff-md run status")
    else:
        message += ": has its orchestrator died?"
        mend = "handoff-md run finish --take-over  # or: handoff-md run cancel --take-over"
        yield CheckupFinding("run-stale", Urgency.PROBLEM, message, mend)


def check_claims(
    workspace: Workspace, now: dt.datetime, *, ask_branches: bool
) -> Iterator[CheckupFinding]:
    """Check that no session was killed between its claim and its log.

    Without ``ask_branches`` no session is called lost: its log may be in a branch.
    """
    damaged = [*_damaged_claims(workspace.state)]
    yield from damaged
    if damaged or not ask_branches:
        return
    about = concern_of(workspace)
    own = (claim for claim in list_claims(workspace.state) if about(claim.document))
    claims = sorted(own, key=lambda claim: claim.started_at)
    for claim in _lost(workspace, [claim for claim in claims if _is_overdue(claim, now)]):
        message = (
            f"session {claim.id}, started {claim.started_at} in {claim.root}, has no log in any "
            "work tree or branch, and has not ended"
        )
        mend = f"handoff-md session abandon {quoted(claim.id)}"
        yield CheckupFinding("session-lost", Urgency.PROBLEM, message, mend)


def _damaged_claims(state: Path) -> Iterator[CheckupFinding]:
    """Look at all claims, released ones too."""
    folder = claims_folder(state)
    name = "claim-unreadable"
    for path in sorted(folder.rglob("*.json")):
        try:
            load_claim(state, str(path.relative_to(folder).with_suffix("")))
        except HandoffError as error:
            yield damaged_record(name, path, error)


def _is_overdue(claim: Claim, now: dt.datetime) -> bool:
    """Tell whether a session should have a log by now."""
    age = _age(claim.started_at, now)
    return claim.at_work and (age is None or age >= _AT_WORK)


def _lost(workspace: Workspace, claims: Sequence[Claim]) -> Sequence[Claim]:
    """Give the claims whose logs are nowhere: in no work tree, no branch and no merge."""
    missing = [claim for claim in claims if find_root(workspace, claim) is None]
    if missing and workspace.repository:
        folders = {PurePosixPath(claim.log).parent for claim in missing}
        known = {
            folder / name
            for folder in folders
            for name in list_in_branches(workspace.repository, str(folder))
        }
        missing = [claim for claim in missing if PurePosixPath(claim.log) not in known]
    if not missing:
        return ()
    snapshot = take_snapshot(workspace)  # of these no log is to be looked for any more
    return [one for one in missing if state_of(snapshot, one) is SessionState.NO_LOG]


def check_merged(workspace: Workspace) -> Iterator[CheckupFinding]:
    """Check that what was merged is told of somewhere: a reset may have dropped it.

    Raises:
        HandoffError: files or git stand in the way.
    """
    damaged = [*_damaged_archive(workspace.state)]
    yield from damaged
    for dropped in () if damaged else find_dropped_merges(workspace):
        message = f"{dropped.message}, and no {workspace.config.handoff} tells of it"
        yield CheckupFinding("merge-dropped", Urgency.PROBLEM, message, dropped.command)


def _damaged_archive(state: Path) -> Iterator[CheckupFinding]:
    name = "archive-unreadable"
    for path in sorted(state.glob("archive/[0-9]*/merge.json")):
        try:
            read_merge(state, path)
        except HandoffError as error:
            yield damaged_record(name, path, error)


def _age(moment: str, now: dt.datetime) -> dt.timedelta | None:
    """Give how long ago a moment in ISO 8601 was; None where it can't be read."""
    try:
        return now - dt.datetime.fromisoformat(moment)
    except (ValueError, TypeError):
        return None


def check_worktrees(
    workspace: Workspace, worktrees: Sequence[Worktree]
) -> Iterator[CheckupFinding]:
    """Check that no worktree with summaries in it is about to be pruned or removed."""
    folder = workspace.config.summaries
    active = run_path(workspace.state).exists()
    collect = "handoff-md run finish" if active else MERGE
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
