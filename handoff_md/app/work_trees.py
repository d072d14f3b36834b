"""The work trees of a repository that are there, and which of them has what of a session's log.

Logs are compared, not understood.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from handoff_md.app.workspace import Workspace
from handoff_md.git.objects import find_head
from handoff_md.git.repository import find_repository
from handoff_md.git.worktrees import has_linked_worktrees, list_worktrees
from handoff_md.store.files import read_bytes

if TYPE_CHECKING:
    from handoff_md.ledger.records import Claim
    from handoff_md.syntax.grammar import LogName
    from handoff_md.syntax.session_id import SessionId


def roots_of(workspace: Workspace) -> tuple[Path, ...]:
    """Give the roots of this checkout and of all linked worktrees that are there, this one first.

    Raises:
        GitError: the worktrees can't be listed.
    """
    repository = workspace.repository
    if repository and has_linked_worktrees(repository):
        return tuple(heads_of(workspace))
    return (workspace.root,)


def branches_of(workspace: Workspace) -> Mapping[str, str]:
    """Give the branches that linked worktrees have checked out now, by their roots.

    Raises:
        GitError: the worktrees can't be listed.
    """
    repository = workspace.repository
    if repository is None or not has_linked_worktrees(repository):
        return {}
    trees = list_worktrees(repository)
    return {os.path.realpath(tree.path): tree.branch for tree in trees if tree.branch}


def heads_of(workspace: Workspace) -> Mapping[Path, str | None]:
    """Give the roots as `roots_of`, each with its HEAD's commit; None before the first one.

    Raises:
        GitError: the worktrees can't be listed.
    """
    repository = workspace.repository
    if repository is None:
        return {workspace.root: None}
    if not has_linked_worktrees(repository):
        return {workspace.root: find_head(repository)}
    listed = [(Path(os.path.realpath(tree.path)), tree.head) for tree in list_worktrees(repository)]
    heads = {root: head for root, head in listed if root.is_dir()}
    own = heads[workspace.root] if workspace.root in heads else find_head(repository)
    return {workspace.root: own} | {r: h for r, h in heads.items() if r != workspace.root}


def find_root(workspace: Workspace, claim: Claim) -> Path | None:
    """Find a work tree that holds a session's log: here, where it was started, or elsewhere.

    Which of several holds the agent's own is not asked: `find_logs` does.

    Raises:
        GitError: the worktrees can't be listed.
    """
    from handoff_md.app.belonging import is_own_root

    likely = (workspace.root, Path(claim.root))
    for root in likely:
        if (root / claim.log).is_file() and is_own_root(workspace, root):
            return root
    return next((r for r in roots_of(workspace) if (r / claim.log).is_file()), None)


def find_unclaimed_logs(
    workspace: Workspace, session_id: SessionId
) -> dict[str, tuple[Path, LogName]]:
    """Find the logs that a session may have which nobody has claimed, by name, with their roots.

    Raises:
        FileError: a folder can't be read.
        GitError: the worktrees can't be listed.
    """
    from handoff_md.sessions.logs import list_logs

    checkouts = [list_logs(root, workspace.config.sessions) for root in roots_of(workspace)]
    return {
        log.name: (checkout.root, log)
        for checkout in reversed(checkouts)
        for log in checkout.index.find(session_id, None)
    }


def has_log(workspace: Workspace, session_id: SessionId) -> bool:
    """Tell whether a session has a log, and no other one may be its own.

    Raises:
        FileError: its claim or a folder can't be read.
        GitError: the worktrees can't be listed.
    """
    from handoff_md.app.belonging import concerns
    from handoff_md.store.claims import load_claim

    claim = load_claim(workspace.state, session_id.key)
    if claim is None:
        return len(find_unclaimed_logs(workspace, session_id)) == 1
    return concerns(workspace, claim.document) and find_root(workspace, claim) is not None


def find_logs(workspace: Workspace, claim: Claim) -> tuple[Path, ...]:
    """Find the work trees with a log that a session's agent may have written.

    This work tree comes first, then that in which the session was started. A log that still reads
    as it was made counts only where there is no other; of equal ones the first does, and one that
    is committed gives way to a later version of itself. More than one is left where several were
    written to: nobody but the agent knows which counts.

    Raises:
        FileError: a log can't be read.
        GitError: git can't tell.
    """
    from handoff_md.app.belonging import is_own_root
    from handoff_md.store.claims import is_as_made

    first = dict.fromkeys((workspace.root, Path(claim.root)))
    listed = roots_of(workspace)
    known = [root for root in first if root in listed or is_own_root(workspace, root)]
    held: dict[bytes, Path] = {}
    for root in dict.fromkeys((*known, *listed)):
        if (root / claim.log).is_file():
            held.setdefault(read_log_bytes(root, claim), root)
    written = [root for data, root in held.items() if not is_as_made(claim, data)]
    latest = [
        root
        for root in written
        if not any(_is_earlier(claim, root, other) for other in written if other != root)
    ]
    return tuple(latest or written or list(held.values())[:1])


def remove_copies(workspace: Workspace, claim: Claim, kept: Path, data: bytes) -> None:
    """Remove the logs of a session in other work trees that hold nothing of their own.

    They read as they were made, or as ``data``, what is kept in the work tree ``kept``. They would
    stand in the way of the branch that brings that one. One that git tracks, or that can't be
    removed, stays.
    """
    from handoff_md.git.index import list_tracked
    from handoff_md.store.claims import is_as_made

    known = data.replace(b"\r\n", b"\n")
    for root in roots_of(workspace):
        log = root / claim.log
        if root == kept or not log.is_file():
            continue
        found = read_log_bytes(root, claim)
        if found != known and not is_as_made(claim, found):
            continue
        if workspace.repository and list_tracked(root, [claim.log]):
            continue
        with suppress(OSError):
            log.unlink()


def is_written(claim: Claim, root: Path) -> bool:
    """Tell whether a work tree has a session's log, and somebody has written to it (FileError)."""
    from handoff_md.store.claims import is_as_made

    return (root / claim.log).is_file() and not is_as_made(claim, read_log_bytes(root, claim))


def is_left_uncommitted(claim: Claim) -> bool:
    """Tell whether a session's log lies where it was started, and HEAD there lacks it.

    Raises:
        GitError: git can't tell.
    """
    from handoff_md.git.status import inspect_paths

    root = Path(claim.root)
    repository = find_repository(root) if (root / claim.log).is_file() else None
    if repository is None:
        return False
    return inspect_paths(repository, [claim.log]).paths[claim.log].head_blob is None


def read_log_bytes(root: Path, claim: Claim) -> bytes:
    """Read a log, with the line endings that it was made with, whatever git has made of them.

    Raises:
        FileError: it can't be read.
    """
    return read_bytes(root / claim.log, root=root, limit=None).replace(b"\r\n", b"\n")


def _is_earlier(claim: Claim, root: Path, other: Path) -> bool:
    """Tell whether what a work tree has is committed there, and was in the other's history."""
    from handoff_md.git.history import list_versions
    from handoff_md.git.status import inspect_paths

    repository = find_repository(root)
    if repository is None or find_repository(other) is None:
        return False
    state = inspect_paths(repository, [claim.log]).paths[claim.log]
    changed = state.staged or state.unstaged or state.hidden or state.unmerged
    if changed or state.head_blob is None:
        return False
    return state.head_blob in list_versions(other, claim.log)
