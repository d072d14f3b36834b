"""Examines a repository: all checks, one after the other, whatever each of them finds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from handoff_md.app.checkup.documents import check_document, check_set_up
from handoff_md.app.checkup.environment import check_git, check_state
from handoff_md.app.checkup.finding import Finding, Level
from handoff_md.app.checkup.hooks import check_hooks
from handoff_md.app.checkup.leftovers import (
    check_index_locks,
    check_journal,
    check_lock,
    check_temporary_files,
)
from handoff_md.app.checkup.sessions import check_claims, check_merged, check_run
from handoff_md.app.checkup.tracking import (
    check_driver,
    check_ignored,
    check_summaries,
)
from handoff_md.app.checkup.worktrees import check_worktrees
from handoff_md.app.setup.plan import SetupRequest
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.errors import ConfigError, HandoffError
from handoff_md.git.process import GitMissingError
from handoff_md.git.repository import Repository
from handoff_md.git.version import read_git_version
from handoff_md.git.worktrees import Worktree, has_linked_worktrees, list_worktrees

VERSION = 1


@dataclass(frozen=True, slots=True)
class Checkup:
    """What was examined, and what was found.

    ``root`` is None where no repository could be opened; ``git`` is git's version, None without.
    """

    root: Path | None
    git: str | None
    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """Give 2 where the environment is in the way, 1 for other problems, else 0."""
        levels = {finding.level for finding in self.findings}
        return 2 if Level.ENVIRONMENT in levels else int(Level.PROBLEM in levels)

    def to_json(self) -> dict[str, object]:
        """Give the documented JSON object."""
        return {
            "version": VERSION,
            "root": str(self.root) if self.root else None,
            "git": self.git,
            "findings": [
                {
                    "name": finding.name,
                    "level": finding.level.value,
                    "message": finding.message,
                    "mend": finding.mend,
                }
                for finding in self.findings
            ],
        }


def examine(directory: Path, today: dt.date, now: dt.datetime) -> Checkup:
    """Examine the repository of a folder; nothing is changed.

    Args:
        directory: where the command runs.
        today: the date that a new document would get.
        now: the moment from which ages are counted, with its time zone.

    Raises:
        HandoffError: the repository itself can't be looked at.
    """
    try:
        git, recent = read_git_version(directory)
    except GitMissingError:
        git, recent = None, False
    found = [*check_git(git, recent=recent)]
    try:
        workspace = open_workspace(directory)
    except HandoffError as error:
        name = "config-unreadable" if isinstance(error, ConfigError) else "not-opened"
        found.append(Finding(name, Level.ENVIRONMENT, error.message, error.hint))
        return Checkup(None, git, tuple(found))
    found += check_state(workspace.state)
    found += check_set_up(SetupRequest(directory=directory, today=today))
    found += check_document(workspace)
    found += check_run(workspace, now)
    found += check_claims(workspace, now)
    found += check_merged(workspace)
    found += _check_leftovers(workspace, now)
    return Checkup(workspace.root, git, tuple(found))


def _check_leftovers(workspace: Workspace, now: dt.datetime) -> Iterator[Finding]:
    worktrees: tuple[Worktree, ...] = ()
    yield from check_journal(workspace)
    yield from check_lock(workspace)
    repository = workspace.repository
    if repository:
        if has_linked_worktrees(repository):
            worktrees = list_worktrees(repository)
        yield from check_summaries(workspace, repository)
        yield from check_ignored(workspace, repository)
        yield from check_driver(workspace, repository)
        yield from check_hooks(workspace, repository)
        yield from check_index_locks(_git_dirs(repository), now)
        yield from check_worktrees(workspace, worktrees)
    yield from check_temporary_files(workspace, worktrees, now)


def _git_dirs(repository: Repository) -> tuple[Path, ...]:
    """Give the git directories of all work trees. Source: gitrepository-layout(5)."""
    linked = repository.common_dir / "worktrees"
    return (repository.common_dir, *(sorted(linked.iterdir()) if linked.is_dir() else ()))
