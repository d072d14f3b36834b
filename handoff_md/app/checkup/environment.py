"""Checks what every command needs: git, a configuration that can be read, a state folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from handoff_md.app.checkup.finding import CheckupFinding, Urgency, quoted
from handoff_md.git.setup import OLDEST


def check_git(version: str | None, *, recent: bool) -> Iterator[CheckupFinding]:
    """Check that git is there (its version is not None), and recent enough."""
    oldest = ".".join(map(str, OLDEST))
    mend = f"install git {oldest} or later"
    if version is None:
        message = "git is not installed: nothing is committed, and worktrees are not known"
        yield CheckupFinding("git-missing", Urgency.ENVIRONMENT, message, mend)
    elif not recent:
        message = f"git {version} is older than {oldest}"
        yield CheckupFinding("git-too-old", Urgency.ENVIRONMENT, message, mend)


def check_state(state: Path) -> Iterator[CheckupFinding]:
    """Check that the shared state can be written, where its folder is or would be."""
    folder = state
    while not os.path.lexists(folder):
        folder = folder.parent
    if not folder.is_dir():
        message = f"{folder} is no folder: the shared state can't be kept in it"
        yield CheckupFinding(
            "state-unwritable", Urgency.ENVIRONMENT, message, f"rm -- {quoted(folder)}"
        )
    elif not os.access(
        folder, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids
    ):
        message = f"{folder} can't be written: no claim, run or merge can be recorded"
        mend = f"chmod u+rwx -- {quoted(folder)}"
        yield CheckupFinding("state-unwritable", Urgency.ENVIRONMENT, message, mend)
