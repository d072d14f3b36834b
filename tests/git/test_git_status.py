from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from repositories import git

from handoff_md.errors import GitError
from handoff_md.git.status import (
    PathState,
    inspect_paths,
    refuse_uncommittable,
    wait_for_index,
)

if TYPE_CHECKING:
    from handoff_md.git.repository import Repository

DOCUMENT = "HANDOFF.md"


def state_of(repository: Repository, path: str = DOCUMENT) -> PathState:
    return inspect_paths(repository, [path]).paths[path]


def refuse(repository: Repository, *, unstaged_explained: bool = False) -> None:
    inspection = inspect_paths(repository, [DOCUMENT])
    refuse_uncommittable(repository, inspection, DOCUMENT, unstaged_explained=unstaged_explained)


def test_a_clean_path_holds_the_same_in_head_and_index(repository: Repository) -> None:
    blob = git(repository.root, "rev-parse", "HEAD:HANDOFF.md").decode().strip()
    assert state_of(repository) == PathState(tracked=True, head_blob=blob)
    refuse(repository)


def test_head_and_branch_are_told(repository: Repository) -> None:
    head = git(repository.root, "rev-parse", "HEAD").decode().strip()
    inspection = inspect_paths(repository, [DOCUMENT])
    assert (inspection.head, inspection.branch) == (head, "main")
    git(repository.root, "checkout", "--quiet", "--detach")
    assert inspect_paths(repository, [DOCUMENT]).branch is None


def test_an_unborn_branch_has_a_name_and_no_head(empty: Repository) -> None:
    inspection = inspect_paths(empty, [DOCUMENT])
    assert (inspection.head, inspection.branch) == (None, "main")
    assert inspection.paths[DOCUMENT] == PathState()


def test_untracked_ignored_and_missing_files_are_told_apart(repository: Repository) -> None:
    (repository.root / ".gitignore").write_text("temp/\n*.log\n")
    (repository.root / "temp").mkdir()
    for name in ("temp/a b.md", "x.log", "new.md"):
        (repository.root / name).write_text("x")
    paths = ["temp/a b.md", "x.log", "new.md", "missing.md", "temp/missing.md"]
    states = inspect_paths(repository, paths).paths
    assert states["temp/a b.md"] == states["x.log"] == PathState(ignored=True)
    assert states["new.md"] == PathState(exists_untracked=True)
    assert states["missing.md"] == PathState()


def test_a_tracked_file_in_an_ignored_folder_is_not_ignored(repository: Repository) -> None:
    (repository.root / ".gitignore").write_text("temp/\n")
    (repository.root / "temp").mkdir()
    (repository.root / "temp/a.md").write_text("x")
    git(repository.root, "add", "--force", "temp/a.md")
    state = state_of(repository, "temp/a.md")
    assert (state.tracked, state.ignored, state.staged) == (True, False, True)
    assert state.head_blob is None


def test_staged_changes_are_refused(repository: Repository) -> None:
    (repository.root / DOCUMENT).write_text("staged\n")
    git(repository.root, "add", DOCUMENT)
    state = state_of(repository)
    assert (state.staged, state.unstaged) == (True, False)
    with pytest.raises(GitError, match="staged changes") as caught:
        refuse(repository, unstaged_explained=True)
    assert f"`git -C {repository.root} diff --cached -- {DOCUMENT}`" in caught.value.hint


def test_unstaged_changes_are_refused_unless_explained(repository: Repository) -> None:
    (repository.root / DOCUMENT).write_text("changed\n")
    with pytest.raises(GitError, match="not committed"):
        refuse(repository)
    refuse(repository, unstaged_explained=True)


def test_an_intent_to_add_is_an_unstaged_change(repository: Repository) -> None:
    (repository.root / "new.md").write_text("x")
    git(repository.root, "add", "--intent-to-add", "new.md")
    state = state_of(repository, "new.md")
    assert state == PathState(tracked=True, unstaged=True)


def test_hidden_paths_are_refused(repository: Repository) -> None:
    for flag in ("skip-worktree", "assume-unchanged"):
        git(repository.root, "update-index", f"--{flag}", DOCUMENT)
        assert state_of(repository).hidden
        with pytest.raises(GitError, match="skip-worktree or assume-unchanged"):
            refuse(repository)
        git(repository.root, "update-index", f"--no-{flag}", DOCUMENT)
    refuse(repository)


def test_symbolic_links_are_refused(repository: Repository) -> None:
    (repository.root / DOCUMENT).unlink()
    (repository.root / DOCUMENT).symlink_to("other.txt")
    git(repository.root, "commit", "--quiet", "--all", "--message", "link")
    with pytest.raises(GitError, match="symbolic link"):
        refuse(repository)


def test_a_link_that_was_replaced_by_a_file_in_the_index_still_counts(
    repository: Repository,
) -> None:
    (repository.root / "link").symlink_to("other.txt")
    git(repository.root, "add", "link")
    git(repository.root, "commit", "--quiet", "--message", "link")
    (repository.root / "link").unlink()
    (repository.root / "link").write_text("file")
    git(repository.root, "add", "link")
    assert state_of(repository, "link").symlink


@pytest.mark.parametrize("operation", ["merge", "cherry-pick", "revert", "rebase"])
def test_operations_in_progress_are_refused(repository: Repository, operation: str) -> None:
    root = repository.root
    git(root, "checkout", "--quiet", "-b", "side")
    (root / DOCUMENT).write_text("side\n")
    git(root, "commit", "--quiet", "--all", "--message", "side")
    git(root, "checkout", "--quiet", "main")
    for text in ("main\n", "again\n"):
        (root / DOCUMENT).write_text(text)
        git(root, "commit", "--quiet", "--all", "--message", text)
    target = "HEAD^" if operation == "revert" else "side"
    with pytest.raises(AssertionError):
        git(root, operation, target)
    assert state_of(repository).unmerged
    with pytest.raises(GitError, match=f"a {operation} is in progress"):
        refuse(repository)


def test_an_unmerged_path_is_refused_without_an_operation(repository: Repository) -> None:
    root = repository.root
    (root / DOCUMENT).write_text("stashed\n")
    git(root, "stash", "--quiet")
    (root / DOCUMENT).write_text("main\n")
    git(root, "commit", "--quiet", "--all", "--message", "main")
    with pytest.raises(AssertionError):
        git(root, "stash", "pop")
    with pytest.raises(GitError, match="unmerged"):
        refuse(repository)


@pytest.mark.parametrize("name", ["a b.md", "*.md", "ä.md", "-x.md", ":(top)x.md", "a\tb\nc.md"])
def test_any_name_is_taken_literally(repository: Repository, name: str) -> None:
    (repository.root / name).write_text("x")
    git(repository.root, "add", "--all")
    git(repository.root, "commit", "--quiet", "--message", "odd")
    (repository.root / name).write_text("changed")
    (repository.root / DOCUMENT).write_text("changed")
    inspection = inspect_paths(repository, [name])
    assert list(inspection.paths) == [name]
    assert inspection.paths[name].unstaged


def test_a_thousand_paths_are_told_apart(repository: Repository) -> None:
    folder = repository.root / "temp"
    folder.mkdir()
    for number in range(1000):
        (folder / f"{number}.md").write_text("x")
    git(repository.root, "add", "temp/1.md")
    paths = [DOCUMENT, *(f"temp/{number}.md" for number in range(1000))]
    states = inspect_paths(repository, paths).paths
    assert len(states) == 1001
    assert [path for path in paths if states[path].tracked] == [DOCUMENT, "temp/1.md"]
    assert states["temp/999.md"].exists_untracked


def test_a_held_index_is_waited_for(repository: Repository) -> None:
    lock = repository.git_dir / "index.lock"
    lock.touch()
    release = threading.Timer(0.2, lock.unlink)
    release.start()
    wait_for_index(repository, seconds=20)
    release.join()
    assert not lock.exists()


def test_an_index_that_stays_held_is_named(repository: Repository) -> None:
    lock = repository.git_dir / "index.lock"
    lock.touch()
    with pytest.raises(GitError, match=str(lock)) as caught:
        wait_for_index(repository, seconds=0.1)
    assert "remove that file" in caught.value.hint
    assert lock.exists()
