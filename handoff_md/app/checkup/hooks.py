"""Checks that git runs the guard, by a hook of its own or by pre-commit's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from handoff_md.app.checkup.finding import Finding, Level, quoted
from handoff_md.app.setup.automation import PRE_COMMIT
from handoff_md.app.setup.git_files import calls_guard, hook_changes, runs_pre_commit
from handoff_md.app.workspace import Workspace
from handoff_md.git.hooks import hooks_folder
from handoff_md.git.repository import Repository


def check_hooks(workspace: Workspace, repository: Repository) -> Iterator[Finding]:
    """Check that the guard runs with each commit, where the project or the user wants that."""
    hook = hooks_folder(repository) / "pre-commit"
    script = _text_of(hook)
    configured = calls_guard(_text_of(workspace.root / PRE_COMMIT))
    if not (calls_guard(script) or (configured and runs_pre_commit(script))):
        yield _missing(workspace, repository, hook, configured=configured)
        return
    if not os.access(hook, os.X_OK):
        message = f"{hook} is not executable, so git does not run it"
        yield Finding("hook-not-executable", Level.PROBLEM, message, f"chmod +x -- {quoted(hook)}")
    if shutil.which("handoff-md") is None:
        message = "the guard's hook runs `handoff-md`, which is not on PATH"
        yield Finding("command-not-found", Level.PROBLEM, message, "pipx install handoff-md")


def _missing(
    workspace: Workspace, repository: Repository, hook: Path, *, configured: bool
) -> Finding:
    """Say that git does not run the guard: a problem where pre-commit is to."""
    changes, notes = hook_changes(repository, workspace.config)
    install = "handoff-md init --hook" if changes else "; ".join(notes)
    if not configured:
        message = "no hook keeps commits off HANDOFF.md while a run is active"
        return Finding("hook-missing", Level.ADVICE, message, install)
    other = os.path.lexists(hook)
    why = f"git runs {hook}, which does not run pre-commit" if other else "pre-commit is no hook"
    message = f"{PRE_COMMIT} has the guard, and it does not run: {why}"
    # pre-commit installs no hook where core.hooksPath is set.
    is_default = os.path.realpath(hook.parent) == os.path.realpath(repository.common_dir / "hooks")
    mend = "pre-commit install" if is_default else install
    return Finding("hook-missing", Level.PROBLEM, message, mend)


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
