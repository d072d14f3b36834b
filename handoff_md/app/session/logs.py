"""Which file is a session's log, of those in all work trees: they are compared, not understood."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from handoff_md.app.belonging import is_own_root
from handoff_md.app.work_trees import roots_of
from handoff_md.app.workspace import Workspace
from handoff_md.git.history import list_versions
from handoff_md.git.index import list_tracked
from handoff_md.git.repository import find_repository
from handoff_md.git.status import inspect_paths
from handoff_md.ledger.records import Claim
from handoff_md.store.claims import is_as_made
from handoff_md.store.files import read_bytes


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
    return (root / claim.log).is_file() and not is_as_made(claim, read_log_bytes(root, claim))


def is_left_uncommitted(claim: Claim) -> bool:
    """Tell whether a session's log lies where it was started, and HEAD there lacks it.

    Raises:
        GitError: git can't tell.
    """
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
    repository = find_repository(root)
    if repository is None or find_repository(other) is None:
        return False
    state = inspect_paths(repository, [claim.log]).paths[claim.log]
    changed = state.staged or state.unstaged or state.hidden or state.unmerged
    if changed or state.head_blob is None:
        return False
    return state.head_blob in list_versions(other, claim.log)
