"""Reading where a repository lies from its files gives what git itself says."""

from __future__ import annotations

from pathlib import Path

import pytest
from repositories import git

from handoff_md.errors import GitError
from handoff_md.git.branches import find_dropped_commits
from handoff_md.git.repository import Repository, find_repository, read_repository


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "first")
    return folder


def opened(folder: Path) -> Repository:
    found = find_repository(folder)
    assert found is not None
    return found


def test_it_is_what_git_says(root: Path, tmp_path: Path) -> None:
    git(root, "worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    separate = f"--separate-git-dir={tmp_path / 'data'}"
    git(tmp_path, "init", "--quiet", separate, str(tmp_path / "apart"))
    (root / "deep" / "er").mkdir(parents=True)
    for folder in (root, root / "deep/er", tmp_path / "linked", tmp_path / "apart"):
        assert read_repository(folder) == opened(folder)


def test_no_repository_is_none(tmp_path: Path) -> None:
    assert read_repository(tmp_path) is None
    for name, text in (("empty", None), ("text", "not a pointer\n"), ("lost", "gitdir: gone\n")):
        (tmp_path / name).mkdir()
        if text is None:
            (tmp_path / name / ".git").mkdir()
        else:
            (tmp_path / name / ".git").write_text(text)
        assert read_repository(tmp_path / name) is None


def test_a_pointer_that_can_not_be_read_is_an_error(root: Path) -> None:
    (root / ".git" / "commondir").mkdir()
    with pytest.raises(GitError, match=r"commondir"):
        read_repository(root)


def test_commits_are_dropped_when_nothing_leads_to_them(root: Path, tmp_path: Path) -> None:
    first = git(root, "rev-parse", "HEAD").decode().strip()
    git(root, "commit", "--quiet", "--allow-empty", "--message", "second")
    second = git(root, "rev-parse", "HEAD").decode().strip()
    never = "1" * 40
    found = opened(root)
    assert find_dropped_commits(found, []) == frozenset()
    assert find_dropped_commits(found, [first, second, never]) == {never}
    git(root, "worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    git(root, "reset", "--quiet", "--hard", "HEAD~1")
    assert find_dropped_commits(found, [first, second]) == frozenset()
    git(root, "worktree", "remove", str(tmp_path / "linked"))
    assert find_dropped_commits(found, [first, second]) == {second}
