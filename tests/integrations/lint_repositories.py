"""Makes repositories with a handoff document, good or bad, and the command on PATH."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from repositories import git

ROOT = Path(__file__).parents[2]
HANDOFF = ".agents/HANDOFF.md"
GOOD = """\
# Handoff

## Recent Sessions

### 2025-12-17: Set the project up (Session 18)

**Session Log**: [Session 18](./sessions/2025-12-17-session-18-set-up.md)

The repository exists.
"""
BAD = GOOD + GOOD.partition("## Recent Sessions\n")[2]
"""The entry of session 18 stands twice: HE003."""

RULES = ["HE003", "HG001", "HX"]
"""The rules that these repositories select: enough to see that findings arrive."""

LOG = ".agents/sessions/2025-12-17-session-18-set-up.md"


def make_repository(folder: Path, handoff: str = GOOD) -> Path:
    """Make a repository with one commit, which holds the document and the log of its session."""
    (folder / ".agents" / "sessions").mkdir(parents=True)
    (folder / HANDOFF).write_text(handoff, "utf-8")
    (folder / LOG).write_text("# Session 18: Set the project up\n", "utf-8")
    (folder / ".gitignore").write_text(".agents/temp/\n", "utf-8")
    (folder / "handoff-md.toml").write_text(f"[lint]\nselect = {RULES}\n", "utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "docs: start the handoff document")
    return folder


def with_command(tools: Path) -> dict[str, str]:
    """Give an environment that finds ``handoff-md``, this checkout's, on its PATH."""
    tools.mkdir()
    command = tools / "handoff-md"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m handoff_md "$@"\n')
    command.chmod(0o755)
    path = f"{tools}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
