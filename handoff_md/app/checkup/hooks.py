"""Checks that git runs the guard, by hooks of its own or by pre-commit's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from handoff_md.app.checkup.finding import Finding, Level, put_on_path, quoted
from handoff_md.app.setup.automation import PRE_COMMIT
from handoff_md.app.setup.git_files import (
    HOOKS,
    calls_guard,
    hook_changes,
    runs_guard,
    runs_pre_commit,
)
from handoff_md.app.workspace import Workspace
from handoff_md.git.hooks import hooks_folder
from handoff_md.git.repository import Repository

_INSTALL = "handoff-md init --hook"


@dataclass(frozen=True, slots=True)
class _Hook:
    """One of the hooks: where it is, what it does, and what to do where it does not run guard."""

    path: Path
    guards: bool
    outdated: bool
    mend: str


def check_hooks(workspace: Workspace, repository: Repository) -> Iterator[Finding]:
    """Check that the guard runs with each commit, where the project or the user wants that."""
    configured = calls_guard(_text_of(workspace.root / PRE_COMMIT))
    commit, merge = (_look_at(workspace, repository, name, configured=configured) for name in HOOKS)
    if not commit.guards:
        yield _missing(commit, configured=configured)
        return
    if not merge.guards:
        message = "no hook keeps merges without conflicts off HANDOFF.md while a run is active"
        yield Finding("merge-hook-missing", Level.ADVICE, message, merge.mend)
    for hook in (commit, merge):
        if hook.outdated:
            message = f"{hook.path} is of another version of handoff-md"
            yield Finding("hook-outdated", Level.PROBLEM, message, _INSTALL)
        if hook.guards and not os.access(hook.path, os.X_OK):
            message = f"{hook.path} is not executable, so git does not run it"
            mend = f"chmod +x -- {quoted(hook.path)}"
            yield Finding("hook-not-executable", Level.PROBLEM, message, mend)
    if shutil.which("handoff-md") is None:
        message = "the guard's hook runs `handoff-md`, which is not on PATH"
        yield Finding("command-not-found", Level.PROBLEM, message, put_on_path())


def _look_at(
    workspace: Workspace,
    repository: Repository,
    name: str,
    configured: bool,  # noqa: FBT001 - private
) -> _Hook:
    path = hooks_folder(repository) / name
    script = _text_of(path)
    changes, notes = hook_changes(repository, workspace.config, name)
    mend = _INSTALL if changes else "; ".join(notes)
    default = os.path.realpath(repository.common_dir / "hooks")
    if configured and os.path.realpath(path.parent) == default:
        # Where core.hooksPath is set, pre-commit installs nothing.
        mend = f"pre-commit install --hook-type {name}"
    guards = runs_guard(script, name) or (configured and runs_pre_commit(script))
    outdated = any(change.patch.edits and not change.creates for change in changes)
    return _Hook(path, guards, outdated, mend)


def _missing(hook: _Hook, *, configured: bool) -> Finding:
    """Say that git does not run the guard: a problem where pre-commit is to."""
    if not configured:
        message = "no hook keeps commits off HANDOFF.md while a run is active"
        return Finding("hook-missing", Level.ADVICE, message, hook.mend)
    other = os.path.lexists(hook.path)
    why = f"git runs {hook.path}, which does not run pre-commit"
    message = f"{PRE_COMMIT} has the guard, and it does not run: "
    message += why if other else "pre-commit is not installed as a hook"
    return Finding("hook-missing", Level.PROBLEM, message, hook.mend)


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
