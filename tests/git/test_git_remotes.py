"""Fetching from remotes and pushing to them, over git's own server, and silent ones."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from repositories import found, git
from servers import daemon

from handoff_md.errors import GitError
from handoff_md.git.process import SilentRemoteError
from handoff_md.git.remotes import fetch_branches, list_remotes, push_branch
from handoff_md.git.repository import Repository


def quiet(_stage: str, _done: int, _of: int) -> None:
    """Take no notice of progress."""


@pytest.fixture
def served(repository: Repository, tmp_path: Path) -> Iterator[Repository]:
    """A repository whose remote is served by git's own server."""
    base = tmp_path / "served"
    git(repository.root, "clone", "--quiet", "--bare", str(repository.root), str(base / "r.git"))
    with daemon(base) as url:
        git(repository.root, "remote", "add", "origin", f"{url}/r.git")
        yield repository


def test_a_branch_is_pushed_and_fetched_with_progress_over_gits_own_server(
    served: Repository, tmp_path: Path
) -> None:
    root = served.root
    git(root, "switch", "--quiet", "-c", "agent/a")
    git(root, "commit", "--quiet", "--allow-empty", "-m", "more")
    pushed = push_branch(served, "agent/a", seconds=10, verify=True, on_progress=quiet)
    assert (pushed.remote, pushed.branch, pushed.failed) == ("origin", "agent/a", "")
    other = tmp_path / "other"
    git(tmp_path, "init", "--quiet", str(other))
    url = git(root, "remote", "get-url", "origin").decode().strip()
    git(other, "remote", "add", "up/stream", url)
    stages: set[str] = set()
    clone = found(other)
    patterns = ("up/stream/agent/*", "local/*")
    fetch_branches(
        clone, patterns, seconds=10, on_progress=lambda stage, _done, _of: stages.add(stage)
    )
    listed = git(other, "for-each-ref", "--format=%(refname)").decode().split()
    assert listed == ["refs/remotes/up/stream/agent/a"]
    assert "counting" in stages
    git(root, "commit", "--quiet", "--amend", "--allow-empty", "-m", "otherwise")
    rejected = push_branch(served, "agent/a", seconds=10, verify=True, on_progress=quiet)
    assert rejected.failed == "the remote has refused it: [rejected] (non-fast-forward)"
    assert rejected.way.endswith("push origin refs/heads/agent/a:refs/heads/agent/a` pushes it")


def test_a_silent_remote_is_given_up_and_its_processes_end(repository: Repository) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"git://127.0.0.1:{silent.getsockname()[1]}/r.git"
        git(repository.root, "remote", "add", "origin", url)
        begun = time.monotonic()
        with pytest.raises(SilentRemoteError, match=r"origin has not answered for 0\.3 seconds"):
            fetch_branches(repository, ("origin/x*",), seconds=0.3, on_progress=quiet)
        pushed = push_branch(repository, "main", seconds=0.3, verify=True, on_progress=quiet)
        assert pushed.failed == "origin has not answered for 0.3 seconds"
        assert time.monotonic() - begun < 30


def test_the_environment_of_a_hook_leads_nowhere_else_and_stays(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere/.git")
    before = dict(os.environ)
    git_free = {name: value for name, value in before.items() if name != "GIT_DIR"}
    subprocess.run(
        ["git", "remote", "add", "origin", "/nowhere/x.git"],
        cwd=repository.root,
        env=git_free,
        check=True,
    )
    assert list_remotes(repository) == ("origin",)
    with pytest.raises(GitError, match="nothing can be fetched from origin: "):
        fetch_branches(repository, ("origin/x",), seconds=5, on_progress=quiet)
    assert dict(os.environ) == before


def test_the_remote_is_the_one_that_git_would_push_to(repository: Repository) -> None:
    root = repository.root
    none = push_branch(repository, "main", seconds=5, verify=True, on_progress=quiet)
    assert none.failed == "there is no remote to push to"
    git(root, "remote", "add", "one", "/nowhere/one.git")
    assert (
        push_branch(repository, "main", seconds=5, verify=True, on_progress=quiet).remote == "one"
    )
    git(root, "remote", "add", "two", "/nowhere/two.git")
    git(root, "config", "branch.main.remote", "two")
    pushed = push_branch(repository, "main", seconds=5, verify=True, on_progress=quiet)
    assert (pushed.remote, bool(pushed.failed)) == ("two", True)
    assert "\n" not in pushed.failed


def test_gitpython_is_loaded_only_where_a_remote_is_talked_to() -> None:
    modules = (
        "handoff_md.app.guard",
        "handoff_md.app.hook.sessions",
        "handoff_md.app.merge.pipeline",
        "handoff_md.app.merge_driver",
        "handoff_md.app.session.end",
        "handoff_md.git.remotes",
    )
    code = f"import sys, {', '.join(modules)}\nassert 'git' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
