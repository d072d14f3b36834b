"""What of the shared records concerns a workspace: its own document, in this repository."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property, partial
from pathlib import Path

from handoff_md.app.documents import find_others
from handoff_md.app.workspace import Workspace
from handoff_md.git.repository import is_work_tree_of, read_repository
from handoff_md.ledger.records import Claim, Run
from handoff_md.store.claims import load_claim
from handoff_md.store.files import digest
from handoff_md.store.runs import load_run
from handoff_md.syntax.session_id import SessionId
from handoff_md.text.visible import shorten, visible


def find_run(workspace: Workspace) -> Run | None:
    """Give the active run, if it is about this workspace's document.

    Raises:
        FileError: there is one, but it can't be read; it counts as active.
    """
    run = load_run(workspace.state)
    return run if run and concerns(workspace, run.document) else None


def find_other_run(workspace: Workspace) -> Run | None:
    """Give the active run, if it is about another document.

    Raises:
        FileError: there is one, but it can't be read.
    """
    run = load_run(workspace.state)
    return run if run and not concerns(workspace, run.document) else None


def concerns(workspace: Workspace, document: str) -> bool:
    """Tell whether a record that names a document is about this workspace's.

    An older version's names none. One that no folder configures any more was renamed: whatever was
    recorded of it is this document's.

    Raises:
        GitError: git can't tell which configurations there are.
    """
    if document in ("", workspace.config.handoff):
        return True
    return all(other.path != document for other in find_others(workspace))


def concern_of(workspace: Workspace) -> Callable[[str], bool]:
    """Give `concerns` for many records of few documents: git is asked once for each document."""
    return cache(partial(concerns, workspace))


class Belonging:
    """Judges which document summaries are for, by what they name themselves.

    Which documents there are is asked once, where one is named that is not this workspace's.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @cached_property
    def _others(self) -> frozenset[str]:
        return frozenset(other.path for other in find_others(self._workspace))

    def why_not_here(self, session_id: SessionId, document: str, data: bytes) -> str:
        """Say, in a clause, why a summary is not merged here; empty where it is.

        One that this clone has handed over is about what its claim is, as `concerns` judges it: the
        document may have been renamed since.

        Raises:
            FileError: the claim can't be read.
            GitError: git can't tell which configurations there are.
        """
        if document in ("", self._workspace.config.handoff):
            return ""
        shown = shorten(visible(document))
        if document in self._others:
            return f"is for another document, {shown}: it is left out here"
        claim = load_claim(self._workspace.state, session_id.key)
        if claim and claim.document == document and claim.digest == digest(data):
            return ""
        return f"is for {shown}, which no configuration names: it is collected for no document"


def is_own_root(workspace: Workspace, root: Path) -> bool:
    """Tell whether a folder that a record names is the root of a work tree of this repository.

    Raises:
        GitError: a file that says where its data lies can't be read.
    """
    if root == workspace.root:
        return True
    repository = workspace.repository
    return repository is not None and is_work_tree_of(root, repository)


def is_own_file(workspace: Workspace, path: Path) -> bool:
    """Tell whether a file that a record names lies in this repository; it need not exist.

    Raises:
        GitError: a file that says where its data lies can't be read.
    """
    if path.is_relative_to(workspace.root) or path.is_relative_to(workspace.state):
        return True
    found = read_repository(path.parent) if workspace.repository else None
    return found is not None and is_own_root(workspace, found.root)


def tell_copied(what: str, record: Claim | Run) -> tuple[str, ...]:
    """Say that a record came from another repository, of which this one is a copy; else nothing."""
    if not record.copied_from:
        return ()
    return (copied_note(what, record.copied_from),)


def copied_note(what: str, original: str) -> str:
    """Say that something came from another repository, and what that means."""
    return f"{what} was {begun_in(original)}: nothing is done there, only here"


def begun_in(original: str) -> str:
    """Say where something was begun: in another repository, of which this one is a copy."""
    return f"begun in {original}, of which this repository is a copy"
