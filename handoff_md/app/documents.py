"""The handoff documents of a repository: a monorepo configures several, each in its own folder."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from handoff_md.app.workspace import Workspace
from handoff_md.config import CONFIG_FILES, find_config, override_config
from handoff_md.errors import ConfigError
from handoff_md.git.index import list_named


class OtherDocument(NamedTuple):
    """A document that another folder than the workspace's own configures."""

    folder: Path
    workspace: Workspace

    @property
    def path(self) -> str:
        """Give the document's path, relative to the root."""
        return self.workspace.config.handoff


def find_others(workspace: Workspace) -> Iterator[OtherDocument]:
    """Find the documents that tracked configurations name, and that are there; not its own.

    A configuration that can't be read is passed over: it is for who works there. One process.

    Raises:
        GitError: git can't tell which files are tracked.
    """
    if workspace.repository is None:
        return
    known = {workspace.config.handoff}
    for path in list_named(workspace.repository, CONFIG_FILES):
        file = workspace.root / path
        try:
            found = find_config(file.parent, workspace.root)
            config = override_config(found, ())
        except ConfigError:
            continue
        if found is None or found[0] != file or config.handoff in known:
            continue
        if (workspace.root / config.handoff).is_file():
            known.add(config.handoff)
            yield OtherDocument(file.parent, workspace._replace(config=config, config_file=file))


def say_where(workspace: Workspace, command: str) -> str:
    """Say which documents the repository has, and how to run a command there; empty without any."""
    others = [other.path for other in find_others(workspace)]
    if not others:
        return ""
    lines = ", ".join(command_for(workspace, path, command) for path in others)
    return f"The documents of this repository are {', '.join(others)}: run {lines}."


def command_for(workspace: Workspace, document: str, command: str) -> str:
    """Give the command line that runs a command about another document of the repository."""
    others = (other.folder for other in find_others(workspace) if other.path == document)
    folder = next(others, workspace.root)
    return f"`handoff-md -C {shlex.quote(str(folder))} {command}`"
