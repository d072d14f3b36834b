from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from git import Blob, Repo
from repositories import git

from handoff_md.errors import GitError
from handoff_md.git.history import find_merge_bases, read_commits, read_merge_to_come
from handoff_md.git.objects import (
    find_head,
    find_id,
    find_objects,
    list_tree,
    read_blob,
    read_head,
    read_position,
)
from handoff_md.git.repository import Repository, read_setting
from handoff_md.git.revisions import resolve_commit
from handoff_md.git.setup import register_driver

DOCUMENT = "HANDOFF.md"


def _lose(repository: Repository, name: str) -> None:
    """Remove the object that a name stands for."""
    lost = git(repository.root, "rev-parse", name).decode().strip()
    (repository.git_dir / "objects" / lost[:2] / lost[2:]).unlink()


def test_trees_and_trailers_are_what_another_reader_finds(repository: Repository) -> None:
    root = repository.root
    (root / "deep/er").mkdir(parents=True)
    (root / "deep/er/ü ber.md").write_text("x\n")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "two\n\nKey: one\nKey: two")
    with Repo(root) as other:
        head = other.head.commit
        found = [item for item in head.tree.traverse() if isinstance(item, Blob)]
        blobs = {str(blob.path): blob.hexsha for blob in found}
        assert list_tree(repository, "HEAD") == blobs
        assert list_tree(repository, "HEAD", ["deep/"]).keys() == {"deep/er/ü ber.md"}
        commit = read_commits(repository, "HEAD^!", paths=[], trailers=["Key"])[0]
        assert commit.id == find_head(repository) == head.hexsha
        assert commit.trailers["Key"] == tuple(head.trailers_dict["Key"])
        names = ("HEAD", f"HEAD:{DOCUMENT}", "HEAD:deep", "HEAD:no", "nowhere")
        assert find_objects(repository, names) == (
            ("commit", head.hexsha),
            ("blob", blobs[DOCUMENT]),
            ("tree", head.tree["deep"].hexsha),
            ("missing", "HEAD:no"),
            ("missing", "nowhere"),
        )


def test_before_the_first_commit_nothing_is_held_and_nothing_is_wrong(empty: Repository) -> None:
    assert list_tree(empty, "HEAD") == {}
    assert find_head(empty) is None
    assert read_position(empty).commit is None
    assert read_blob(empty, "", DOCUMENT) is None
    assert find_objects(empty, ()) == ()


@pytest.mark.parametrize("lost", ["HEAD", "HEAD^{tree}"])
def test_a_lost_commit_or_tree_is_no_absence(repository: Repository, lost: str) -> None:
    _lose(repository, lost)
    for path in (DOCUMENT, "no.md"):
        with pytest.raises(GitError, match="can't be listed"):
            read_head(repository, path)
    with pytest.raises(GitError, match="can't be listed"):
        list_tree(repository, "HEAD", ["logs/"])


def test_what_the_index_holds_is_read_or_lost_too(repository: Repository) -> None:
    (repository.root / DOCUMENT).write_text("staged\n")
    git(repository.root, "add", DOCUMENT)
    assert read_blob(repository, "", DOCUMENT) == b"staged\n"
    assert read_blob(repository, "", "no.md") is None
    _lose(repository, f":{DOCUMENT}")
    with pytest.raises(GitError, match="can't be read from the index"):
        read_blob(repository, "", DOCUMENT)


def test_a_name_that_no_reflog_has_is_none_and_a_broken_head_is_an_error(
    repository: Repository,
) -> None:
    assert find_id(repository, "HEAD@{99}") is None
    with pytest.raises(GitError, match=r"there is no revision 'HEAD@\{99\}'"):
        resolve_commit(repository, "HEAD@{99}")
    (repository.git_dir / "HEAD").write_text("rubbish\n")
    with pytest.raises(GitError, match="git can't tell what HEAD is"):
        find_head(repository)


@pytest.mark.parametrize("asked", ["merge-base", "symbolic-ref", "config"])
def test_a_git_that_is_killed_has_not_said_no(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    other = git(repository.root, "rev-parse", "HEAD").decode().strip()
    script = tmp_path / "bin/git"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\ncase "$*" in *{asked}*) kill -9 $$;; esac\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:/usr/bin:/bin")
    questions: dict[str, Callable[[], object]] = {
        "merge-base": lambda: find_merge_bases(repository, "HEAD", other),
        "symbolic-ref": lambda: read_position(repository),
        "config": lambda: read_setting(repository.root, "merge.conflictStyle"),
    }
    with pytest.raises(GitError, match="killed by SIGKILL"):
        questions[asked]()


def test_a_configuration_that_can_not_be_read_is_no_missing_setting(
    repository: Repository,
) -> None:
    assert read_setting(repository.root, "merge.conflictStyle") is None
    (repository.git_dir / "config").write_text("[broken\n")
    with pytest.raises(GitError, match="configuration can't be read"):
        register_driver(repository.root)


def test_a_merge_to_come_from_nowhere_has_no_base(repository: Repository) -> None:
    git(repository.root, "branch", "other")
    git(repository.root, "switch", "--quiet", "--orphan", "alone")
    none = read_merge_to_come(repository, DOCUMENT, "other")
    assert (none.base, none.ours, none.theirs) == (None, None, b"old HANDOFF.md\n")
    git(repository.root, "commit", "--quiet", "--allow-empty", "-m", "alone")
    assert read_merge_to_come(repository, DOCUMENT, "other") == none
