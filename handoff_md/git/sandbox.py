"""Throw-away repositories for a demonstration, made with GitPython, which only it pays for.

They know nothing of the user's settings, hooks and identity.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from handoff_md.errors import GitError
from handoff_md.git.process import GitMissingError

if TYPE_CHECKING:
    from git import Repo

_SETTINGS = (
    ("user", "name", "handoff-md demo"),
    ("user", "email", "demo@example.invalid"),
    ("commit", "gpgsign", "false"),
    ("core", "hooksPath", os.devnull),
    ("core", "autocrlf", "false"),
)


@contextmanager
def own_git_settings() -> Iterator[None]:
    """Keep the user's git settings and environment out, and put the environment back after."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        del os.environ[name]
    os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def make_repository(root: Path, *, message: str) -> None:
    """Make a repository of a folder, its content the first commit on ``main``.

    Raises:
        GitError: git is missing or fails.
    """
    with _told_errors():
        from git import Repo  # noqa: PLC0415 - 85 ms that only the demonstration pays

        with Repo.init(root, initial_branch="main") as repository:
            with repository.config_writer() as config:
                for section, key, value in _SETTINGS:
                    config.set_value(section, key, value)
            repository.git.add("--all")
            repository.git.commit("--quiet", "--message", message)


def add_worktree(root: Path, place: Path, branch: str) -> None:
    """Add a linked worktree on a new branch (GitError: git fails)."""
    with _opened(root) as repository:
        repository.git.worktree("add", "--quiet", "-b", branch, str(place))


def commit_everything(root: Path, *, message: str) -> None:
    """Commit all that has changed (GitError: git fails)."""
    with _opened(root) as repository:
        repository.git.add("--all")
        repository.git.commit("--quiet", "--message", message)


def merge_branches(root: Path, branches: Sequence[str]) -> None:
    """Merge branches into the one that is checked out (GitError: they conflict)."""
    with _opened(root) as repository:
        repository.git.merge("--quiet", "--no-edit", *branches)


def read_status(root: Path) -> str:
    """Give what ``git status --porcelain`` prints: nothing for a clean work tree."""
    with _opened(root) as repository:
        return str(repository.git.status("--porcelain"))


def read_last_commit(root: Path) -> tuple[str, tuple[str, ...]]:
    """Give the message of HEAD, and the lines of its ``--name-status``."""
    with _opened(root) as repository:
        message = repository.git.log("-1", "--format=%B")
        files = repository.git.show("--format=", "--name-status", "HEAD")
    return str(message), tuple(str(files).splitlines())


@contextmanager
def _opened(root: Path) -> Iterator[Repo]:
    with _told_errors():
        from git import Repo  # noqa: PLC0415 - as above

        with Repo(root) as repository:
            yield repository


@contextmanager
def _told_errors() -> Iterator[None]:
    """Turn GitPython's errors into ours."""
    try:
        from git.exc import GitCommandError, GitCommandNotFound  # noqa: PLC0415 - as above
    except ImportError as error:
        raise GitMissingError("git is not installed or not on PATH", "Install git.") from error
    try:
        yield
    except GitCommandNotFound as error:
        raise GitMissingError("git is not installed or not on PATH", "Install git.") from error
    except GitCommandError as error:
        raise GitError(f"git failed in {error.command}: {str(error.stderr).strip()}") from error
