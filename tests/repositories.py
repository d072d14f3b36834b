"""Running git in the repositories of these tests."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from handoff_md.git.repository import Repository, find_repository

if TYPE_CHECKING:
    from pathlib import Path


def git(folder: Path, *args: str) -> bytes:
    """Run git in a folder and return its output; a failure fails the test."""
    done = subprocess.run(["git", *args], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def found(folder: Path) -> Repository:
    """Return the repository of a folder that has one."""
    repository = find_repository(folder)
    assert repository is not None
    return repository
