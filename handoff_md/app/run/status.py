"""Says how far a run has come: which sessions are expected, at work, ended, or missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec.structs import replace

from handoff_md.answer import Answer
from handoff_md.app.belonging import find_other_run, find_run
from handoff_md.app.elsewhere import list_elsewhere
from handoff_md.app.joint import ask_remote
from handoff_md.app.merge.branches import fetch_first, notes_of, overlaps_of
from handoff_md.app.merge.collect import collect, list_inboxes, read_ids
from handoff_md.app.merge.report import SessionReport, Watch
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.merge.scope import find_members
from handoff_md.app.overlaps import OverlapAnswer, Overlaps, UnmergedAnswer
from handoff_md.app.preview import plan_preview
from handoff_md.app.session.listing import age_of
from handoff_md.app.snapshot import take_snapshot
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.errors import FileError, HandoffError
from handoff_md.ledger.records import Run
from handoff_md.ledger.state import REFUSED, SessionState, state_by_summary
from handoff_md.merge.request import MergeOptions
from handoff_md.merge.result import Outcome
from handoff_md.merge.summaries import judge_summaries
from handoff_md.store.claims import list_claims
from handoff_md.store.runs import run_path
from handoff_md.syntax.session_id import SessionId
from handoff_md.value import Value


class RunSession(Value):
    """A session of the active run.

    Attributes:
        id: the session.
        title: its title.
        agent: who works in it.
        state: how far it has come.
        expected: whether the run expects it.
        age: the seconds since its start, or null.
        root: the work tree in which it was started, or null.
        log: its log, relative to `root`, or null.
        summary: its summary, or null.
        status: how far its work came, as its summary says, or null.
        problems: why `run finish` would refuse its summary: clauses that follow its name.
    """

    id: str
    title: str
    agent: str
    state: SessionState
    expected: bool
    age: int | None
    root: str | None
    log: str | None
    summary: str | None
    status: str | None
    problems: tuple[str, ...]


class RunStatusAnswer(Answer):
    """What `run status --json` prints.

    Attributes:
        active: whether a run is active.
        run: the token of the run; null where none is active.
        orchestrator: the session that started it, or null.
        started_at: when, in UTC, or null.
        age: the seconds since its start, or null.
        file: the path of the run's file.
        copied_from: the repository in which the run was begun, where this one is a copy; else null.
        other_document: the document that the active run is about, where it is another; else null.
        expect: the sessions that have to report.
        expect_count: how many have to report, or null.
        sessions: all of the run.
        problems: what stands in the way of `run finish` as a whole.
        overlaps: the files that the branches of several sessions changed.
        unmerged: the sessions whose branch is not merged into this one.
        notes: what of the branches can't be seen.
    """

    active: bool
    run: str | None
    orchestrator: str | None
    started_at: str | None
    age: int | None
    file: str
    copied_from: str | None
    other_document: str | None
    expect: tuple[str, ...]
    expect_count: int | None
    sessions: tuple[RunSession, ...]
    problems: tuple[str, ...]
    overlaps: tuple[OverlapAnswer, ...]
    unmerged: tuple[UnmergedAnswer, ...]
    notes: tuple[str, ...]


class RunStatus(Value):
    """The active run (None without one), its age in seconds, and its sessions in id order.

    ``problems`` are why `run finish` would refuse the run as a whole, each a sentence.
    ``other`` is the run that is active for another document instead; ``notes`` say what of the
    branches can't be seen, and ``overlaps`` what they have in common.
    """

    run: Run | None
    file: Path
    age: int
    sessions: tuple[RunSession, ...]
    problems: tuple[str, ...] = ()
    other: Run | None = None
    notes: tuple[str, ...] = ()
    overlaps: Overlaps = Overlaps()

    @property
    def counts(self) -> dict[SessionState, int]:
        """Count the sessions in each state."""
        return {state: sum(s.state is state for s in self.sessions) for state in SessionState}

    def to_json(self) -> RunStatusAnswer:
        """Give the documented JSON object."""
        run = self.run
        return RunStatusAnswer(
            active=run is not None,
            run=run.token if run else None,
            orchestrator=run.orchestrator if run else None,
            started_at=run.started_at if run else None,
            age=self.age if run else None,
            file=str(self.file),
            copied_from=(run.copied_from or None) if run else None,
            other_document=self.other.document if self.other else None,
            expect=run.expect if run else (),
            expect_count=run.expect_count if run else None,
            sessions=self.sessions,
            problems=self.problems,
            overlaps=self.overlaps.files,
            unmerged=self.overlaps.unmerged,
            notes=(*self.notes, *self.overlaps.unseen),
        )


def is_run_active(directory: Path) -> bool:
    """Tell whether a run is active; one whose file can't be read is.

    Raises:
        HandoffError: configuration or git stand in the way.
    """
    workspace = open_workspace(directory)
    try:
        return find_run(workspace) is not None
    except FileError:
        return run_path(workspace.state).exists()


def run_status(
    directory: Path,
    today: dt.date,
    now: dt.datetime,
    *,
    branches: tuple[str, ...] = (),
    fetch: bool = False,
    watch: Watch | None = None,
) -> RunStatus:
    """Look at the active run; nothing is changed, but what is fetched where that is asked for.

    ``branches`` are patterns of those to look into beside the configured ones.

    Raises:
        HandoffError: configuration, files or git stand in the way.
    """
    workspace = open_workspace(directory)
    asked = ask_remote(workspace).notes
    run, file = find_run(workspace), run_path(workspace.state)
    request = MergeRequest(
        directory=directory, today=today, allow_partial=True, branches=branches, fetch=fetch
    )
    fetch_first(workspace, request, watch or Watch())
    request = replace(request, fetch=False)
    looks = run is not None or branches or fetch
    notes = (*asked, *(notes_of(list_inboxes(workspace, request)) if looks else ()))
    if run is None:
        return RunStatus(None, file, 0, (), other=find_other_run(workspace), notes=notes)
    reports, problems = judge_reported(workspace, run, request)
    sessions = tuple(judge_sessions(workspace, run, reports, now))
    overlaps = overlaps_of(workspace, request, [one.id for one in sessions])
    age = age_of(run.started_at, now)
    return RunStatus(run, file, age, sessions, problems, notes=notes, overlaps=overlaps)


def judge_reported(
    workspace: Workspace, run: Run, request: MergeRequest
) -> tuple[dict[SessionId, SessionReport], tuple[str, ...]]:
    """Say of each summary what `run finish` would, and what else would stand in its way.

    Where the document itself does, the summaries are judged without it.
    """
    problems: tuple[str, ...] = ()
    try:
        found = plan_preview(request).report.sessions
    except HandoffError as error:
        problems = (error.message,)
        found = _judge_alone(workspace, run, request)
    reports: dict[SessionId, SessionReport] = {}
    for report in sorted(found, key=lambda report: not report.outcome.problems):
        if report.outcome.outcome is not Outcome.MISSING:
            reports.setdefault(report.outcome.session_id, report)
    return reports, problems


def _judge_alone(
    workspace: Workspace, run: Run, request: MergeRequest
) -> tuple[SessionReport, ...]:
    """Judge the summaries as a merge into an empty document would."""
    config, leader = workspace.config, read_ids([run.orchestrator])[0]
    inboxes = list_inboxes(workspace, request)
    collection = collect(workspace, inboxes, request, leader, trusting=True)
    judged = judge_summaries(
        [found.summary for found in collection.summary_files],
        orchestrator=leader,
        today=request.today,
        options=MergeOptions(handoff=config.handoff, require_logs=config.require_logs),
        logs=collection.logs,
    )
    paths = {found.summary.origin: found.file.origin for found in collection.summary_files}
    return tuple(SessionReport(one, paths.get(one.origin), None) for one in judged)


def judge_sessions(
    workspace: Workspace, run: Run, reports: Mapping[SessionId, SessionReport], now: dt.datetime
) -> Iterator[RunSession]:
    """Say how far each session of a run has come, in id order.

    ``reports`` say what a merge makes, or has made, of those that have a summary.

    Raises:
        FileError: a record or the document can't be read.
        GitError: git can't tell.
    """
    found = find_members(workspace, run)
    elsewhere = {claim.key: claim for claim in list_elsewhere(workspace)}
    claims = elsewhere | {claim.key: claim for claim in list_claims(workspace.state)}
    unclaimed = set() if run.expect else reports.keys() - {*found.members, *found.outside}
    members = sorted({*found.members, *unclaimed}, key=lambda session_id: session_id.order)
    here = [one.key for one in members if one.key in claims.keys() - elsewhere.keys()]
    known = take_snapshot(workspace, [claims[key] for key in here])
    known = replace(known, logged=known.logged | elsewhere.keys())
    expected = set(found.members)
    for session_id in members:
        claim, report = claims.get(session_id.key), reports.get(session_id)
        outcome = report.outcome if report else None
        summary = _BY_OUTCOME.get(outcome.outcome) if outcome else None
        state = state_by_summary(known, claim, summary)
        work = outcome.work if outcome else None
        title = claim.title if claim else ""
        yield RunSession(
            id=str(outcome.session_id if outcome else session_id),  # as it was written
            title=title or (outcome.title if outcome else ""),
            agent=claim.agent if claim else "",
            state=state,
            expected=session_id in expected,
            age=age_of(claim.started_at, now) if claim and claim.started_at else None,
            root=(claim.root or None) if claim else None,
            log=(claim.log or None) if claim else None,
            summary=report.summary if report else None,
            status=work.value if work else (claim.status or None) if claim else None,
            problems=outcome.problems if outcome and state in REFUSED else (),
        )


_BY_OUTCOME = {
    Outcome.MERGED: SessionState.ENDED,
    Outcome.ALREADY_MERGED: SessionState.MERGED,
    Outcome.INVALID: SessionState.INVALID,
    Outcome.CONFLICTING: SessionState.CONFLICTING,
    Outcome.IN_PROGRESS: SessionState.UNFINISHED,
}
