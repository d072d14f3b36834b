"""Checks what commands that were killed have left: a journal, locks, temporary files."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from handoff_md.app.checkup.finding import CheckupFinding, Urgency, damaged_record, quoted
from handoff_md.app.setup.agents.level import Level, list_folders
from handoff_md.app.setup.automation import GITHUB
from handoff_md.app.setup.inquiry import Inquiry
from handoff_md.app.workspace import Workspace
from handoff_md.errors import HandoffError
from handoff_md.git.repository import Repository, list_locks
from handoff_md.git.worktrees import Worktree
from handoff_md.store.files import list_orphans
from handoff_md.store.hooks import failures_path, list_failures
from handoff_md.store.journal import journal_path, load_journal
from handoff_md.store.lock import is_held
from handoff_md.store.runs import load_run
from handoff_md.syntax.session_id import SessionId, read_session_id

_STALE_SECONDS = 60.0


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
