"""Tells what a missing handoff document means: git may have it, here or on another branch."""

from __future__ import annotations

import os

from handoff_md.app.workspace import Workspace
from handoff_md.errors import FileError, HandoffError
from handoff_md.git.absent import explain_absence, explain_elsewhere
from handoff_md.git.branches import find_branches_with
from handoff_md.git.index import find_ignore_rule
from handoff_md.git.process import write_git
from handoff_md.git.repository import Repository


def explain_missing(workspace: Workspace, hint: str) -> HandoffError:
    """Say that there is no document, and how to get it; ``hint`` where git does not have it.

    Raises:
        GitError: git can't tell.
    """
    if absent := explain_kept(workspace):
        return absent
    message = f"there is no {workspace.config.handoff} in {workspace.root}"
    if branch := find_other_branch(workspace):
        path = workspace.git_path
        command = write_git(workspace.root, "restore", f"--source={branch}", "--", path)
        return FileError(f"{message}, but the branch {branch} has it", f"Run `{command}`.")
    return FileError(message, hint)


def explain_kept(workspace: Workspace) -> HandoffError | None:
    """Say why git has the document, and the work tree does not; None where it has none, or both.

    Raises:
        GitError: git can't tell.
    """
    if workspace.repository is None or os.path.lexists(workspace.handoff):
        return None
    return explain_absence(workspace.repository, workspace.git_path)


def find_other_branch(workspace: Workspace) -> str | None:
    """Give a branch that has the document, the main one first; None where none has it.

    Raises:
        GitError: git can't tell.
    """
    if workspace.repository is None:
        return None
    branches = find_branches_with(workspace.repository, workspace.git_path)
    usual = (workspace.config.main_branch, "main", "master")
    return min(branches, key=lambda name: (name not in usual, "/" in name), default=None)


def refuse_elsewhere(repository: Repository, path: str) -> None:
    """Refuse a path that lies in another repository, below this one.

    One that this repository ignores passes: nothing of it is committed, and the commands say so.

    Raises:
        ElsewhereError: it does.
        GitError: git can't tell.
    """
    elsewhere = explain_elsewhere(repository, path)
    if elsewhere and find_ignore_rule(repository, path) is None:
        raise elsewhere
