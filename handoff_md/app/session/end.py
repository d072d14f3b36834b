"""Ends a session: checks its log, commits it, and hands over: a summary, or the entry itself."""

from __future__ import annotations

import datetime as dt
import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from msgspec.structs import replace

from handoff_md.app.belonging import find_run, tell_copied
from handoff_md.app.merge.pipeline import merge
from handoff_md.app.merge.request import MergeRequest, Watch
from handoff_md.app.merge.scope import RunActiveError
from handoff_md.app.missing import refuse_elsewhere
from handoff_md.app.profile import OffMainBranchError
from handoff_md.app.session.ended import EndedSession, EndRequest
from handoff_md.app.session.find import FoundSession, find_session, lost_log
from handoff_md.app.session.handover import Handover, is_foreign
from handoff_md.app.session.logs import refuse_rivals, remove_copies
from handoff_md.app.session.prepare import OpenedLog, prepare, read_log
from handoff_md.app.snapshot import ToldSession, find_told
from handoff_md.app.sweep import sweep
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.errors import ContentError, FileError
from handoff_md.git.absent import AbsentError, ElsewhereError
from handoff_md.git.commit import commit_paths
from handoff_md.git.repository import Repository, find_repository
from handoff_md.git.status import find_operation, read_changes, refuse_operation
from handoff_md.ledger.records import Claim, Run
from handoff_md.merge.result import Outcome
from handoff_md.reading import read_if_there, read_regular
from handoff_md.semantics.entries.section import NoSectionError
from handoff_md.semantics.logs.attest import tick_fulfilled
from handoff_md.store.archive import copies_folder
from handoff_md.store.claims import claim_session, update_claim
from handoff_md.store.files import (
    create_folder,
    digest,
    file_error,
    replace_bytes,
    sweep_orphans,
)
from handoff_md.store.lock import hold_lock
from handoff_md.store.place import create_folders, share
from handoff_md.syntax.session_id import read_session_id
from handoff_md.syntax.status import Status
from handoff_md.text.edit import make_patch


def end_session(request: EndRequest, watch: Watch) -> EndedSession:
    """End a session.

    The log is checked, its steps that this command fulfils are ticked, and it is committed alone.
    Then the summary is written, with a copy in the state that all worktrees share. With no run
    active the session's entry is made as well, and no summary stays behind. Doing it again after a
    crash at any point, or twice, gives what doing it once gives.

    Raises:
        ContentError: the document can't take the entry.
        HandoffError: usage, configuration, files or git stand in the way.
    """
    workspace = open_workspace(request.directory)
    workspace.refuse_outer_folders()
    found = find_session(workspace, request.session_id, command="session end")
    if found.root is None:
        raise lost_log(workspace, found)
    summary = found.claim.summary
    workspace.refuse_outside(summary, Path(os.path.realpath(workspace.root / summary)), kind="file")
    refuse_rivals(found.claim, found.roots)
    log = read_log(workspace, found.root, found.claim)
    run = find_run(workspace)
    handover, notes, problems = prepare(workspace, found, log, request)
    ended = EndedSession(
        id=found.claim.id,
        title=handover.title,
        date=found.claim.date,
        root=str(workspace.root),
        log=found.claim.log,
        log_root=str(found.root),
        run=run.token if run else "",
        notes=(*tell_copied(f"session {found.claim.id}", found.claim), *notes),
        problems=problems,
    )
    if problems:
        return ended
    with _locked(workspace, watch, run):
        # Under the lock once more: a run may have been finished, or begun, while it was awaited,
        # and the session abandoned.
        run, found = (
            find_run(workspace),
            find_session(workspace, request.session_id, command="session end"),
        )
        ended = replace(ended, run=run.token if run else "")
        # Summaries are written under the lock alone: none of these is being written now.
        for folder in (workspace.summaries, copies_folder(workspace.state)):
            sweep_orphans(folder)
        sweep(workspace, (log.root / log.path).parent)
        commit, more = _commit_log(workspace, log, found, handover, request, run)
        if found.claimed:
            remove_copies(workspace, found.claim, log.root, log.data)
        ended = replace(ended, commit=commit, notes=(*ended.notes, *more))
        if told := find_told(workspace, found.claim):
            return _told_before(ended, handover, told)
        claim, more = _write_summary(workspace, found, handover, request, run)
    ended = replace(ended, summary=claim.summary, notes=(*ended.notes, *more))
    if run:
        return replace(ended, notes=(*ended.notes, *_leader_notes(claim, run)))
    return _make_entry(workspace, claim, request, watch, ended)


def _locked(workspace: Workspace, watch: Watch, run: Run | None) -> AbstractContextManager[None]:
    """Take the lock; during a run a sandbox that can't write the shared state does without."""
    state = workspace.state
    effective = os.access in os.supports_effective_ids
    if run and not os.access(state, os.W_OK, effective_ids=effective):
        return nullcontext()
    return hold_lock(state, timeout=workspace.config.lock_timeout, on_wait=watch.on_lock)


def _leader_notes(claim: Claim, run: Run) -> tuple[str, ...]:
    """Say what an orchestrator has to know that ends its own session within its run."""
    if read_session_id(claim.id) != read_session_id(run.orchestrator):
        return ()
    again = f"`handoff-md session end {claim.id}`"
    return (f"you lead the active run: finish it, then run {again} again for your own entry",)


def _commit_log(
    workspace: Workspace,
    log: OpenedLog,
    found: FoundSession,
    handover: Handover,
    request: EndRequest,
    run: Run | None,
) -> tuple[str | None, tuple[str, ...]]:
    """Tick what this command fulfils, and commit the log alone; also where it was ticked before."""
    repository = workspace.repository
    if repository and log.root != repository.root:
        repository = find_repository(log.root)
    path = "" if repository is None else _path_in(repository, log)
    if repository and request.commit:
        refuse_elsewhere(repository, path)
        refuse_operation(repository, find_operation(repository))
    checklist = log.checklists.end
    if checklist:
        evidence = "`handoff-md session end`"
        if handover.status is not Status.COMPLETE:
            evidence += f" ({handover.status})"
        fulfils = workspace.config.end_fulfils
        edits = list(tick_fulfilled(log.document.source, checklist, fulfils, evidence))
        if edits:
            ticked = make_patch(log.document.source, edits).apply().to_bytes()
            replace_bytes(log.root / log.path, ticked, expected=digest(log.data))
    if repository is None or not request.commit:
        return None, ((workspace.note,) if workspace.note else ())
    if read_changes(repository, [path])[1].get(path) == "!!":
        return None, ("git ignores the log: it is not committed",)
    commit = commit_paths(
        repository,
        message=f"docs(session): log session {found.claim.id}\n",
        changed=[path],
        no_verify=not request.verify,
        run_token=run.token if run else None,
        lock_seconds=workspace.index_seconds,
    )
    return commit, ()


def _path_in(repository: Repository, log: OpenedLog) -> str:
    return (log.root / log.path).resolve().relative_to(repository.root).as_posix()


def _told_before(ended: EndedSession, handover: Handover, told: ToldSession) -> EndedSession:
    """Say that a finished merge has taken the session: its summary, or another than this one."""
    where = "the handoff document tells of this session already"
    if not told.here:
        where = "the session was merged already, and this document does not tell of it"
        if commit := told.merged.merge.commit:
            where += f": commit {commit[:12]} does (`git branch --all --contains {commit[:12]}`)"
    if digest(handover.data) != told.merged.session.digest:
        note = "to change what the document tells of it, edit it there"
        problem = f"{where}, with other content"
        return replace(ended, problems=(problem,), notes=(*ended.notes, note))
    return replace(ended, notes=(*ended.notes, where))


def _write_summary(
    workspace: Workspace,
    found: FoundSession,
    handover: Handover,
    request: EndRequest,
    run: Run | None,
) -> tuple[Claim, tuple[str, ...]]:
    """Write the copy, then the summary: whoever sees that knows that all before it is done."""
    claim = found.claim
    path = workspace.root / claim.summary
    present = _read_present(path)
    if present is not None and digest(present) != claim.digest and is_foreign(present, claim):
        raise ContentError(
            f"{claim.summary} is another session's summary, and is left as it is",
            f"Session {claim.id} is claimed twice, or that session has not been merged: ask the "
            "orchestrator, or move the file away.",
        )
    ended = replace(
        claim,
        title=handover.title,
        ended_at=request.now.astimezone(dt.UTC).isoformat(timespec="seconds"),
        status=handover.status.value,
        digest=digest(handover.data),
        given="yes" if handover.given else "",
        run=run.token if run else claim.run,
        root=str(found.root) if claim.reserved else claim.root,
        reserved="",
    )
    copies = copies_folder(workspace.state)
    notes: list[str] = []
    try:
        create_folders(workspace.state, copies)
        replace_bytes(copies / path.name, handover.data)
        share(workspace.state, copies / path.name)
        if found.claimed or not claim_session(workspace.state, ended):
            update_claim(workspace.state, ended)
    except FileError as error:
        if run is None:
            raise
        notes.append(f"the summary has no copy: {error.message}")
    create_folder(path.parent)
    replace_bytes(path, handover.data)
    _replace_own(found, workspace, handover.data)
    return ended, tuple(notes)


def _replace_own(found: FoundSession, workspace: Workspace, data: bytes) -> None:
    """Bring the summary beside the log up to this one, where an agent has written one there."""
    own = found.root / found.claim.summary if found.root else None
    if own is None or found.root == workspace.root or not own.is_file():
        return
    if not is_foreign(read_regular(own), found.claim):
        replace_bytes(own, data)


def _read_present(path: Path) -> bytes | None:
    try:
        return read_if_there(path)
    except OSError as error:
        raise file_error("read", path, error) from error


def _time_of(claim: Claim, request: EndRequest) -> dt.time | None:
    """Give the time at which a session ends; None on another day than its own."""
    ends = request.now.astimezone() if request.now.tzinfo is None else request.now
    return ends.replace(microsecond=0).timetz() if ends.date().isoformat() == claim.date else None


def _make_entry(
    workspace: Workspace,
    claim: Claim,
    request: EndRequest,
    watch: Watch,
    ended: EndedSession,
) -> EndedSession:
    """Make the session's entry by a merge of its summary alone, unless a run has begun by now."""
    asked = MergeRequest(
        directory=request.directory,
        today=request.today,
        ids=(claim.id,),
        orchestrator=claim.id,
        date=dt.date.fromisoformat(claim.date),
        worktrees=False,
        commit=request.commit,
        verify=request.verify,
        into=request.into,
        create_section=request.create_section,
        single=True,
        time=_time_of(claim, request),
    )
    try:
        report = merge(asked, watch)
    except RunActiveError:
        run = find_run(workspace)
        token = run.token if run else ""
        update_claim(workspace.state, replace(claim, run=token))
        note = "a run has begun meanwhile: its orchestrator merges the summary"
        return replace(ended, run=token, notes=(*ended.notes, note))
    except OffMainBranchError as error:
        return replace(ended, problems=(error.message,), notes=(*ended.notes, error.hint))
    except (AbsentError, ElsewhereError) as error:
        waiting = f"{claim.summary} waits for the entry: {error.hint[:1].lower()}{error.hint[1:]}"
        return replace(ended, problems=(error.message,), notes=(*ended.notes, waiting))
    except ContentError as error:
        adds = isinstance(error, NoSectionError)
        hint = "`handoff-md init` adds a section for entries" if adds else error.hint
        notes = (*ended.notes, f"{claim.summary} waits", *([hint] if hint else []))
        return replace(ended, problems=(error.message,), notes=notes)
    if report.exit_code:
        problems = (
            *report.problems,
            *(f"the session {p}" for session in report.sessions for p in session.outcome.problems),
        )
        return replace(ended, entry=None, problems=problems)
    told = [s for s in report.sessions if s.outcome.outcome is Outcome.MERGED]
    waits = not request.commit and bool(told)
    return replace(
        ended,
        entry=report,
        summary=ended.summary if waits else "",
        notes=(*ended.notes, *report.notes),
    )
