"""Ends a session: checks its log, commits it, and hands over: a summary, or the entry itself."""

from __future__ import annotations

import datetime as dt
import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from msgspec.structs import replace

from handoff_md.app.belonging import find_run, tell_copied
from handoff_md.app.joint import Heard, ask_remote
from handoff_md.app.merge.pipeline import make_entry
from handoff_md.app.merge.report import Watch
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.merge.scope import OffMainBranchError, RunActiveError, leaves_document
from handoff_md.app.session.committing import (
    Committed,
    PublishedEnd,
    commit_session,
    committed_path,
    find_target,
    publish_end,
)
from handoff_md.app.session.ended import (
    EndAnswer,
    EndedSession,
    EndRequest,
    EntryAnswer,
    HandedInAnswer,
)
from handoff_md.app.session.find import (
    FoundSession,
    OpenedLog,
    find_session,
    read_log,
    root_of_log,
)
from handoff_md.app.session.handover import Handover, prepare, write_handover
from handoff_md.app.session.pushing import push_session
from handoff_md.app.snapshot import ToldSession, find_told
from handoff_md.app.work_trees import remove_copies
from handoff_md.app.workspace import Workspace, open_workspace, sweep
from handoff_md.errors import ContentError, HandoffError
from handoff_md.git.absent import AbsentError, ElsewhereError
from handoff_md.ledger.records import Claim, Run
from handoff_md.merge.result import Outcome
from handoff_md.semantics.entries.section import NoSectionError
from handoff_md.semantics.logs.compliance import tick_fulfilled
from handoff_md.semantics.logs.words import fill_objective
from handoff_md.store.archive import copies_folder
from handoff_md.store.claims import update_claim
from handoff_md.store.files import (
    digest,
    replace_bytes,
    sweep_orphans,
)
from handoff_md.syntax.session_id import read_session_id
from handoff_md.syntax.summary import Status
from handoff_md.text.edit import make_patch
from handoff_md.value import Value

WAITS = "the summary waits for whoever merges it"


class HandedOver(Value):
    """Where a hand-over has led: to an entry, to a summary that waits for one, or nowhere.

    ``summary`` and ``run``, by its token, are empty where there is none; ``handed_in`` is the file
    that a document is built of.
    """

    summary: str = ""
    run: str = ""
    entry: EntryAnswer | None = None
    handed_in: HandedInAnswer | None = None
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def end_session(request: EndRequest, watch: Watch) -> EndedSession:
    """End a session.

    The log is checked, its steps that this command fulfils are ticked, and it is committed alone;
    where sessions work in several clones, with the summary. Then that is written, with a copy in
    the state that all worktrees share. With no run active the session's entry is made as well, and
    no summary stays behind; several clones make entries on the main branch only. Doing it again
    after a crash at any point, or twice, gives what doing it once gives.

    Raises:
        ContentError: the document can't take the entry.
        HandoffError: usage, configuration, files or git stand in the way.
    """
    workspace = open_workspace(request.directory)
    workspace.refuse_outer_folders()
    found = find_session(workspace, request.session_id, command="session end")
    claim = found.claim
    log = _open_log(workspace, found)
    heard = hear_before_entry(workspace)
    run = find_run(workspace)
    handover = prepare(workspace, found, log, request)
    if handover.problems:
        made, outcome = Committed(), HandedOver(run=_token(run), problems=handover.problems)
    else:
        awaits = heard.unread is not None
        made, outcome = _hand_over(workspace, log, handover, request, watch, run, awaits=awaits)
    copied = tell_copied(f"session {claim.id}", claim)
    published = PublishedEnd(outcome.run)
    if not outcome.problems:
        waits = handover.data if outcome.summary else None
        published = publish_end(workspace, replace(claim, run=outcome.run), waits)
    pushed = None
    if request.push and not outcome.problems:
        pushed = push_session(workspace, log.root, claim.id, request, watch)
    notes = (*copied, *heard.notes, *handover.notes, *made.notes, *outcome.notes)
    there = f"{pushed.remote}/{pushed.branch}" if pushed and not pushed.failed else None
    ended = EndAnswer(
        id=claim.id,
        title=handover.title,
        date=claim.date,
        root=str(workspace.root),
        log=claim.log,
        log_root=str(log.root),
        summary=outcome.summary or None,
        run=published.run or None,
        committed=made.summary or None,
        commit=made.commit,
        pushed=there,
        entry=outcome.entry,
        handed_in=outcome.handed_in,
        notes=tuple(dict.fromkeys((*notes, *published.notes))),
        problems=outcome.problems,
    )
    return EndedSession(ended, pushed)


def hear_before_entry(workspace: Workspace) -> Heard:
    """Hear of a run that has begun in another clone, where else an entry would be made.

    Off the main branch none is: a session joins that run as its summary is published.

    Raises:
        HandoffError: files or git stand in the way here.
    """
    asks = workspace.uses_refs and not leaves_document(workspace)
    return ask_remote(workspace) if asks else Heard()


def _open_log(workspace: Workspace, found: FoundSession) -> OpenedLog:
    """Read the session's log, and refuse what its end could not be made of."""
    root, summary = root_of_log(workspace, found), found.claim.summary
    workspace.refuse_outside(summary, Path(os.path.realpath(workspace.root / summary)), kind="file")
    return read_log(workspace, root, found.claim)


def _hand_over(
    workspace: Workspace,
    log: OpenedLog,
    handover: Handover,
    request: EndRequest,
    watch: Watch,
    run: Run | None,
    *,
    awaits: bool,
) -> tuple[Committed, HandedOver]:
    """Commit the log and write the summary; then the run has it, or its entry is made.

    With ``awaits`` there may be a run that can't be read here: it counts as active.
    """
    with _locked(workspace, watch, run):
        # Under the lock once more: a run may have been finished, or begun, while it was awaited,
        # and the session abandoned.
        run = find_run(workspace)
        found = find_session(workspace, request.session_id, command="session end")
        # Summaries are written under the lock alone: none of these is being written now.
        copies, committed = copies_folder(workspace.state), log.root / workspace.config.committed
        for folder in (workspace.summaries, copies, committed):
            sweep_orphans(folder)
        sweep(workspace, (log.root / log.path).parent)
        told = find_told(workspace, found.claim)
        outcome = (
            _told_before(workspace, found.claim, handover, told, run) if told else HandedOver()
        )
        shared = workspace.commits_summaries
        summary = handover.data if shared and not outcome.problems else None
        target = find_target(workspace, log, found.claim, summary, commits=request.commit)
        _complete_log(workspace, log, handover)
        made = commit_session(workspace, target, request, run)
        if found.claimed:
            remove_copies(workspace, found.claim, log.root, log.data)
        if told:
            return made, outcome
        claim, uncopied = write_handover(workspace, found, handover, request.now, run)
    if run:
        outcome = HandedOver(claim.summary, run.token, notes=_leader_notes(workspace, claim, run))
    elif awaits:
        outcome = HandedOver(claim.summary, notes=(WAITS,))
    else:
        outcome = make_own_entry(workspace, claim, request, watch)
    return replace(made, notes=(*made.notes, *uncopied)), outcome


def _token(run: Run | None) -> str:
    return run.token if run else ""


def _locked(workspace: Workspace, watch: Watch, run: Run | None) -> AbstractContextManager[None]:
    """Take the lock; during a run a sandbox that can't write the shared state does without."""
    effective = os.access in os.supports_effective_ids
    if run and not os.access(workspace.state, os.W_OK, effective_ids=effective):
        return nullcontext()
    return workspace.locked(watch.on_lock)


def _leader_notes(workspace: Workspace, claim: Claim, run: Run) -> tuple[str, ...]:
    """Say what an orchestrator has to know that ends its own session within its run."""
    if read_session_id(claim.id) != read_session_id(run.orchestrator):
        return ()
    again = f"`handoff-md session end {claim.id}`"
    own = "file" if workspace.is_derived else "entry"
    return (f"you lead the active run: finish it, then run {again} again for your own {own}",)


def _complete_log(workspace: Workspace, log: OpenedLog, handover: Handover) -> None:
    """Tick the steps of the log's end that this command fulfils, and fill in its objective."""
    checklist, source = log.checklists.end, log.document.source
    edits = [fill_objective(log.document, handover.objective)] if handover.objective else []
    if checklist:
        evidence = "`handoff-md session end`"
        if handover.status is not Status.COMPLETE:
            evidence += f" ({handover.status})"
        edits += tick_fulfilled(source, checklist, workspace.config.end_fulfils, evidence)
    if edits:
        ticked = make_patch(source, edits).apply().to_bytes()
        replace_bytes(log.root / log.path, ticked, expected=digest(log.data))


def _told_before(
    workspace: Workspace, claim: Claim, handover: Handover, told: ToldSession, run: Run | None
) -> HandedOver:
    """Say that a finished merge has taken the session: its summary, or another than this one."""
    where = "the handoff document tells of this session already"
    place = committed_path(workspace, claim) if workspace.is_derived else ""
    if place and not told.here:
        where = f"{place} was handed in already"
    elif not told.here:
        where = "the session was merged already, and this document does not tell of it"
        if commit := told.merged.merge.commit:
            where += f": commit {commit[:12]} does (`git branch --all --contains {commit[:12]}`)"
    if digest(handover.data) == told.merged.session.digest:
        return HandedOver(run=_token(run), notes=(where,))
    note = f"to change what the document tells of it, edit {place or 'it there'}"
    if claim.at_work:
        start = 'handoff-md session start --title "TITLE"'
        note = f"it was merged as it was left: `{start}` begins a session for what came after that"
    return HandedOver(run=_token(run), notes=(note,), problems=(f"{where}, with other content",))


def _time_of(claim: Claim, request: EndRequest) -> dt.time | None:
    """Give the time at which a session ends; None on another day than its own."""
    ends = request.now.astimezone() if request.now.tzinfo is None else request.now
    return ends.replace(microsecond=0).timetz() if ends.date().isoformat() == claim.date else None


def make_own_entry(
    workspace: Workspace, claim: Claim, request: EndRequest, watch: Watch
) -> HandedOver:
    """Make the session's entry by a merge of its summary alone, unless a run has begun by now.

    Where the document is built, the session's file is handed in instead; where sessions work in
    several clones, their branches leave the document alone.
    """
    if workspace.is_derived:
        return _hand_in(workspace, claim, request, watch)
    if leaves_document(workspace):
        note = "entries are made on the main branch only: the summary waits for whoever merges it"
        return HandedOver(claim.summary, notes=(note,))
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
        time=_time_of(claim, request),
    )
    try:
        report = make_entry(workspace, asked, watch)
    except RunActiveError:
        token = _token(find_run(workspace))
        update_claim(workspace.state, replace(claim, run=token))
        note = "a run has begun meanwhile: its orchestrator merges the summary"
        return HandedOver(claim.summary, token, notes=(note,))
    except (ContentError, AbsentError, ElsewhereError) as error:
        return HandedOver(claim.summary, notes=_way_on(claim, error), problems=(error.message,))
    if report.exit_code:
        refused = [f"the session {p}" for one in report.sessions for p in one.outcome.problems]
        return HandedOver(claim.summary, problems=(*report.problems, *refused))
    told = [one for one in report.sessions if one.outcome.outcome is Outcome.MERGED]
    waits = not request.commit and bool(told)
    entry = EntryAnswer(report.commit, report.handoff, report.section)
    return HandedOver(claim.summary if waits else "", entry=entry, notes=report.notes)


def _hand_in(workspace: Workspace, claim: Claim, request: EndRequest, watch: Watch) -> HandedOver:
    """Hand the session's summary in, and leave none behind."""
    from handoff_md.app.derived.handing import hand_in_one

    try:
        done = hand_in_one(
            workspace, claim, commits=request.commit, verify=request.verify, watch=watch
        )
    except ContentError as error:
        return HandedOver(claim.summary, notes=(error.hint,), problems=(error.message,))
    entry = None
    if done.is_built:
        entry = EntryAnswer(done.commit, workspace.config.handoff, None)
    waits = "" if request.commit else claim.summary
    handed_in = HandedInAnswer(committed_path(workspace, claim), done.commit)
    return HandedOver(waits, entry=entry, handed_in=handed_in, notes=done.notes)


def _way_on(claim: Claim, error: HandoffError) -> tuple[str, ...]:
    """Say how a summary gets its entry that waits for it, since the document could not take it."""
    if isinstance(error, OffMainBranchError):
        return (error.hint,)
    if isinstance(error, AbsentError | ElsewhereError):
        return (f"{claim.summary} waits for the entry: {error.hint[:1].lower()}{error.hint[1:]}",)
    adds = isinstance(error, NoSectionError)
    hint = "`handoff-md init` adds a section for entries" if adds else error.hint
    return (f"{claim.summary} waits", *([hint] if hint else []))
