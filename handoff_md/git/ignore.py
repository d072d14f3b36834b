"""What the ignore rules say of a path, whether or not it exists or is tracked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoff_md.git.process import run_git

if TYPE_CHECKING:
    from handoff_md.git.repository import Repository


def is_ignored(repository: Repository, path: str) -> bool | None:
    """Tell whether git ignores a path; None where it can't tell (the path is in a submodule).

    ``path`` is relative to the root, with ``/``. One process.

    Raises:
        GitError: git can't be started.
    """
    command = ["check-ignore", "--quiet", "--no-index", "--", path]
    code = run_git(command, cwd=repository.root, check=False).code
    return {0: True, 1: False}.get(code)
