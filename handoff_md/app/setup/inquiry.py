"""What git says of a repository's hooks and of its merge driver, asked once each."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from handoff_md.app.workspace import Workspace
from handoff_md.git.repository import Repository, hooks_folder
from handoff_md.git.setup import DriverState, inspect_driver
from handoff_md.value import Value


class Inquiry(Value, dict=True, gc=True):
    """One look at how git is set up for a document; what is never needed is never asked.

    It keeps its answers, so it serves for planning and for checking, not past a change. An answer
    that fails (GitError) is asked for anew.
    """

    repository: Repository
    handoff: str

    @cached_property
    def hooks(self) -> Path:
        """Give the folder of the hooks, see `hooks_folder`."""
        return hooks_folder(self.repository)

    @cached_property
    def driver(self) -> DriverState:
        """Give what there is of the merge driver's registration, see `inspect_driver`."""
        return inspect_driver(self.repository.root, self.handoff)

    def about(self, handoff: str) -> Inquiry:
        """Give the inquiry for a document: this one, or a new one where it is another."""
        return self if handoff == self.handoff else Inquiry(self.repository, handoff)


def inquire(workspace: Workspace) -> Inquiry | None:
    """Begin an inquiry; None where there is no repository to ask."""
    repository = workspace.repository
    return Inquiry(repository, workspace.config.handoff) if repository else None
