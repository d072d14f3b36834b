"""Pushes what a run has merged, and joins it first with what others have pushed meanwhile."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from handoff_md.app.merge.branches import read_told
from handoff_md.app.merge.report import MergeReport, Watch
from handoff_md.app.merge.scope import is_on_main
from handoff_md.app.session.pushing import Pushing, begin_pushing, try_push
from handoff_md.app.workspace import Workspace
from handoff_md.errors import HandoffError
from handoff_md.git.joining import Unjoined, join_commit
from handoff_md.git.process import write_git
from handoff_md.git.remotes import Pushed
from handoff_md.ledger.records import Run
from handoff_md.ledger.state import SessionState
from handoff_md.merge.result import Outcome
from handoff_md.store.runs import list_closed
from handoff_md.syntax.session_id import SessionId, read_session_id

_MOST_PUSHES = 10
_AGAIN = "`handoff-md run finish --push`"


def push_merged(
    workspace: Workspace, run: Run, report: MergeReport, watch: Watch, *, verify: bool
) -> Pushed:
    """Push the branch that a run's merge is committed on; a failure is told, not raised.

    Where others have pushed to it meanwhile, that is fetched and merged by git with the document's
    driver, proved to hold every session of the run, built anew where the document is built, and
    pushed again: ten times at most. A branch that was rewritten or deleted there is left alone:
    what was dropped would come back.

    Raises:
        FileError: what is known of the run, or the document, can't be read.
        GitError: git can't tell where it stands, or can't undo a merge that it has begun.
    """
    if workspace.repository is None:
        return Pushed("", "", f"there is no branch to push: {workspace.without_git}")
    pushing = begin_pushing(workspace.repository, aside=f"run-{run.orchestrator}", again=_AGAIN)
    seconds, merged = workspace.config.network_timeout, _merged(workspace, run, report)
    held = _held(workspace, merged, report)
    is_sound = partial(_keeps, workspace, merged, report, held)
    settle = partial(_build_anew, workspace) if workspace.is_derived else None
    for _ in range(_MOST_PUSHES):
        tried = try_push(pushing, seconds=seconds, verify=verify, watch=watch)
        if not tried.tip:
            return tried.pushed
        left = join_commit(
            pushing.repository, tried.tip, is_sound=is_sound, verify=verify, settle=settle
        )
        if left:
            return _unjoined(pushing, left)
        if workspace.is_derived:
            _build_joined(workspace, run, watch, verify=verify)
    why = f"others were quicker, {_MOST_PUSHES} times; what they pushed is joined here"
    return pushing.failed(why, f"{_AGAIN} tries again")


def _unjoined(pushing: Pushing, left: Unjoined) -> Pushed:
    """Say why what others have pushed can't be joined, and how a person joins it."""
    why = f"it can't be joined with {pushing.remote}/{pushing.branch}: {left.why}"
    way = f"when that is mended, {_AGAIN} pushes it"
    if left.by_hand:
        command = write_git(pushing.repository.root, *left.by_hand, pushing.place)
        way = f"`{command}` begins the merge: end it with `git commit`, and {_AGAIN} pushes it"
    return pushing.failed(why, way)


def _build_joined(workspace: Workspace, run: Run, watch: Watch, *, verify: bool) -> None:
    """Build the document of what both sides have, where it is built here.

    Where that can't be, it stays as it was merged: whoever builds next is told why.
    """
    from handoff_md.app.derived.building import BuildRequest, build_document

    if is_on_main(workspace):
        request = BuildRequest(workspace.root, commit=True)
        with suppress(HandoffError):
            build_document(request, watch, verify=verify, run_token=run.token)


def _build_anew(workspace: Workspace) -> bool:
    """Build the document where both sides of a merge have; tell whether that was done."""
    from handoff_md.app.derived.building import build_of_both

    try:
        return build_of_both(workspace)
    except HandoffError:
        return False


def _held(
    workspace: Workspace, merged: frozenset[SessionId], report: MergeReport
) -> frozenset[str | SessionId]:
    """Give what is here of what was merged: sessions that the document tells of, or their files."""
    if workspace.is_derived:
        return frozenset(path for path in report.files if (workspace.root / path).is_file())
    return merged.intersection(read_told(workspace).by_id)


def _keeps(
    workspace: Workspace,
    merged: frozenset[SessionId],
    report: MergeReport,
    before: frozenset[str | SessionId],
) -> bool:
    return before <= _held(workspace, merged, report)


def _merged(workspace: Workspace, run: Run, report: MergeReport) -> frozenset[SessionId]:
    """Give the sessions of the run that are merged: by this command, or by an earlier one."""
    told = (Outcome.MERGED, Outcome.ALREADY_MERGED)
    now = (one.outcome.session_id for one in report.sessions if one.outcome.outcome in told)
    closed = next((one for one in list_closed(workspace.state) if one.run.token == run.token), None)
    members = closed.members if closed else ()
    before = (read_session_id(one.id) for one in members if one.state == SessionState.MERGED)
    return frozenset((*now, *filter(None, before)))
