"""What a merge would give, for looking at: the same pipeline, and nothing is written."""

from __future__ import annotations

from msgspec.structs import replace

from handoff_md.app.belonging import find_run
from handoff_md.app.merge.collect import list_inboxes, read_ids
from handoff_md.app.merge.plan import Plan, make_plan
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.merge.scope import scope_to_run
from handoff_md.app.workspace import open_workspace
from handoff_md.syntax.session_id import SessionId

UNKNOWN = SessionId("?", None, "?")


def plan_preview(request: MergeRequest) -> Plan:
    """Work out the merge that ``request`` asks for.

    Nobody merges yet, so the orchestrator may be unknown; it then reads ``Session ?``. No lock is
    taken and nothing is waited for: a summary is taken as it is now.

    Raises:
        HandoffError: as `handoff_md.app.merge.pipeline`.
    """
    workspace = open_workspace(request.directory)
    run = find_run(workspace)
    if run:
        # Looking is nobody's privilege: what its own orchestrator would get is shown to all.
        request = scope_to_run(workspace, replace(request, run=run.token))
    orchestrator = read_ids([request.orchestrator])[0] if request.orchestrator else UNKNOWN
    inboxes = list_inboxes(workspace, request)
    return make_plan(workspace, inboxes, request, orchestrator, trusting=True)
