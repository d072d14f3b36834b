"""Checks that HEAD holds what merges have reported as done."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.app.checkup.finding import CheckupFinding, Urgency, mend_by
from handoff_md.app.workspace import Workspace
from handoff_md.errors import GitError, HandoffError
from handoff_md.git.absent import explain_silence, hidden_error
from handoff_md.git.objects import read_head
from handoff_md.git.repository import Repository
from handoff_md.git.status import PathState, inspect_paths, refuse_uncommittable
from handoff_md.ledger.merged import tells_of
from handoff_md.semantics.entries.identity import index_sessions
from handoff_md.store.archive import list_merged
from handoff_md.store.files import read_bytes
from handoff_md.syntax.parse import parse


def check_committed(workspace: Workspace, repository: Repository) -> Iterator[CheckupFinding]:
    """Check that no session was merged, and its summary archived, without a commit.

    Raises:
        HandoffError: files or git stand in the way.
    """
    path = workspace.git_path
    if not workspace.handoff.is_file():
        return
    inspection = inspect_paths(repository, [path])
    state = inspection.paths[path]
    if unseen := _explain_unseen(repository, path, state):
        yield CheckupFinding("document-hidden", Urgency.PROBLEM, unseen.message, mend_by(unseen))
    data = read_bytes(workspace.handoff, root=workspace.root, limit=None)
    held = read_head(repository, path)
    if held == data or state.ignored:
        return
    hints = workspace.config.hints()
    told, committed = (
        index_sessions(parse(version, hints=hints)) for version in (data, held or b"")
    )
    ids = [
        one.session.id
        for one in list_merged(workspace.state)
        if tells_of(told, one) and not tells_of(committed, one)
    ]
    if not ids:
        return
    mend = f"commit {path}, alone"
    try:
        refuse_uncommittable(repository, inspection, path)
    except HandoffError as error:
        mend = mend_by(error)
    message = f"{path} tells of sessions that were merged, and HEAD does not: {', '.join(ids)}"
    yield CheckupFinding("merge-uncommitted", Urgency.PROBLEM, message, mend)


def _explain_unseen(repository: Repository, path: str, state: PathState) -> GitError | None:
    """Say why git would not see a change of the document, with which each merge would end."""
    if state.hidden:
        return hidden_error(repository.root, path)
    if state.tracked or state.exists_untracked or state.ignored:
        return None
    return explain_silence(repository, path)
