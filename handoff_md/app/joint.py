"""The one run of all machines, and what is asked of the remote before a merge.

A run that was started in another clone is active here as well, from the next contact on, and is
over here when its ref is gone.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator

from handoff_md.app.belonging import concern_of
from handoff_md.app.contact import Contact, reach_remote
from handoff_md.app.elsewhere import describe_unread, list_unread
from handoff_md.app.workspace import Workspace
from handoff_md.errors import HandoffError
from handoff_md.git.branches import Branch, find_remote_branches_with
from handoff_md.git.refs import PushVerdict
from handoff_md.git.tips import read_tips
from handoff_md.ledger.announced import (
    RECORD,
    RUN_REF,
    SUMMARIES,
    AnnouncedRun,
    announce_run,
    read_run,
    write_announced,
)
from handoff_md.ledger.records import Run
from handoff_md.store.archive import find_merged
from handoff_md.store.files import digest
from handoff_md.store.lock import hold_lock
from handoff_md.store.published import AdoptedRun, find_starter, save_adopted
from handoff_md.store.runs import adopt_run, close_run, closed_runs, load_run


def ask_remote(workspace: Workspace) -> tuple[str, ...]:
    """Hear from the remote of other clones' run and sessions, and tell it what waits; give notes.

    Raises:
        HandoffError: files or git stand in the way here.
    """
    if not workspace.uses_refs:
        return ()
    with reach_remote(workspace) as contact:
        contact.settle()
        follow_run(workspace, contact)
        contact.delete([*_merged_refs(workspace, contact)])
        unread = list_unread(workspace) if contact.works else ()
        return (*contact.notes, *describe_unread(unread))


def follow_run(workspace: Workspace, contact: Contact) -> None:
    """Make the run that the remote tells of active here, and end one that it tells of no more.

    A run that was started here is left as it is. One that was closed here is over for all.

    Raises:
        HandoffError: files stand in the way here.
    """
    if not contact.works:
        return
    told = _read_run(contact)
    if RUN_REF in contact.seen and told is None:
        contact.notes.append(
            f"{RUN_REF} on {contact.remote} is no record of a run that this version can read"
        )
        return
    state, timeout = workspace.state, workspace.config.lock_timeout
    local = load_run(state)
    if told and (local is None or local.token != told.run) and _was_closed(workspace, told):
        # What has finished or cancelled it here could not tell, or was killed before.
        contact.delete([RUN_REF])
        told = None
    token = told.run if told else ""
    over = bool(local and find_starter(state, local) and local.token != token)
    if told is None and not over:
        if local and not local.copied_from:
            contact.notes.append(
                f"the run that is active here is not on {contact.remote}: other clones do not know "
                "of it, or have finished it"
            )
        return
    with hold_lock(state, timeout=timeout, on_wait=lambda: None):
        if local and over:
            host = find_starter(state, local)
            contact.notes.append(
                f"the run of session {local.orchestrator}, started on {host}, is over: it is gone "
                f"from {contact.remote}"
            )
            close_run(state, local, finished=True)
        if told and (local is None or over):
            save_adopted(state, AdoptedRun(told.run, told.host))
            adopt_run(state, told.to_run())
    if told and local and not over and told.run != local.token:
        contact.notes.append(_two_runs(contact, told))


def plan_run(workspace: Workspace, contact: Contact, run: Run) -> None:
    """Write down that a run is to be that of all machines, before it is started here.

    Raises:
        HandoffError: files or git stand in the way here.
    """
    if workspace.uses_refs:
        contact.want(RUN_REF, *_tell(run))


def publish_run(workspace: Workspace, contact: Contact, run: Run) -> None:
    """Make a run that was planned, and started here, the run of all machines.

    Where the remote can't be asked, that is done at the next contact.

    Raises:
        RunElsewhereError: another clone has started one.
        HandoffError: files or git stand in the way here.
    """
    if not workspace.uses_refs or not contact.works:
        return
    outcome = contact.offer(RUN_REF, *_tell(run))
    if outcome.verdict is PushVerdict.LOST:
        raise RunElsewhereError(
            _two_runs(contact, _read_run(contact)),
            "Wait until it is finished, or join it: `handoff-md session start` does.",
        )
    if not outcome.won:
        said = f" ({outcome.said})" if outcome.said else ""
        contact.notes.append(f"other clones do not know of the run{said}")


class RunElsewhereError(HandoffError):
    """Another clone has started a run."""


def retire_run(workspace: Workspace, run: Run) -> tuple[str, ...]:
    """End a run for all machines; give notes on what could not be told.

    What was merged is no more told of than its commit is on the remote.
    """
    if not workspace.uses_refs:
        return ()
    try:
        with reach_remote(workspace) as contact:
            contact.settle()
            told = _read_run(contact)
            gone = [RUN_REF] if told and told.run == run.token else []
            contact.delete([*gone, *_merged_refs(workspace, contact)])
            return tuple(contact.notes)
    except HandoffError as error:
        return (f"the remote is not told that the run is over: {error.message}",)


def _tell(run: Run) -> tuple[str, bytes, str]:
    """Give the path, the bytes and the message of what is told of a run."""
    data = write_announced(announce_run(run, host=socket.gethostname()))
    return RECORD, data, f"handoff-md: run of {run.orchestrator}"


def _was_closed(workspace: Workspace, told: AnnouncedRun) -> bool:
    return any(run.token == told.run for run in closed_runs(workspace.state))


def _read_run(contact: Contact) -> AnnouncedRun | None:
    return read_run(contact.read(RUN_REF, RECORD)) if RUN_REF in contact.seen else None


def _two_runs(contact: Contact, told: AnnouncedRun | None) -> str:
    whose = f" of session {told.orchestrator}, by {told.host}," if told else ""
    return f"another run{whose} is active on {contact.remote}"


def _merged_refs(workspace: Workspace, contact: Contact) -> Iterator[str]:
    """Name the summaries on the remote that a merge of this clone took, once that is there too."""
    repository = workspace.repository
    names = [name for name in contact.seen if name.startswith(SUMMARIES)]
    known = find_merged(workspace.state, concern_of(workspace)) if names else {}
    if repository is None or not known:
        return
    branches = [Branch(name, contact.seen[name], is_local=True) for name in names]
    limit, folder = workspace.config.max_summary_size, workspace.config.committed
    arrived: dict[str, bool] = {}
    for file in read_tips(repository, branches, folder, lambda _: True, limit=limit).files:
        merged = known.get(digest(file.data))
        commit = merged.merge.commit if merged else None
        if commit and commit not in arrived:
            arrived[commit] = bool(find_remote_branches_with(repository, commit))
        if commit and arrived[commit]:
            yield file.branch.name
