"""Where git looks for a repository's hooks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from handoff_md.git.process import run_git

if TYPE_CHECKING:
    from handoff_md.git.repository import Repository


def hooks_folder(repository: Repository) -> Path:
    """Return the folder of the hooks, ``core.hooksPath`` honoured; it may not exist.

    Raises:
        GitError: git can't tell.
    """
    command = ["rev-parse", "--path-format=absolute", "--git-path", "hooks"]
    return Path(run_git(command, cwd=repository.root).line())
