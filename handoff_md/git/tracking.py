"""What git tracks of a folder, and which rule makes it ignore a path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoff_md.errors import GitError
from handoff_md.git.process import explain_failure, pathspec, run_git, split_nul

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handoff_md.git.repository import Repository

_NONE = 1
_BEYOND_LINK = b"is beyond a symbolic link"


def list_named(repository: Repository, names: Sequence[str]) -> tuple[str, ...]:
    """Return the tracked files that have one of these names, in any folder; sorted. One process.

    Raises:
        GitError: git can't tell.
    """
    patterns = [f":(glob)**/{name}" for name in names]
    listed = run_git(["ls-files", "-z", "--", *patterns], cwd=repository.root).stdout
    return tuple(sorted(set(split_nul(listed))))


def find_ignore_rule(repository: Repository, path: str) -> str | None:
    """Return the file whose rule ignores ``path``, as git names it, or None.

    A file of the work tree is named relative to its root; the user's own files by their absolute
    path, or from ``.git``. Whether git tracks the path makes no difference.

    Raises:
        GitError: git can't tell.
    """
    command = ["check-ignore", "--verbose", "--no-index", "-z", "--stdin"]
    asked = path.encode("utf-8", "surrogateescape") + b"\0"
    told = run_git(command, cwd=repository.root, stdin=asked, check=False)
    if _BEYOND_LINK in told.stderr:
        raise GitError(
            f"{path} lies in a folder that is reached by a symbolic link, and git keeps no file "
            f"under such a path",
            "Replace the link by the folder itself, or name the folder that it leads to in "
            "handoff-md.toml: handoff, summaries, sessions, protocol and guide.",
        )
    if told.code not in (0, _NONE):
        raise explain_failure(f"git can't tell what ignores {path}", told)
    match split_nul(told.stdout):
        case [source, _, pattern, _] if not pattern.startswith("!"):
            return source
        case _:
            return None


def tracked_below(repository: Repository, folder: str) -> tuple[str, ...]:
    """Return the paths that the index holds below a folder, relative to the root.

    Raises:
        GitError: git can't tell.
    """
    command = ["ls-files", "-z", "--", pathspec(folder)]
    return tuple(split_nul(run_git(command, cwd=repository.root).stdout))
