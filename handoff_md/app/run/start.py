"""Starts a parallel run: from now on agents leave the handoff document alone."""

from __future__ import annotations

import datetime as dt
from functools import partial
from pathlib import Path

from handoff_md.answer import Answer
from handoff_md.app.belonging import begun_in, concerns
from handoff_md.app.contact import Contact, reach_remote
from handoff_md.app.documents import command_for
from handoff_md.app.joint import find_unread_run, meet, plan_run, publish_run
from handoff_md.app.merge.collect import read_ids
from handoff_md.app.session.start import StartAnswer, Starter, StartRequest
from handoff_md.app.workspace import Workspace, open_workspace, sweep
from handoff_md.errors import HandoffError
from handoff_md.ledger.records import Run
from handoff_md.ledger.state import SessionState
from handoff_md.store.runs import add_sessions, close_run, load_run, run_path, start_run
from handoff_md.value import Value


class RunRequest(Value, kw_only=True):
    """How a run is started; ``claim`` is how many sessions start with it."""

    directory: Path
    today: dt.date
    now: dt.datetime
    orchestrator: str
    expect: tuple[str, ...] = ()
    expect_count: int | None = None
    claim: int = 0


class ClaimedSessionAnswer(Value):
    """A session that was claimed with a run.

    Attributes:
        id: the session.
        state: how far it has come: it is started.
        root: the work tree in which it was started, absolute.
        log: its log, relative to `root`.
        summary: its summary to come, relative to `root`.
    """

    id: str
    state: SessionState
    root: str
    log: str
    summary: str


class RunStartAnswer(Answer):
    """What `run start --json` prints.

    Attributes:
        run: the token of the run.
        orchestrator: the session that started it, and will finish it.
        started_at: when, in UTC.
        file: the path of the run's file.
        expect: the sessions that have to report.
        expect_count: how many have to report, or null.
        sessions: those that were claimed with it.
        notes: what the remote could not be told.
    """

    run: str
    orchestrator: str
    started_at: str
    file: str
    expect: tuple[str, ...]
    expect_count: int | None
    sessions: tuple[ClaimedSessionAnswer, ...]
    notes: tuple[str, ...]


def begin_run(request: RunRequest) -> RunStartAnswer:
    """Start a run, and the sessions that were asked for.

    The lock is held while the run's file is made: a merge or an entry that is under way is finished
    first. Of two that start a run at once one gets it, and the other is told.

    Raises:
        HandoffError: a run is active, an id is none, or files or git stand in the way.
    """
    workspace = open_workspace(request.directory)
    with reach_remote(workspace) as contact:
        meet(workspace, contact)
        if unread := find_unread_run(workspace, contact):
            raise unread
        return _begin(workspace, request, contact)


def _begin(workspace: Workspace, request: RunRequest, contact: Contact) -> RunStartAnswer:
    leader = read_ids([request.orchestrator])[0]
    expected = read_ids(request.expect)
    started_at = request.now.astimezone(dt.UTC).isoformat(timespec="seconds")
    with workspace.locked():
        sweep(workspace)
        run = start_run(
            workspace.state,
            orchestrator=str(leader),
            started_at=started_at,
            expect=tuple(map(str, dict.fromkeys(expected))),
            expect_count=request.expect_count,
            document=workspace.config.handoff,
            plan=partial(plan_run, workspace, contact),
        )
        if run is None:
            raise _active(workspace)
    try:
        publish_run(workspace, contact, run)
        sessions = _claim(workspace, run, request, contact)
    except HandoffError as error:
        with workspace.locked():
            close_run(workspace.state, run, finished=False, closed_at=started_at)
        contact.settle()
        told = "The run is cancelled; `handoff-md session list` names what it has claimed."
        raise type(error)(error.message, f"{error.hint} {told}".lstrip()) from error
    if sessions:
        run = add_sessions(workspace.state, run, tuple(session.id for session in sessions))
    notes = (*contact.take_notes(), *dict.fromkeys(n for one in sessions for n in one.notes))
    return RunStartAnswer(
        run=run.token,
        orchestrator=run.orchestrator,
        started_at=run.started_at,
        file=str(run_path(workspace.state)),
        expect=run.expect,
        expect_count=run.expect_count,
        sessions=tuple(
            ClaimedSessionAnswer(one.id, SessionState.STARTED, one.root, one.log, one.summary)
            for one in sessions
        ),
        notes=notes,
    )


def _claim(
    workspace: Workspace, run: Run, request: RunRequest, contact: Contact
) -> tuple[StartAnswer, ...]:
    """Start the sessions; each knows the run, so that a crash in between loses none of them."""
    if not request.claim:
        return ()
    asked = StartRequest(
        directory=request.directory, today=request.today, now=request.now, reserve=True
    )
    starter = Starter(workspace, run, asked, contact)
    return tuple(starter.start() for _ in range(request.claim))


def _active(workspace: Workspace) -> HandoffError:
    run = load_run(workspace.state)
    if run and not concerns(workspace, run.document):
        return HandoffError(
            f"a run of session {run.orchestrator} is active for another document, {run.document}",
            "A repository has one run at a time: wait until that one is finished. "
            f"{command_for(workspace, run.document, 'run status')} tells of it.",
        )
    whose = f" of session {run.orchestrator}, since {run.started_at}" if run else ""
    if run and run.copied_from:
        whose += f"; it was {begun_in(run.copied_from)}"
    return HandoffError(
        f"a run is active already{whose}",
        "`handoff-md run status` tells of it. Finish it (`handoff-md run finish`), or give it up "
        "(`handoff-md run cancel`).",
    )
