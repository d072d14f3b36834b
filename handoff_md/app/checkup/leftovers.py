"""Checks what is left of what has died: run, claims, worktrees, journal, locks, temporary files."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final

from handoff_md.app.belonging import begun_in, concern_of, concerns
from handoff_md.app.checkup.finding import CheckupFinding, Urgency, damaged_record, quoted
from handoff_md.app.documents import command_for
from handoff_md.app.merge.earlier import find_dropped_merges
from handoff_md.app.setup.agents.level import Level, list_folders
from handoff_md.app.setup.inquiry import Inquiry
from handoff_md.app.setup.tools import GITHUB
from handoff_md.app.snapshot import take_snapshot
from handoff_md.app.work_trees import find_root
from handoff_md.app.workspace import Workspace
from handoff_md.errors import HandoffError
from handoff_md.git.branches import list_in_branches
from handoff_md.git.repository import Repository, list_locks
from handoff_md.git.worktrees import Worktree
from handoff_md.ledger.records import Claim
from handoff_md.ledger.state import SessionState, state_of
from handoff_md.sessions.inbox import Inbox, list_summary_files
from handoff_md.store.claims import claims_folder, list_claims, load_claim
from handoff_md.store.files import list_orphans
from handoff_md.store.hooks import failures_path, list_failures
from handoff_md.store.journal import journal_path, load_journal, read_merge
from handoff_md.store.lock import is_held
from handoff_md.store.runs import load_run, run_path
from handoff_md.syntax.session_id import SessionId, read_session_id

_STALE_SECONDS = 60.0
_STALE: Final = dt.timedelta(days=1)
_AT_WORK: Final = dt.timedelta(minutes=1)
MERGE = "handoff-md merge --orchestrator ID  # ID: the session that merges"


def check_journal(workspace: Workspace) -> Iterator[CheckupFinding]:
    """Check that no merge was left unfinished."""
    try:
        journal = load_journal(workspace.state)
    except HandoffError as error:
        name = "journal-unreadable"
        yield damaged_record(name, journal_path(workspace.state), error)
        return
    if journal is None:
        return
    ids = ", ".join(session.id for session in journal.sessions)
    message = f"the merge of sessions {ids} was not finished; the next one finishes it"
    mend = f"handoff-md merge --orchestrator {quoted(journal.orchestrator)}"
    leader = _leader(workspace)
    if leader is not None and leader != read_session_id(journal.orchestrator):
        message += f", which is for session {leader} to make while its run is active"
        mend = "handoff-md run finish"
    yield CheckupFinding("merge-unfinished", Urgency.PROBLEM, message, mend)


def _leader(workspace: Workspace) -> SessionId | None:
    """Give the orchestrator of the active run; a run that can't be read is a finding elsewhere."""
    try:
        run = load_run(workspace.state)
    except HandoffError:
        return None
    return read_session_id(run.orchestrator) if run else None


def check_hook_failures(workspace: Workspace) -> Iterator[CheckupFinding]:
    """Tell what went wrong in hooks of coding agents, which never say so themselves."""
    failures = list_failures(workspace.state)
    if failures:
        path = failures_path(workspace.state)
        message = f"failures of coding agents' hooks: {len(failures)}; the last one: {failures[-1]}"
        yield CheckupFinding("hooks-failed", Urgency.ADVICE, message, f"rm -- {quoted(path)}")


def check_lock(workspace: Workspace) -> Iterator[CheckupFinding]:
    """Tell of a command that holds the lock right now; one that was killed holds none."""
    if is_held(workspace.state):
        message = "another handoff-md is at work in this repository and holds its lock"
        yield CheckupFinding("lock-held", Urgency.ADVICE, message, "wait until it is done")


def check_git_locks(repository: Repository, now: dt.datetime) -> Iterator[CheckupFinding]:
    """Check that no killed git has left a lock behind, nor an index that it made for a commit."""
    for lock in list_locks(repository):
        is_index = "index" in lock.name
        mend = f"rm -- {quoted(lock)}"
        if _age(lock, now) > _STALE_SECONDS:
            name = "index-locked" if is_index else "git-locked"
            message = f"{lock} is older than a minute: a git process was killed, or still runs"
            yield CheckupFinding(name, Urgency.PROBLEM, message, mend)
        else:
            name = "index-held" if is_index else "git-held"
            message = f"{lock} is there: a git process is at work, or was killed a moment ago"
            mend += "  # if none is at work"
            yield CheckupFinding(name, Urgency.ADVICE, message, mend)


def check_temporary_files(
    workspace: Workspace,
    inquiry: Inquiry | None,
    worktrees: Sequence[Worktree],
    now: dt.datetime,
) -> Iterator[CheckupFinding]:
    """Check that no killed write has left its temporary file behind."""
    config = workspace.config
    folders = {workspace.root, workspace.state, *_folders_in(workspace.state)}
    folders |= {(workspace.root / name).parent for name in (config.protocol, config.guide, GITHUB)}
    folders |= list_folders(Level(workspace.root))
    if inquiry:
        folders |= {inquiry.repository.common_dir / "hooks", inquiry.hooks}
    for root in (workspace.root, *(worktree.path for worktree in worktrees)):
        folders |= {(root / config.handoff).parent, root / config.summaries, root / config.sessions}
    orphans = [
        orphan
        for folder in sorted(folders)
        for orphan in list_orphans(folder)
        if _age(orphan, now) > _STALE_SECONDS
    ]
    if orphans:
        message = f"killed commands have left temporary files: {len(orphans)}"
        yield CheckupFinding(
            "temporary-files", Urgency.PROBLEM, message, f"rm -- {quoted(*orphans)}"
        )


def _folders_in(folder: Path) -> Iterator[Path]:
    for place, names, _ in os.walk(folder):
        yield from (Path(place, name) for name in names)


def _age(path: Path, now: dt.datetime) -> float:
    """Give a file's age in seconds; 0 where there is none."""
    try:
        return now.timestamp() - path.stat().st_mtime
    except OSError:
        return 0.0


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
    age = _time_since(run.started_at, now)
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

    def read(path: Path) -> object:
        return load_claim(state, str(path.relative_to(folder).with_suffix("")))

    return _damaged("claim-unreadable", folder.rglob("*.json"), read)


def _damaged(
    name: str, paths: Iterable[Path], read: Callable[[Path], object]
) -> Iterator[CheckupFinding]:
    for path in sorted(paths):
        try:
            read(path)
        except HandoffError as error:
            yield damaged_record(name, path, error)


def _is_overdue(claim: Claim, now: dt.datetime) -> bool:
    """Tell whether a session should have a log by now."""
    age = _time_since(claim.started_at, now)
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
    records = workspace.state.glob("archive/[0-9]*/merge.json")
    read = partial(read_merge, workspace.state)
    damaged = [*_damaged("archive-unreadable", records, read)]
    yield from damaged
    for dropped in () if damaged else find_dropped_merges(workspace):
        message = f"{dropped.message}, and no {workspace.config.handoff} tells of it"
        yield CheckupFinding("merge-dropped", Urgency.PROBLEM, message, dropped.command)


def _time_since(moment: str, now: dt.datetime) -> dt.timedelta | None:
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
