from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from repositories import found, git

from handoff_md.errors import GitError
from handoff_md.git.process import GitMissingError
from handoff_md.git.repository import Repository, find_repository
from handoff_md.git.worktrees import Worktree, has_linked_worktrees, list_worktrees, parse_worktrees

if TYPE_CHECKING:
    from pathlib import Path


def test_a_repository_is_found_from_a_folder_in_it(repository: Repository) -> None:
    inner = repository.root / "a" / "b"
    inner.mkdir(parents=True)
    assert find_repository(inner) == repository
    assert repository.git_dir == repository.common_dir == repository.root / ".git"


def test_a_symbolic_link_to_a_repository_gives_its_real_path(
    repository: Repository, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(repository.root)
    assert find_repository(tmp_path / "link") == repository


def test_a_linked_worktree_has_its_own_git_dir(repository: Repository, tmp_path: Path) -> None:
    git(repository.root, "worktree", "add", "--quiet", str(tmp_path / "linked"))
    linked = found(tmp_path / "linked")
    assert linked.root == tmp_path / "linked"
    assert linked.git_dir == repository.git_dir / "worktrees" / "linked"
    assert linked.common_dir == repository.git_dir


def test_a_folder_without_a_repository_has_none(tmp_path: Path) -> None:
    assert find_repository(tmp_path) is None


def test_missing_git_is_told_apart_from_a_missing_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitMissingError):
        find_repository(tmp_path)


def test_bare_repositories_and_git_folders_are_refused(
    repository: Repository, tmp_path: Path
) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "bare.git")
    for folder in (tmp_path / "bare.git", repository.git_dir):
        with pytest.raises(GitError, match="bare repository or inside"):
            find_repository(folder)


def test_a_broken_linked_worktree_is_an_error_not_a_folder_without_git(
    repository: Repository, tmp_path: Path
) -> None:
    git(repository.root, "worktree", "add", "--quiet", str(tmp_path / "linked"))
    shutil.rmtree(repository.git_dir / "worktrees")
    with pytest.raises(GitError, match="can't be used: fatal: not a git repository"):
        find_repository(tmp_path / "linked")


def test_a_root_with_a_line_break_is_refused(tmp_path: Path) -> None:
    (tmp_path / "line\nbreak").mkdir()
    git(tmp_path / "line\nbreak", "init", "--quiet")
    with pytest.raises(GitError, match="line break"):
        find_repository(tmp_path / "line\nbreak")


def test_worktrees_are_listed_from_each_of_them(repository: Repository, tmp_path: Path) -> None:
    head = git(repository.root, "rev-parse", "HEAD").decode().strip()
    plain, odd = tmp_path / "plain", tmp_path / 'ödd "näme" *'
    git(repository.root, "worktree", "add", "--quiet", "-b", "topic/a", str(plain))
    git(repository.root, "worktree", "add", "--quiet", "--detach", str(odd))
    git(repository.root, "worktree", "lock", "--reason", "a\nb", str(odd))
    expected = (
        Worktree(repository.root, head, "main", prunable=False),
        Worktree(plain, head, "topic/a", prunable=False),
        Worktree(odd, head, None, prunable=False),
    )
    for folder in (repository.root, plain, odd):
        listed = list_worktrees(found(folder))
        assert (listed[0], *sorted(listed[1:], key=lambda tree: tree.branch is None)) == expected


def test_the_listing_of_an_older_git_reads_the_same(repository: Repository, tmp_path: Path) -> None:
    git(repository.root, "worktree", "add", "--quiet", "-b", "x", str(tmp_path / "ödd näme"))
    git(repository.root, "worktree", "lock", "--reason", "a\nb", str(tmp_path / "ödd näme"))
    listing = git(repository.root, "worktree", "list", "--porcelain")
    assert parse_worktrees(listing, b"\n", repository) == list_worktrees(repository)


def test_a_git_without_nul_listing_is_asked_the_older_way(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.which("git")
    old = tmp_path / "bin" / "git"
    old.parent.mkdir()
    old.write_text(f'#!/bin/sh\n[ "$1$4" = worktree-z ] && exit 129\nexec {real} "$@"\n')
    old.chmod(0o755)
    expected = list_worktrees(repository)
    monkeypatch.setenv("PATH", f"{old.parent}:/usr/bin:/bin")
    assert list_worktrees(repository) == expected


def test_a_path_with_a_line_break_is_listed(repository: Repository, tmp_path: Path) -> None:
    git(repository.root, "worktree", "add", "--quiet", "-b", "x", str(tmp_path / "a\nHEAD b"))
    assert list_worktrees(repository)[1].path == tmp_path / "a\nHEAD b"


def test_a_worktree_whose_folder_is_missing_is_prunable(
    repository: Repository, tmp_path: Path
) -> None:
    for name in ("gone", "locked"):
        git(repository.root, "worktree", "add", "--quiet", str(tmp_path / name))
    git(repository.root, "worktree", "lock", str(tmp_path / "locked"))
    shutil.rmtree(tmp_path / "gone")
    shutil.rmtree(tmp_path / "locked")
    assert [tree.prunable for tree in list_worktrees(repository)] == [False, True, True]


def test_an_unborn_branch_has_no_head(empty: Repository) -> None:
    listed = list_worktrees(empty)
    assert listed == (Worktree(empty.root, None, "main", prunable=False),)


def test_a_bare_main_repository_is_left_out(repository: Repository, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(repository.root), "bare.git")
    git(tmp_path / "bare.git", "worktree", "add", "--quiet", str(tmp_path / "linked"), "main")
    listed = list_worktrees(found(tmp_path / "linked"))
    assert [tree.path for tree in listed] == [tmp_path / "linked"]


def test_a_submodule_lists_its_work_tree_and_not_its_git_folder(
    repository: Repository, tmp_path: Path
) -> None:
    outer = tmp_path / "outer"
    git(tmp_path, "init", "--quiet", "outer")
    git(outer, "submodule", "--quiet", "add", str(repository.root), "inner")
    inner = found(outer / "inner")
    assert inner.root == outer / "inner"
    git(inner.root, "worktree", "add", "--quiet", str(tmp_path / "linked"))
    for folder in (inner.root, tmp_path / "linked"):
        listed = list_worktrees(found(folder))
        assert [tree.path for tree in listed] == [outer / "inner", tmp_path / "linked"]


def test_linked_worktrees_are_seen_without_asking_git(
    repository: Repository, tmp_path: Path
) -> None:
    assert not has_linked_worktrees(repository)
    git(repository.root, "worktree", "add", "--quiet", str(tmp_path / "linked"))
    assert has_linked_worktrees(repository)
    git(repository.root, "worktree", "remove", str(tmp_path / "linked"))
    assert not has_linked_worktrees(repository)
