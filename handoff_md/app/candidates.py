"""What is there to be named on a command line: sessions, summaries and runs. Nothing is judged."""

from __future__ import annotations

from pathlib import Path

from handoff_md.app.belonging import concern_of
from handoff_md.app.workspace import open_workspace
from handoff_md.store.archive import copies_folder
from handoff_md.store.claims import list_claims
from handoff_md.store.runs import list_closed, load_run
from handoff_md.value import Value


class Completion(Value):
    """A word that may stand on a command line, and what it is about."""

    word: str
    about: str = ""


def find_sessions(directory: Path, *, at_work: bool = False) -> tuple[Completion, ...]:
    """Give the sessions that hold an id, in id order, each with its title.

    With ``at_work`` only those that have not ended.

    Raises:
        HandoffError: configuration, files or git stand in the way.
    """
    workspace = open_workspace(directory)
    about = concern_of(workspace)
    claims = [
        claim
        for claim in list_claims(workspace.state)
        if about(claim.document) and (claim.at_work or not at_work)
    ]
    claims.sort(key=lambda claim: claim.order)
    return tuple(Completion(claim.id, claim.title) for claim in claims)


def find_waiting(directory: Path) -> tuple[Completion, ...]:
    """Give the sessions whose summaries wait here, or were handed over, in id order.

    Raises:
        HandoffError: configuration, files or git stand in the way.
    """
    from handoff_md.sessions.inbox import Inbox, list_summary_files  # loads the parser

    workspace = open_workspace(directory)
    inboxes = [
        Inbox(workspace.root, workspace.config.summaries),
        Inbox(workspace.state, copies_folder(workspace.state).name),
    ]
    found = {one.session_id for inbox in inboxes for one in list_summary_files(inbox)[0]}
    return tuple(Completion(str(one)) for one in sorted(found, key=lambda known: known.order))


def find_runs(directory: Path) -> tuple[Completion, ...]:
    """Give the runs of this clone, the latest first, each with its orchestrator and start.

    Raises:
        HandoffError: configuration, files or git stand in the way.
    """
    workspace = open_workspace(directory)
    about, active = concern_of(workspace), load_run(workspace.state)
    runs = [*([active] if active else []), *(one.run for one in list_closed(workspace.state))]
    return tuple(
        Completion(run.token, f"session {run.orchestrator}, {run.started_at}")
        for run in runs
        if about(run.document)
    )
