"""Running the command as users do: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = [sys.executable, "-m", "handoff_md"]
_PLAIN = {"SOURCE_DATE_EPOCH": "1766620800", "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"}
_DROPPED = {
    "COLUMNS",
    "FORCE_COLOR",
    "HANDOFF_MD_SESSION",
    "LESS",
    "NO_COLOR",
    "PAGER",
    "PYTHONUNBUFFERED",
}


def run_command(
    folder: Path, *arguments: str, **variables: str
) -> subprocess.CompletedProcess[bytes]:
    """Run ``handoff-md`` in a folder, 2025-12-25, with a plain environment and these variables."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=120,
    )


def environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    return kept | _PLAIN | variables


def said(done: subprocess.CompletedProcess[bytes]) -> str:
    """Give what was written to stderr."""
    return done.stderr.decode()
