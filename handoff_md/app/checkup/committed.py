"""Checks that HEAD holds what merges have reported as done."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.app.checkup.finding import CheckupFinding, Urgency, mend_by
from handoff_md.app.workspace import Workspace
from handoff_md.errors import HandoffError
from handoff_md.git.head import read_head
from handoff_md.git.repository import Repository
from handoff_md.git.status import inspect_paths, refuse_uncommittable
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
    data = read_bytes(workspace.handoff, root=workspace.root, limit=None)
    held = read_head(repository, path)
    if held == data:
        return
    told, committed = index_sessions(parse(data)), index_sessions(parse(held or b""))
    ids = [
        one.session.id
        for one in list_merged(workspace.state)
        if tells_of(told, one) and not tells_of(committed, one)
    ]
    inspection = inspect_paths(repository, [path])
    if not ids or inspection.paths[path].ignored:
        return
    mend = f"commit {path}, alone"
    try:
        refuse_uncommittable(repository, inspection, path)
    except HandoffError as error:
        mend = mend_by(error)
    message = f"{path} tells of sessions that were merged, and HEAD does not: {', '.join(ids)}"
    yield CheckupFinding("merge-uncommitted", Urgency.PROBLEM, message, mend)
