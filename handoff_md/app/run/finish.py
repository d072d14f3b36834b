"""Ends a run: merges exactly its sessions and closes it, or gives it up."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from msgspec.structs import asdict, replace

from handoff_md.answer import Answer
from handoff_md.app.belonging import find_other_run, find_run, tell_copied
from handoff_md.app.derived.merging import merge_or_hand_in
from handoff_md.app.documents import command_for
from handoff_md.app.joint import Heard, ask_remote, is_shared, retire_run
from handoff_md.app.merge.branches import fetch_first, overlaps_of
from handoff_md.app.merge.collect import find_summary_files
from handoff_md.app.merge.earlier import find_dropped_merges
from handoff_md.app.merge.report import MergeAnswer, MergeReport, MergeStatus, Watch
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.merge.scope import find_members, refuse_other_leader
from handoff_md.app.overlaps import OverlapAnswer, Overlaps, UnmergedAnswer
from handoff_md.app.run.closing import close_cancelled, close_finished
from handoff_md.app.run.pushing import push_merged
from handoff_md.app.session.draft import compose_draft
from handoff_md.app.work_trees import is_left_uncommitted
from handoff_md.app.workspace import Workspace, open_workspace, sweep
from handoff_md.errors import ContentError, HandoffError
from handoff_md.git.remotes import Pushed
from handoff_md.ledger.ids import is_leader
from handoff_md.ledger.records import Run
from handoff_md.merge.result import Outcome
from handoff_md.store.claims import list_claims, load_claim, write_draft
from handoff_md.store.runs import list_closed
from handoff_md.value import Value

Clock: TypeAlias = Callable[[], dt.datetime]
"""Tells the time, with its zone."""
_ASK_SECONDS = 5.0
_MOST_MERGES = 10
_MANY_IDS = 3


class RunFinishAnswer(MergeAnswer):
    """What `run finish --json` prints: a merge's answer, and the run's.

    Attributes:
        run: the token of the run, or null.
        closed: whether the run is closed now.
        pushed: the remote and the branch that have it by `--push`, as in `origin/main`; else null.
        overlaps: the files that the branches of several sessions changed.
        unmerged: the sessions whose branch is not merged into this one.
    """

    run: str | None
    closed: bool
    pushed: str | None
    overlaps: tuple[OverlapAnswer, ...]
    unmerged: tuple[UnmergedAnswer, ...]


class RunCancelAnswer(Answer):
    """What `run cancel --json` prints.

    Attributes:
        run: the token of the run.
        orchestrator: the session that started it.
        sessions: the ids of those that stay.
        notes: what the remote could not be told.
    """

    run: str
    orchestrator: str
    sessions: tuple[str, ...]
    notes: tuple[str, ...]


class FinishedRun(Value):
    """What the merge of a run came to, and whether the run is closed by now.

    ``run`` is None where the document was refused before any was known. ``overlaps`` are what the
    branches of its sessions have in common.
    """

    run: Run | None
    report: MergeReport
    closed: bool = False
    pushed: Pushed | None = None
    overlaps: Overlaps = Overlaps()

    def to_json(self) -> RunFinishAnswer:
        """Give the documented JSON object."""
        pushed, overlaps = self.pushed, self.overlaps
        unpushed = [pushed.note] if pushed and pushed.failed else []
        answer = asdict(self.report.to_json())
        answer["notes"] = (*self.report.notes, *overlaps.unseen, *unpushed)
        return RunFinishAnswer(
            **answer,
            run=self.run.token if self.run else None,
            closed=self.closed,
            pushed=f"{pushed.remote}/{pushed.branch}" if pushed and not pushed.failed else None,
            overlaps=overlaps.files,
            unmerged=overlaps.unmerged,
        )

    @property
    def exit_code(self) -> int:
        """Give the merge's exit code; 2 where what it made is not pushed."""
        return self.report.exit_code or (2 if self.pushed and self.pushed.failed else 0)


def finish_run(
    request: MergeRequest,
    watch: Watch,
    *,
    take_over: bool,
    clock: Clock,
    salvage: bool = False,
    push: bool = False,
) -> FinishedRun:
    """Merge the sessions of the active run, and close it if nothing was refused.

    Doing it again changes nothing. ``take_over`` lets another session than the one that started the
    run finish it. ``clock`` tells when it was closed: that is kept. ``salvage`` drafts a summary of
    each session that has none: it says that nobody checked it. ``push`` pushes the branch that the
    section is committed on, joined with what others have pushed to it.

    Raises:
        RunActiveError: the run is another orchestrator's, and is not taken over.
        ContentError: the document can't take a section.
        HandoffError: no run was ever started, or files or git stand in the way.
    """
    workspace = open_workspace(request.directory)
    finished = _merge_run(
        workspace, request, watch, take_over=take_over, clock=clock, salvage=salvage
    )
    run = finished.run
    if run is None or not finished.closed:
        return finished
    if push:
        pushed = push_merged(workspace, run, finished.report, watch, verify=request.verify)
        finished = replace(finished, pushed=pushed)
    return replace(finished, report=_noting(finished.report, retire_run(workspace, run)))


def _merge_run(
    workspace: Workspace,
    request: MergeRequest,
    watch: Watch,
    *,
    take_over: bool,
    clock: Clock,
    salvage: bool,
) -> FinishedRun:
    heard = _hear(workspace, request.wait)
    run = find_run(workspace)
    if run is None:
        return _finished_before(workspace, request.orchestrator, heard)
    if not take_over:
        refuse_other_leader(workspace, run, request.orchestrator)
    _refuse_unseen(workspace, run, request, heard)
    leader = request.orchestrator or run.orchestrator
    asked = replace(request, orchestrator=leader, run=run.token)
    fetch_first(workspace, asked, watch)
    asked = replace(asked, fetch=asked.fetch and asked.wait > 0)
    notes = (*heard.notes, *tell_copied(f"the run of session {run.orchestrator}", run))
    if heard.unseen and is_shared(workspace, run):
        notes += ("what other clones have not been seen to do waits for `handoff-md merge`",)
    notes += _draft_missing(workspace, run, asked) if salvage else ()
    earlier: MergeReport | None = None
    for _ in range(_MOST_MERGES):
        report = _joined(earlier, merge_or_hand_in(asked, watch))
        ids = [str(session.outcome.session_id) for session in report.sessions]
        overlaps = overlaps_of(workspace, asked, ids)
        writes = not request.dry_run and request.commit
        if report.status is MergeStatus.REFUSED or not writes:
            left = _noting(_with_way_out(workspace, report), notes)
            return FinishedRun(run, left, overlaps=overlaps)
        if asked.wait:  # what has ended elsewhere meanwhile is seen as well
            heard = ask_remote(workspace)
            _refuse_unseen(workspace, run, request, heard)
        with workspace.locked(watch.on_lock):
            if not _has_latecomers(workspace, run, asked, report):
                close_finished(workspace, run, report.sessions, clock())
                closed = _noting(_with_absence(report, heard), notes)
                break
        asked, earlier = replace(asked, wait=0, fetch=False), report
    else:
        raise HandoffError(
            "sessions kept ending while the run was finished: it goes on",
            "Run the command again: what is merged stays merged.",
        )
    return FinishedRun(run, closed, closed=True, overlaps=overlaps)


def _draft_missing(workspace: Workspace, run: Run, request: MergeRequest) -> tuple[str, ...]:
    """Draft a summary of each session of a run that is at work and has none.

    Returns:
        A note for each.

    Raises:
        FileError: a record can't be read, or a draft can't be written.
        GitError: git can't tell.
    """
    present = find_summary_files(workspace, request)
    notes = []
    for session_id in find_members(workspace, run).members:
        claim = load_claim(workspace.state, session_id.key)
        if claim and claim.at_work and session_id not in present:
            write_draft(workspace.state, claim, compose_draft(workspace, claim))
            left = f", and its log is not committed: {claim.log}"
            said = f"session {claim.id} is salvaged: nobody has checked its summary"
            notes.append(f"{said}{left if is_left_uncommitted(claim) else ''}")
    return tuple(notes)


def _noting(report: MergeReport, notes: tuple[str, ...]) -> MergeReport:
    return replace(report, notes=tuple(dict.fromkeys((*notes, *report.notes))))


def _hear(workspace: Workspace, wait: float) -> Heard:
    """Ask the remote; one that can't be reached is asked again until the time is up."""
    until = time.monotonic() + wait
    while (heard := ask_remote(workspace)).unseen and (left := until - time.monotonic()) > 0:
        time.sleep(min(_ASK_SECONDS, left))
    return heard


def _refuse_unseen(workspace: Workspace, run: Run, request: MergeRequest, heard: Heard) -> None:
    """Refuse to end a run of which other clones' sessions are not seen, unless that was asked for.

    Raises:
        HandoffError: they are not.
    """
    if not heard.unseen or request.allow_partial or not is_shared(workspace, run):
        return
    raise HandoffError(
        f"{heard.unseen}. Which sessions of other clones are in the run of session "
        f"{run.orchestrator}, and which have ended, is not seen: the run goes on",
        "Run it again when the remote can be reached, or wait for that with `--wait 10m`; "
        "`handoff-md run finish --allow-partial` ends the run with what is here.",
    )


def _joined(earlier: MergeReport | None, report: MergeReport) -> MergeReport:
    """Report two merges of one run as one: what the first has merged is merged."""
    if earlier is None:
        return report
    merged = {
        session.outcome.session_id: session
        for session in earlier.sessions
        if session.outcome.outcome is Outcome.MERGED
    }
    sessions = tuple(
        merged.get(session.outcome.session_id, session)
        if session.outcome.outcome is Outcome.ALREADY_MERGED
        else session
        for session in report.sessions
    )
    notes = [*earlier.notes, *report.notes]
    if earlier.commit:
        notes.append(f"commit {earlier.commit[:12]} merges those that had ended first")
    return replace(report, sessions=sessions, notes=tuple(dict.fromkeys(notes)))


def _with_absence(report: MergeReport, heard: Heard) -> MergeReport:
    """Say that a run ends of which nobody was a part, as far as is seen."""
    if report.sessions:
        return report
    who = "no session that is seen here" if heard.unseen else "no session"
    note = f"{who} has joined the run: it ends without a merge"
    return replace(report, notes=(*report.notes, note))


def _has_latecomers(
    workspace: Workspace, run: Run, request: MergeRequest, report: MergeReport
) -> bool:
    """Tell whether a session of the run has handed over since the merge looked for summaries."""
    seen = {
        session.outcome.session_id
        for session in report.sessions
        if session.outcome.outcome is not Outcome.MISSING
    }
    late = set(find_members(workspace, run).members) - seen
    return bool(late and late.intersection(find_summary_files(workspace, request)))


def _with_way_out(workspace: Workspace, report: MergeReport) -> MergeReport:
    """Say what to do about sessions that have not ended, and how to end a run in vain."""
    notes = []
    if report.status is MergeStatus.REFUSED and (absent := _absent(workspace, report)):
        notes.append(_tell_absent(absent))
    none_merged = not any(told.outcome.outcome is Outcome.MERGED for told in report.sessions)
    if none_merged and (report.sessions or report.status is MergeStatus.REFUSED):
        notes.append(
            "no session of the run can be merged: `handoff-md run cancel` ends it without a merge"
        )
    return _noting(report, tuple(notes))


def _absent(workspace: Workspace, report: MergeReport) -> list[str]:
    """Give the ids of sessions that are claimed here and have not handed over."""
    at_work = {claim.id for claim in list_claims(workspace.state) if claim.at_work}
    outcomes = (told.outcome for told in report.sessions)
    unended = (Outcome.MISSING, Outcome.IN_PROGRESS)
    absent = (str(told.session_id) for told in outcomes if told.outcome in unended)
    return [known for known in absent if known in at_work]


def _tell_absent(absent: Sequence[str]) -> str:
    abandons = [f"`handoff-md session abandon {known}`" for known in absent[:_MANY_IDS]]
    if len(absent) > _MANY_IDS:
        abandons.append("and so on")
    who, takes = (
        ("a session has", "takes it") if len(absent) == 1 else ("sessions have", "take them")
    )
    return (
        f"{who} not ended: `handoff-md run finish --salvage` merges what was left; "
        f"{', '.join(abandons)} {takes} out of the run"
    )


def _finished_before(workspace: Workspace, orchestrator: str | None, heard: Heard) -> FinishedRun:
    if other := heard.unread or _none_active(workspace):
        raise other
    latest = next(list_closed(workspace.state), None)
    if latest is None or not latest.finished or not is_leader(latest.run, orchestrator):
        last = f"; the last one, of session {latest.run.orchestrator}, was " if latest else ""
        ended = ("finished" if latest.finished else "cancelled") if latest else ""
        unseen = f"; {heard.unseen}" if heard.unseen else ""
        raise HandoffError(
            f"no run is active{last}{ended}{unseen}",
            "Start one with `handoff-md run start --orchestrator ID`; "
            "`handoff-md merge --orchestrator ID` merges without a run.",
        )
    run = latest.run
    for dropped in find_dropped_merges(workspace):
        if dropped.merge.orchestrator == run.orchestrator:
            raise ContentError(
                f"the run of session {run.orchestrator} is finished, but {dropped.message}",
                f"Run `{dropped.command}` to make it again.",
            )
    note = f"the run of session {run.orchestrator} is finished already; nothing was done"
    report = MergeReport(
        MergeStatus.NOTHING_TO_MERGE, workspace.config.handoff, run.orchestrator, notes=(note,)
    )
    return FinishedRun(run, report, closed=True)


def _none_active(workspace: Workspace) -> HandoffError | None:
    """Say that the run which is active is about another document; None where there is none."""
    other = find_other_run(workspace)
    if other is None:
        return None
    return HandoffError(
        f"no run is active for {workspace.config.handoff}: that of session {other.orchestrator} "
        f"is for another document, {other.document}",
        f"{command_for(workspace, other.document, 'run status')} tells of it.",
    )


def cancel_run(
    directory: Path, orchestrator: str | None, *, take_over: bool, now: dt.datetime
) -> RunCancelAnswer:
    """Give the active run up. Claims, logs and summaries stay: a merge can still collect them.

    ``now`` is kept as the moment in which it was closed.

    Raises:
        RunActiveError: the run is another orchestrator's, and is not taken over.
        HandoffError: no run is active, or files stand in the way.
    """
    workspace = open_workspace(directory)
    if find_run(workspace) is None and (unread := ask_remote(workspace).unread):
        raise unread
    with workspace.locked():
        sweep(workspace)
        run = find_run(workspace)
        if run is None:
            raise _none_active(workspace) or HandoffError(
                "no run is active", "There is nothing to cancel."
            )
        if not take_over:
            refuse_other_leader(workspace, run, orchestrator)
        members = find_members(workspace, run).members
        close_cancelled(workspace, run, now)
    ids, notes = tuple(map(str, members)), retire_run(workspace, run)
    return RunCancelAnswer(run.token, run.orchestrator, ids, notes)
