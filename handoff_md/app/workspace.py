"""Where a command works: the root, the repository if there is one, the configuration, the state."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from handoff_md.config import FILE_NAME, Config, find_config, override_config
from handoff_md.errors import FileError
from handoff_md.git.layout import read_repository
from handoff_md.git.process import GitMissingError
from handoff_md.git.repository import Repository, find_repository

_INDEX_SECONDS = 10
STATE = "handoff-md"
"""The folder of the shared state, in the common git directory."""
_STATE_WITHOUT_GIT = ".agents/.handoff-md"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A root folder with its configuration.

    ``repository`` is None where git is not used; ``note`` then says why. ``state`` is the folder
    that all worktrees share; it may not exist yet. ``lacks_git`` says that there is a repository,
    and no git to ask it. ``config_file`` is the configuration's file, None without one.
    """

    root: Path
    repository: Repository | None
    config: Config
    state: Path
    note: str = ""
    lacks_git: bool = False
    config_file: Path | None = None

    @property
    def handoff(self) -> Path:
        """Give the path of the handoff document; its folder's links are resolved, not its own."""
        return self.root / self.config.handoff

    @property
    def index_seconds(self) -> float:
        """Give how long to wait for git's index: another git command is done sooner, or stuck."""
        return min(self.config.lock_timeout, _INDEX_SECONDS)

    @property
    def git_path(self) -> str:
        """Give the document's path as git knows it: relative to the root, folders' links resolved.

        Raises:
            FileError: a link leads out of the root.
        """
        folder = Path(os.path.realpath(self.handoff.parent))
        if not folder.is_relative_to(self.root):
            raise FileError(
                f"{self.config.handoff} leads to {folder}, which lies outside {self.root}",
                "Replace the symbolic link by the folder itself.",
            )
        return (folder / self.handoff.name).relative_to(self.root).as_posix()

    @property
    def summaries(self) -> Path:
        """Give the folder of the summaries."""
        return self.root / self.config.summaries


def open_workspace(
    directory: Path, *, settings: Sequence[str] = (), isolated: bool = False
) -> Workspace:
    """Find out where a command that runs in ``directory`` works.

    Without a repository the root is the closest folder upward that has a configuration of its own
    or the handoff document, else ``directory`` itself.

    Args:
        directory: an existing folder.
        settings: ``KEY=VALUE`` pairs that come before the configuration's.
        isolated: use no configuration file.

    Raises:
        FileError: there is no such folder.
        GitError: the repository can't be used.
        ConfigError: the configuration can't be.
    """
    start = Path(os.path.realpath(directory))
    if not start.is_dir():
        raise FileError(f"there is no folder {directory}", "Name another one with -C.")
    try:
        seen = repository = find_repository(start)
        note = "" if repository else "this is no git repository: nothing is committed"
    except GitMissingError:
        # Whoever has git shares the state with who has not: a run, and who has which id.
        seen, repository = read_repository(start), None
        note = "git is not installed: nothing is committed"
        note += ", and linked worktrees are not looked at" if seen else ""
    if seen:
        root, state = seen.root, seen.common_dir / STATE
    else:
        root = _root_without_git(start)
        state = root / _STATE_WITHOUT_GIT
    found = None if isolated else find_config(start, root)
    config = override_config(found, settings)
    return Workspace(
        root,
        repository,
        config,
        state,
        note,
        lacks_git=seen is not repository,
        config_file=found[0] if found else None,
    )


def _root_without_git(start: Path) -> Path:
    default = Config().handoff
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file() or (folder / default).is_file():
            return folder
    return start
