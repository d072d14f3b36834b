from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from repositories import found, git

from handoff_md.errors import GitError
from handoff_md.git.branches import list_in_branches
from handoff_md.git.repository import Repository


def _branch(root: Path, name: str, *files: str) -> None:
    git(root, "switch", "--quiet", "--orphan", name)
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{name}\n")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", name)


def test_a_repository_without_commits_holds_nothing(empty: Repository) -> None:
    assert list_in_branches(empty, "logs") == frozenset()


@pytest.mark.parametrize("kind", ["sha1", "sha256"])
def test_names_of_all_branches_are_found_whatever_the_hash(tmp_path: Path, kind: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    git(root, "init", "--quiet", f"--object-format={kind}")
    _branch(root, "one", "logs/a.md", "logs/deep/x.md", "other.md")
    _branch(root, "two", "logs/b ü\n.md", "logs/c.md")
    _branch(root, "none")
    git(root, "update-ref", "refs/remotes/origin/three", "two")
    git(root, "branch", "--quiet", "-D", "two")
    git(root, "pack-refs", "--all")

    listed = list_in_branches(found(root), "logs")

    assert listed == {"a.md", "deep", "b ü\n.md", "c.md"}
    assert list_in_branches(found(root), "logs/deep") == {"x.md"}
    assert list_in_branches(found(root), "other.md") == frozenset()


def test_a_tip_that_is_gone_is_an_error(repository: Repository) -> None:
    commit = git(repository.root, "rev-parse", "HEAD").decode().strip()
    git(repository.root, "branch", "--quiet", "side")
    (repository.git_dir / "objects" / commit[:2] / commit[2:]).unlink()
    with pytest.raises(GitError, match="branch"):
        list_in_branches(repository, "logs")


def test_a_ref_that_is_broken_is_an_error(repository: Repository) -> None:
    (repository.git_dir / "refs" / "heads" / "broken").write_text("no id\n")
    with pytest.raises(GitError, match="branch"):
        list_in_branches(repository, "logs")


def test_a_remote_head_that_leads_nowhere_is_passed_over(repository: Repository) -> None:
    git(repository.root, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/gone")
    assert list_in_branches(repository, "logs") == frozenset()
    assert subprocess.run(["git", "status"], cwd=repository.root, check=False).returncode == 0
