"""What a merge would give, of summaries or of a branch, for looking at: nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from handoff_md.app.belonging import find_run
from handoff_md.app.joint import ask_remote
from handoff_md.app.merge.branches import fetch_first, overlaps_of
from handoff_md.app.merge.collect import list_inboxes, read_ids
from handoff_md.app.merge.plan import Plan, make_plan
from handoff_md.app.merge.report import Watch
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.merge.scope import scope_to_run
from handoff_md.app.workspace import open_workspace
from handoff_md.config import Config
from handoff_md.errors import ContentError, GitError
from handoff_md.merge.candidate import UNKNOWN
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.text.edit import Patch
    from handoff_md.threeway.result import ThreeWayMerge


def plan_preview(
    request: MergeRequest, watch: Watch | None = None, *, compares: bool = False
) -> Plan:
    """Work out the merge that ``request`` asks for; ``watch`` is told of what is fetched for it.

    ``compares`` asks the remote first where sessions tell it of themselves, and adds notes on what
    the sessions' branches have in common.

    Nobody merges yet, so the orchestrator may be unknown; it then reads ``Session ?``. No lock is
    taken and nothing is waited for: a summary is taken as it is now.

    Raises:
        HandoffError: as `handoff_md.app.merge.pipeline`.
    """
    workspace = open_workspace(request.directory)
    asked = ask_remote(workspace).notes if compares else ()
    run = find_run(workspace)
    if run:
        # Looking is nobody's privilege: what its own orchestrator would get is shown to all.
        request = scope_to_run(workspace, replace(request, run=run.token))
    fetch_first(workspace, request, watch or Watch())
    orchestrator = read_ids([request.orchestrator])[0] if request.orchestrator else UNKNOWN
    inboxes = list_inboxes(workspace, request)
    plan = make_plan(workspace, inboxes, request, orchestrator, trusting=True)
    if not compares:
        return plan
    ids = [str(session.outcome.session_id) for session in plan.report.sessions]
    overlaps = overlaps_of(workspace, request, ids)
    is_handed_in = workspace.is_derived and plan.merge.merged
    built = (_tell_built(workspace.config),) if is_handed_in else ()
    notes = (*asked, *plan.report.notes, *built, *overlaps.notes)
    return replace(plan, report=replace(plan.report, notes=notes))


def _tell_built(config: Config) -> str:
    """Say what a merge does where the document is built."""
    return (
        f"{config.handoff} is built: a merge writes files in {config.committed}, and the main "
        "branch builds it of them, about like this"
    )


class PlannedMerge(Value):
    """The merge to come: what it gives, as a patch of HEAD's version of ``path``."""

    path: str
    merged: ThreeWayMerge
    patch: Patch
    notes: tuple[str, ...]


def plan_merge(directory: Path, branch: str) -> PlannedMerge:
    """Work out what merging ``branch`` into HEAD would give.

    Raises:
        ContentError: one side has no document.
        GitError: this is no repository, there is no such branch, or git fails.
    """
    from handoff_md.git.history import read_merge_to_come
    from handoff_md.git.index import read_conflict_style
    from handoff_md.git.setup import NAME, read_merge_attribute, write_attribute
    from handoff_md.text.alignment import patch_lines
    from handoff_md.text.source import decode
    from handoff_md.threeway.document import merge_three_way
    from handoff_md.threeway.result import Labels

    workspace = open_workspace(directory)
    path = workspace.config.handoff
    if workspace.repository is None:
        raise GitError(f"no branch can be merged: {workspace.note}")
    versions = read_merge_to_come(workspace.repository, workspace.git_path, branch)
    if versions.ours is None or versions.theirs is None:
        lacking = "HEAD" if versions.ours is None else branch
        raise ContentError(f"{lacking} has no {path}", "There is nothing to merge by structure.")
    notes = []
    if versions.bases > 1:
        notes.append(f"HEAD and {branch} part in {versions.bases} commits; the first one counts")
    attribute = read_merge_attribute(workspace.root, workspace.git_path)
    if attribute not in (None, NAME):
        how = write_attribute(attribute)
        notes.append(f"git itself merges {path} as {how} says: `handoff-md doctor` tells more")
    merged = merge_three_way(
        versions.base or b"",
        versions.ours,
        versions.theirs,
        policy="newest" if workspace.config.merge_policy == "newest" else "strict",
        labels=Labels("HEAD", "base", branch),
        hints=workspace.config.hints(),
        conflict_style=read_conflict_style(workspace.root),
    )
    patch = patch_lines(decode(versions.ours), decode(merged.content))
    return PlannedMerge(path, merged, patch, (*notes, *merged.notes))
