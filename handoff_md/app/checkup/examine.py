"""Examines a repository: all checks, one after the other, whatever each of them finds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path

from handoff_md.answer import Answer
from handoff_md.app.checkup.documents import (
    check_branches,
    check_committed,
    check_document,
    check_driver,
    check_ignored,
    check_set_up,
    check_summaries,
    check_unmerged,
    inspect_once,
)
from handoff_md.app.checkup.finding import CheckupFinding, Urgency, mend_by
from handoff_md.app.checkup.installation import check_agents, check_git, check_hooks, check_state
from handoff_md.app.checkup.leftovers import (
    check_claims,
    check_git_locks,
    check_hook_failures,
    check_journal,
    check_lock,
    check_merged,
    check_run,
    check_temporary_files,
    check_worktrees,
)
from handoff_md.app.checkup.remote import check_remote
from handoff_md.app.setup.inquiry import inquire
from handoff_md.app.setup.plan import SetupRequest
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.errors import ConfigError, GitError, HandoffError
from handoff_md.git.process import GitMissingError
from handoff_md.git.setup import read_git_version
from handoff_md.git.worktrees import Worktree, has_linked_worktrees, list_worktrees
from handoff_md.store.files import file_error


class CheckupAnswer(Answer):
    """What `doctor --json` prints.

    Attributes:
        root: the root of the repository, or null where it can't be opened.
        git: git's version, or null without git.
        findings: what was found; empty where all is well.
    """

    root: str | None
    git: str | None
    findings: tuple[CheckupFinding, ...]

    @property
    def exit_code(self) -> int:
        """Give 2 where the environment is in the way, 1 for other problems, else 0."""
        levels = {finding.level for finding in self.findings}
        return 2 if Urgency.ENVIRONMENT in levels else int(Urgency.PROBLEM in levels)


def examine(directory: Path, today: dt.date, now: dt.datetime) -> CheckupAnswer:
    """Examine the repository of a folder; nothing is changed.

    A repository that can't be looked at is a finding, too.

    Args:
        directory: where the command runs.
        today: the date that a new document would get.
        now: the moment from which ages are counted, with its time zone.
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
        found.append(CheckupFinding(name, Urgency.ENVIRONMENT, error.message, mend_by(error)))
        return CheckupAnswer(None, git, tuple(found))
    request = SetupRequest(directory=directory, today=today)
    for check in _checks(workspace, request, now):
        found += _all_of(check)
    # What several checks stumble over is told once, by the first.
    told: dict[tuple[str, str], CheckupFinding] = {}
    for finding in found:
        told.setdefault((finding.message, finding.mend), finding)
    return CheckupAnswer(str(workspace.root), git, tuple(told.values()))


def _checks(
    workspace: Workspace, request: SetupRequest, now: dt.datetime
) -> Iterator[Iterable[CheckupFinding]]:
    """Give all checks; each is made as its findings are asked for."""
    repository, inquiry = workspace.repository, inquire(workspace)
    broken = [*_all_of(check_branches(repository))] if repository else []
    yield check_state(workspace.state)
    yield broken
    yield check_set_up(workspace, request, inquiry)
    yield check_document(workspace)
    yield check_run(workspace, now)
    yield check_claims(workspace, now, ask_branches=not broken)
    if not broken:
        yield check_merged(workspace)
    yield check_journal(workspace)
    yield check_lock(workspace)
    yield check_hook_failures(workspace)
    yield check_agents(workspace)
    worktrees: tuple[Worktree, ...] = ()
    if repository and inquiry:
        inspect = inspect_once(workspace, repository)
        yield check_committed(workspace, repository, inspect)
        yield check_summaries(workspace, repository)
        yield check_ignored(workspace, repository)
        yield check_driver(inquiry)
        yield check_unmerged(workspace, repository, inspect)
        yield check_hooks(workspace, inquiry)
        yield check_git_locks(repository, now)
        yield check_remote(workspace)
        try:
            worktrees = list_worktrees(repository) if has_linked_worktrees(repository) else ()
        except GitError as error:
            yield [_failed(error)]
        yield check_worktrees(workspace, worktrees)
    yield check_temporary_files(workspace, inquiry, worktrees, now)


def _all_of(check: Iterable[CheckupFinding]) -> Iterator[CheckupFinding]:
    """Give what a check finds; one that can't be made is a finding, and ends no other."""
    try:
        yield from check
    except HandoffError as error:
        yield _failed(error)
    except OSError as error:
        yield _failed(file_error("look at", Path(error.filename or "a file"), error))


def _failed(error: HandoffError) -> CheckupFinding:
    return CheckupFinding("check-failed", Urgency.PROBLEM, error.message, mend_by(error))
