"""Fills in the objective of a session's log, for agents that hand all of it over at the end."""

from __future__ import annotations

from pathlib import Path

from handoff_md.app.session.find import find_session, lost_log, read_log, refuse_rivals
from handoff_md.app.session.titles import checked_title
from handoff_md.app.workspace import open_workspace
from handoff_md.semantics.retitle import fill_objective
from handoff_md.store.files import digest, replace_bytes
from handoff_md.store.lock import hold_lock


def note_objective(directory: Path, session_id: str, text: str) -> bool:
    """Write the objective of a session into its log, and tell whether its log says this one now.

    A log that has another objective keeps it; one without a place for it is left as it is.

    Raises:
        ContentError: the text can't be an objective; the log is not known for certain.
        HandoffError: usage, configuration, files or git stand in the way.
    """
    workspace = open_workspace(directory)
    objective = checked_title(text, hint="Say in one line what the session was to achieve.")
    found = find_session(workspace, session_id, command="session end")
    if found.root is None:
        raise lost_log(workspace, found)
    refuse_rivals(found.claim, found.roots)
    log = read_log(workspace, found.root, found.claim)
    if log.words.objective:
        return log.words.objective == objective
    patch = fill_objective(log.document, objective)
    if patch is None:
        return False
    timeout = workspace.config.lock_timeout
    with hold_lock(workspace.state, timeout=timeout, on_wait=lambda: None):
        replace_bytes(log.root / log.path, patch.apply().to_bytes(), expected=digest(log.data))
    return True
