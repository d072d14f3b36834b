"""Repositories in which git merges the handoff document with the registered driver."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from checkouts import HANDOFF, write
from repositories import git

from handoff_md.git.setup import DRIVER


def put_command_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let git find the command of the running interpreter's environment, before any other."""
    folder = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", os.pathsep.join([folder, os.environ["PATH"]]))


def make_repository(root: Path, document: str | bytes, *, driver: str = DRIVER) -> Path:
    """Make a repository whose HEAD, on ``main``, holds a document and the driver's attribute."""
    root.mkdir(parents=True)
    git(root, "init", "--quiet", "--template=", "--initial-branch=main")
    git(root, "config", "merge.handoff-md.name", "structural merge of HANDOFF.md")
    git(root, "config", "merge.handoff-md.driver", driver)
    git(root, "config", "merge.handoff-md.recursive", "binary")
    write(root / ".gitattributes", f"{HANDOFF} merge=handoff-md\n")
    commit_document(root, document, "start")
    return root


def commit_document(root: Path, document: str | bytes, subject: str) -> None:
    """Commit a version of the document on the branch that is checked out."""
    write(root / HANDOFF, document)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", subject)


def commit_on_branch(
    root: Path, branch: str, document: str | bytes, *, start: str = "main"
) -> None:
    """Make a branch that holds a version of the document, and go back to ``main``."""
    git(root, "switch", "--quiet", "--create", branch, start)
    commit_document(root, document, branch)
    git(root, "switch", "--quiet", "main")


def try_git(root: Path, *args: str) -> subprocess.CompletedProcess[bytes]:
    """Run git where it may fail, as it does when conflicts are left."""
    done = subprocess.run(["git", *args], cwd=root, capture_output=True, check=False)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


def document_in(root: Path) -> bytes:
    return (root / HANDOFF).read_bytes()


def unmerged(root: Path) -> list[str]:
    """Give the paths that wait for a person."""
    return git(root, "diff", "--name-only", "--diff-filter=U").decode().splitlines()


def merge_all(root: Path, branches: Sequence[str]) -> bytes:
    """Merge branches into ``main``, one after the other; none may conflict."""
    for branch in branches:
        git(root, "merge", "--quiet", "--no-ff", "--no-edit", branch)
    return document_in(root)


def pick_all(root: Path, branches: Sequence[str]) -> bytes:
    """Cherry-pick the commit of each branch onto ``main``; none may conflict."""
    for branch in branches:
        git(root, "cherry-pick", branch)
    return document_in(root)


def rebase_all(root: Path, branches: Sequence[str]) -> bytes:
    """Rebase each branch onto ``main`` and let ``main`` follow; none may conflict."""
    for branch in branches:
        git(root, "rebase", "--quiet", "main", branch)
        git(root, "switch", "--quiet", "main")
        git(root, "merge", "--quiet", "--ff-only", branch)
    return document_in(root)
