"""What was done in a work tree, or on a branch, since a commit: its commits, and changed files."""

from __future__ import annotations

import os
from pathlib import Path

from handoff_md.git.process import run_git


def list_commits_since(root: Path, start: str, tip: str, *, most: int) -> tuple[str, ...]:
    """Give id and subject of the commits of ``tip`` that ``start`` does not have, oldest first.

    None where git knows one of them not: a branch may be gone.

    Args:
        root: a work tree.
        start: a commit's id.
        tip: a revision.
        most: how many of the newest are given.

    Raises:
        GitError: git can't be started.
    """
    command = ["log", "--reverse", f"--max-count={most}", "--format=%h %s", "--end-of-options"]
    told = run_git([*command, f"{start}..{tip}", "--"], cwd=root, check=False)
    return () if told.code else tuple(os.fsdecode(told.stdout).splitlines())


def list_files_since(root: Path, start: str, tip: str | None) -> tuple[str, ...]:
    """Give the files that differ from a commit, in ``tip``, or on disk where that is None.

    Files that git does not track, and does not ignore, count on disk. None where git can't tell.

    Raises:
        GitError: git can't be started.
    """
    command = ["diff", "--name-only", "-z", "--no-ext-diff", "--end-of-options", start]
    told = run_git([*command, *([tip] if tip else []), "--"], cwd=root, check=False)
    found = set() if told.code else {*told.stdout.split(b"\0")}
    if tip is None:
        listed = ["ls-files", "--others", "--exclude-standard", "--full-name", "-z"]
        told = run_git(listed, cwd=root, check=False)
        found |= set() if told.code else {*told.stdout.split(b"\0")}
    return tuple(sorted(os.fsdecode(name) for name in found if name))
