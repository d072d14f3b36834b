"""Where a command works: the root, the repository if there is one, the configuration, the state."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from handoff_md.config import FILE_NAME, Config, find_config, override_config
from handoff_md.errors import FileError, GitError
from handoff_md.git.process import GitMissingError
from handoff_md.git.repository import (
    Repository,
    find_original,
    find_repository,
    has_remote,
    read_repository,
)
from handoff_md.store.place import refuse_foreign

_INDEX_SECONDS = 10
STATE = "handoff-md"
"""The folder of the shared state, in the common git directory."""
_STATE_WITHOUT_GIT = ".agents/.handoff-md"
_READ_BY_GIT = (".gitattributes", ".gitignore")
YOUNG_SECONDS = 60.0
"""A temporary file that is younger may be another command's that is at work: it stays."""


class Workspace(NamedTuple):
    """A root folder with its configuration, in which ``coordination`` is never ``auto``.

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
    def without_git(self) -> str:
        """Say why there is no repository to ask: none is there, or git is not installed."""
        return "git is not installed" if self.lacks_git else f"{self.root} is no git repository"

    @property
    def is_derived(self) -> bool:
        """Tell whether the document is built, and no command writes into it."""
        return self.config.profile == "derived"

    @property
    def commits_summaries(self) -> bool:
        """Tell whether sessions commit their summaries, for whoever collects them from branches."""
        return self.repository is not None and self.config.coordination != "local"

    @property
    def uses_refs(self) -> bool:
        """Tell whether sessions tell the remote of themselves by refs, where it takes them."""
        return self.repository is not None and self.config.coordination == "refs"

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
        self.refuse_outside(self.config.handoff, folder)
        return (folder / self.handoff.name).relative_to(self.root).as_posix()

    def refuse_outer_folders(self) -> None:
        """Refuse folders for logs and summaries that a symbolic link leads out of the root.

        Raises:
            FileError: what is written there would be another repository's, or nobody's.
        """
        for name in (self.config.sessions, self.config.summaries):
            self.refuse_outside(name, Path(os.path.realpath(self.root / name)))

    def refuse_outside(self, name: str, folder: Path, *, kind: str = "folder") -> None:
        """Refuse what a name leads to, links resolved, if that lies outside of the root.

        Raises:
            FileError: it does.
        """
        if not folder.is_relative_to(self.root):
            raise FileError(
                f"{name} leads to {folder}, which lies outside {self.root}",
                f"Replace the symbolic link by the {kind} itself.",
            )

    @property
    def summaries(self) -> Path:
        """Give the folder of the summaries."""
        return self.root / self.config.summaries

    def locked(self, on_wait: Callable[[], None] = lambda: None) -> AbstractContextManager[None]:
        """Hold the lock of the state for a `with` block; ``on_wait`` as in `hold_lock`.

        Raises:
            FileError: the state can't be written, or the lock was not free in time.
        """
        from handoff_md.store.lock import hold_lock

        return hold_lock(self.state, timeout=self.config.lock_timeout, on_wait=on_wait)


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
        _refuse_copy(seen)
        root, state = seen.root, seen.common_dir / STATE
        refuse_foreign(state, seen.common_dir)
    else:
        root = _root_without_git(start)
        state = root / _STATE_WITHOUT_GIT
        refuse_foreign(state, root)
    found = None if isolated else find_config(start, root)
    config = override_config(found, settings)
    if repository:
        _refuse_pipes(root, config)
    if config.coordination == "auto":
        tells = repository is not None and has_remote(repository.root)
        config = config._replace(coordination="refs" if tells else "local")
    return Workspace(
        root,
        repository,
        config,
        state,
        note,
        lacks_git=seen is not repository,
        config_file=found[0] if found else None,
    )


def _refuse_copy(repository: Repository) -> None:
    """Refuse to work in the copy of a work tree: git would work on the original's repository."""
    original = find_original(repository)
    if original is not None:
        raise GitError(
            f"{repository.root} is a copy of the work tree {original}, and what git does here it "
            f"does to the repository of that: {repository.common_dir}",
            f"Work in {original}; git worktree add or git clone makes a work tree of its own.",
        )


def _refuse_pipes(root: Path, config: Config) -> None:
    """Refuse attributes and ignore rules beside the files in question for which git would wait."""
    files = (config.handoff, f"{config.summaries}/-", f"{config.sessions}/-")
    folders = {folder for file in files for folder in PurePosixPath(file).parents}
    for path in (root / folder / name for folder in folders for name in _READ_BY_GIT):
        with suppress(OSError):
            kind = path.stat().st_mode
            if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
                raise FileError(
                    f"{path} is not a regular file, and git would wait for it",
                    "Replace it by a file, or remove it.",
                )


def _root_without_git(start: Path) -> Path:
    default = Config().handoff
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file() or (folder / default).is_file():
            return folder
    return start


def sweep(workspace: Workspace, *more: Path) -> None:
    """Remove what was left for longer than a minute; what can't be removed stays.

    Args:
        workspace: where the command works: the folders of its document, of summaries, logs and
            records are swept.
        more: further folders that it writes to.
    """
    from handoff_md.store.files import sweep_orphans

    for folder in dict.fromkeys((*_swept_folders(workspace), *more)):
        with suppress(FileError):
            sweep_orphans(folder, older_than=YOUNG_SECONDS)


def _swept_folders(workspace: Workspace) -> Iterator[Path]:
    from handoff_md.store.archive import aside_folder, copies_folder
    from handoff_md.store.bindings import bindings_folder
    from handoff_md.store.claims import claims_folder, drafts_folder

    state = workspace.state
    yield from (workspace.root, workspace.handoff.parent, workspace.summaries)
    yield workspace.root / workspace.config.sessions
    yield from (state, state / "runs", copies_folder(state), aside_folder(state))
    yield from (bindings_folder(state), bindings_folder(state) / "fired", drafts_folder(state))
    yield from (claims_folder(state), claims_folder(state) / "released")
