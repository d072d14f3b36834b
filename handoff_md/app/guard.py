"""Says yes or no to a commit that is being made, for the hooks before commits and merges."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.errors import ContentError, FileError
from handoff_md.git.index import (
    is_staged,
    list_staged,
    merged_sides,
    read_committed,
    read_staged,
    repeats_commits,
)
from handoff_md.git.process import write_git
from handoff_md.git.repository import Repository

if TYPE_CHECKING:
    from handoff_md.ledger.records import Run


def concerned_workspaces(directory: Path) -> tuple[Workspace, ...]:
    """Find the workspaces of a commit that changes handoff documents; none for another commit.

    A repository may have several documents, and its hook runs at the root.

    Imports little: most commits leave the documents alone, and each waits for this.

    Raises:
        HandoffError: the configuration or git stand in the way.
    """
    workspace = open_workspace(directory)
    if workspace.repository is None:
        return ()
    staged = frozenset(list_staged(workspace.repository))
    if not staged:
        return ()
    from handoff_md.app.documents import find_others

    found = (workspace, *(other.workspace for other in find_others(workspace)))
    return tuple(one for one in found if _path_of(one) in staged)


def _path_of(workspace: Workspace) -> str | None:
    """Give the document's path in git; None where it lies outside: no commit can hold it."""
    try:
        return workspace.git_path
    except FileError:
        return None


def check_commit(directory: Path, token: str | None) -> None:
    """Let a commit pass, or refuse it.

    Args:
        directory: where the hook runs.
        token: what ``HANDOFF_MD_RUN`` holds: the run's own in a commit that the tool makes.

    Raises:
        ContentError: it changes the handoff document while a run is active, and is not the
            orchestrator's; or it adds entries of several sessions outside of a parallel section.
        HandoffError: the configuration, the state or git stand in the way.
    """
    for workspace in concerned_workspaces(directory):
        assert workspace.repository is not None  # noqa: S101 - a commit is made in one
        _refuse_during_run(workspace, workspace.repository, token)
        _refuse_bundle(workspace, workspace.repository)


def _refuse_during_run(workspace: Workspace, repository: Repository, token: str | None) -> None:
    from handoff_md.app.belonging import find_run

    run = find_run(workspace)
    if run is None or token == run.token or _takes_a_side(repository, workspace.git_path):
        return
    path = workspace.git_path
    if merged_sides(repository):
        way_out = (
            f"Give the merge up (`{write_git(repository.root, 'merge', '--abort')}`), and make it "
            "again when the orchestrator has ended the run with `handoff-md run finish`."
        )
    else:
        leave_out = write_git(repository.root, "restore", "--staged", "--", path)
        way_out = (
            f"Leave it out (`{leave_out}`) and commit the rest. What you have to say goes to your "
            f"summary: {_ending(workspace, run)}. The orchestrator ends the run with "
            "`handoff-md run finish`."
        )
    copied = ""
    if run.copied_from:
        copied = f", copied with the repository from {run.copied_from}"
        way_out = "It ends here, and only here, with `handoff-md run cancel --take-over`."
    raise ContentError(
        f"a parallel run is active (orchestrator {run.orchestrator}, since {run.started_at}"
        f"{copied}), and this commit changes {path}",
        way_out,
    )


def _ending(workspace: Workspace, run: Run) -> str:
    """Name the command that ends the session at work in this work tree; how to find it, if not."""
    from handoff_md.store.claims import list_claims

    at_work = [
        claim.id
        for claim in list_claims(workspace.state)
        if Path(claim.root) == workspace.root and claim.at_work and claim.id != run.orchestrator
    ]
    if len(at_work) == 1:
        return f"`handoff-md session end {at_work[0]}`"
    return "`handoff-md session end ID`, with the id that `handoff-md session list` tells"


def _takes_a_side(repository: Repository, path: str) -> bool:
    """Tell whether a merge takes the document as another side has it: nothing is written then."""
    return any(not is_staged(repository, path, against=side) for side in merged_sides(repository))


def _refuse_bundle(workspace: Workspace, repository: Repository) -> None:
    if workspace.is_derived:
        return  # a build tells of whatever was handed in since the last one
    path = workspace.git_path
    old = read_committed(repository, path)
    new = read_staged(repository, path)
    if old is None or new is None or repeats_commits(repository):
        return
    from handoff_md.semantics.entries.identity import added_outside_parallel  # loads the parser
    from handoff_md.syntax.parse import parse

    hints = workspace.config.hints().in_versions
    added = added_outside_parallel(parse(old, hints=hints), parse(new, hints=hints))
    if len(added) > 1:
        take_out = write_git(repository.root, "restore", "--staged", "--", path)
        add = write_git(repository.root, "add", "--patch", "--", path)
        ids = ", ".join(str(key.session_id) for key in added)
        raise ContentError(
            f"this commit adds entries of several sessions to {path}, outside of a parallel "
            f"section: {ids}",
            f"Commit one session's entry at a time (`{take_out}`, then `{add}`), or have their "
            "summaries merged by `handoff-md merge --orchestrator ID`. If it is meant: "
            "`git commit --no-verify`.",
        )
