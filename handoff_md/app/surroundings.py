"""What lies around the files that are checked: worktrees, logs, commits. Looked at when asked."""

from __future__ import annotations

from handoff_md.app.workspace import Workspace
from handoff_md.lint.context import Surroundings


def look_around(_workspace: Workspace) -> Surroundings:
    """Give what rules may ask of a workspace."""
    return Surroundings()
