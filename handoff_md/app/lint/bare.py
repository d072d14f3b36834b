"""Opens a repository without a work tree, whose configuration stands in the commits to check."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from handoff_md.app.workspace import STATE, Workspace
from handoff_md.config import CONFIG_FILES, find_in_texts, override_config
from handoff_md.git.objects import open_objects
from handoff_md.git.repository import Repository, find_history
from handoff_md.git.revisions import find_tip


def open_bare(
    directory: Path, revisions: str, *, settings: Sequence[str], isolated: bool
) -> Workspace:
    """Find out where a command that checks commits works, inside of a git directory.

    The configuration is that of the last commit: what a push brings is judged by its own.

    Args:
        directory: an existing folder.
        revisions: the commits to check.
        settings: ``KEY=VALUE`` pairs that come before the configuration's.
        isolated: use no configuration file.

    Raises:
        GitError: the repository can't be used.
        ConfigError: the configuration can't be.
    """
    repository = find_history(Path(os.path.realpath(directory)))
    tip = None if isolated else find_tip(repository, revisions)
    found = find_in_texts(_read_at(repository, tip)) if tip else None
    config = override_config(found, settings)
    return Workspace(
        repository.root,
        repository,
        config,
        repository.common_dir / STATE,
        config_file=found[0] if found else None,
    )


def _read_at(repository: Repository, commit: str) -> Mapping[str, bytes]:
    """Read the files of a commit that may hold the configuration."""
    with open_objects(repository) as objects:
        read = {name: objects.read_blob(f"{commit}:{name}") for name in CONFIG_FILES}
    return {name: data for name, data in read.items() if data is not None}
