"""Ranges of real histories: what they name, what is read of them, and what is said of bad ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from repositories import found, git

from handoff_md.errors import GitError
from handoff_md.git.branches import find_main_branch
from handoff_md.git.history import (
    count_commits,
    find_last_change,
    list_changed_files,
    list_subjects,
    read_commits,
)
from handoff_md.git.objects import open_objects
from handoff_md.git.repository import Repository
from handoff_md.git.revisions import resolve_commit

PATHS = ("HANDOFF.md", "logs")


def commit(repository: Repository, message: str, **files: str) -> str:
    for name, text in files.items():
        path = repository.root / name.replace("__", "/")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    git(repository.root, "add", "--all")
    git(repository.root, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(repository.root, "rev-parse", "HEAD").decode().strip()


@pytest.fixture
def three(repository: Repository) -> tuple[Repository, list[str]]:
    """A repository with three commits, and their ids."""
    first = git(repository.root, "rev-parse", "HEAD").decode().strip()
    second = commit(repository, "second\n\nbody\n\nKey: a\nKey: b", **{"HANDOFF.md": "two\n"})
    third = commit(repository, "third", **{"logs__a.md": "log\n", "else.txt": "x\n"})
    return repository, [first, second, third]


def ids(repository: Repository, revisions: str) -> list[str]:
    return [found.id for found in read_commits(repository, revisions, paths=PATHS)]


@pytest.mark.parametrize(
    ("revisions", "places"),
    [
        ("HEAD", [0, 1, 2]),
        ("HEAD~1..", [2]),
        ("HEAD~2..HEAD", [1, 2]),
        ("HEAD~2...HEAD~1", [1]),
        ("HEAD^!", [2]),
        ("HEAD ^HEAD~1", [2]),
        ("HEAD..HEAD", []),
        ("main", [0, 1, 2]),
    ],
)
def test_a_range_is_what_git_log_says(
    three: tuple[Repository, list[str]], revisions: str, places: list[int]
) -> None:
    repository, commits = three
    assert ids(repository, revisions) == [commits[place] for place in places]


def test_a_commit_has_its_message_its_trailers_and_its_changes(
    three: tuple[Repository, list[str]],
) -> None:
    repository, commits = three
    first, second, third = read_commits(repository, "HEAD", paths=PATHS, trailers=["Key", "No"])
    assert first.parents == ()
    assert [(change.path, change.before) for change in first.changes[0]] == [("HANDOFF.md", None)]
    assert second.parents == (commits[0],)
    assert second.message == "second\n\nbody\n\nKey: a\nKey: b"
    assert second.trailers == {"Key": ("a", "b"), "No": ()}
    (edit,) = second.changes[0]
    assert edit.before == first.changes[0][0].after
    assert [change.path for change in third.changes[0]] == ["logs/a.md"]


def test_a_merge_is_compared_with_each_parent_and_an_empty_commit_with_none(
    three: tuple[Repository, list[str]],
) -> None:
    repository, commits = three
    git(repository.root, "checkout", "--quiet", "-b", "topic", commits[0])
    topic = commit(repository, "topic", **{"HANDOFF.md": "topic\n"})
    git(repository.root, "checkout", "--quiet", "main")
    git(repository.root, "merge", "--quiet", "--no-edit", "--strategy=ours", "topic")
    empty = commit(repository, "empty")
    merge, last = read_commits(repository, "HEAD~2..HEAD ^topic", paths=PATHS)
    assert merge.parents == (commits[2], topic)
    assert merge.changes[0] == ()
    assert [change.path for change in merge.changes[1]] == ["HANDOFF.md", "logs/a.md"]
    assert (last.id, last.changes) == (empty, ((),))


def test_a_detached_head_and_strange_names_and_bytes_are_read(repository: Repository) -> None:
    git(repository.root, "checkout", "--quiet", "--detach")
    git(repository.root, "config", "i18n.commitEncoding", "x-unknown")
    name = "logs__:a\tb c.md"
    (repository.root / "message").write_bytes(b"caf\xe9\n")
    commit(repository, "names", **{name: "x\n"})
    git(repository.root, "commit", "--quiet", "--allow-empty", "--file", "message")
    named, coded = read_commits(repository, "HEAD~2..", paths=PATHS)
    assert [change.path for change in named.changes[0]] == ["logs/:a\tb c.md"]
    assert coded.message == "caf\ufffd"


def test_a_link_is_no_file(repository: Repository) -> None:
    (repository.root / "HANDOFF.md").unlink()
    (repository.root / "HANDOFF.md").symlink_to("other.txt")
    commit(repository, "link")
    (change,) = read_commits(repository, "HEAD^!", paths=PATHS)[0].changes[0]
    assert change.before
    assert change.after is None


def test_a_repository_of_sha256_is_read(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--object-format=sha256")
    repository = found(tmp_path)
    commit(repository, "first", **{"HANDOFF.md": "one\n"})
    (only,) = read_commits(repository, "HEAD", paths=PATHS)
    with open_objects(repository, "HANDOFF.md") as objects:
        assert objects.read_blob(only.changes[0][0].after or "") == b"one\n"


@pytest.mark.parametrize(
    ("revisions", "told"),
    [
        ("nope..HEAD", "there is no revision 'nope'"),
        ("HEAD...nope", "there is no revision 'nope'"),
        ("HEAD~9..", "there is no revision 'HEAD~9': the history of HEAD is shorter"),
        ("HEAD^^^^!", "there is no revision 'HEAD^^^': the history of HEAD is shorter"),
        ("", "'' names no commits"),
        ("--all", "'--all' names no commits"),
        ("HEAD:HANDOFF.md", "there is no revision 'HEAD:HANDOFF.md'"),
    ],
)
def test_a_bad_range_is_explained(
    three: tuple[Repository, list[str]], revisions: str, told: str
) -> None:
    with pytest.raises(GitError) as caught:
        ids(three[0], revisions)
    assert caught.value.message == told
    assert caught.value.hint


def test_a_repository_without_commits_is_named(empty: Repository) -> None:
    with pytest.raises(GitError, match="has no commits yet"):
        ids(empty, "HEAD~1..")


def clone(repository: Repository, folder: Path, depth: int) -> Repository:
    source = repository.root.as_uri()
    git(folder, "clone", "--quiet", f"--depth={depth}", source, "clone")
    return found(folder / "clone")


@pytest.mark.parametrize(
    ("depth", "revisions", "command"),
    [
        (1, "HEAD~1..", "git fetch --deepen=1"),
        (1, "HEAD^!", "git fetch --deepen=1"),
        (1, "HEAD~2..", "git fetch --deepen=2"),
        (2, "HEAD", "git fetch --unshallow"),
        (2, "origin/topic..", "git fetch --unshallow"),
    ],
)
def test_a_shallow_clone_names_what_to_fetch(
    three: tuple[Repository, list[str]], tmp_path: Path, depth: int, revisions: str, command: str
) -> None:
    shallow = clone(three[0], tmp_path, depth)
    with pytest.raises(GitError, match="shallow") as caught:
        ids(shallow, revisions)
    assert caught.value.hint == f"Run `{command}`; in CI, check out with `fetch-depth: 0`."
    if "deepen" in command:
        git(shallow.root, *command.split()[1:])
        assert ids(shallow, revisions)


def test_a_shallow_clone_serves_a_range_that_it_holds(
    three: tuple[Repository, list[str]], tmp_path: Path
) -> None:
    assert ids(clone(three[0], tmp_path, 2), "HEAD~1..") == three[1][2:]


def test_many_objects_are_read_by_one_process(three: tuple[Repository, list[str]]) -> None:
    with open_objects(three[0], "HANDOFF.md") as objects:
        assert objects.read_blob("HEAD:HANDOFF.md") == b"two\n"
        assert objects.read_blob("HEAD:nope") is None
        assert objects.read_blob("HEAD:logs") is None
        assert objects.read_blob("HEAD:a\nHEAD:HANDOFF.md") is None
        assert objects.read_blob("HEAD:logs/a.md") == b"log\n"
        objects.process.kill()
        with pytest.raises(GitError, match="git can't read"):
            objects.read_blob("HEAD:HANDOFF.md")
    assert objects.process.returncode


def test_a_commit_is_resolved_or_named(three: tuple[Repository, list[str]]) -> None:
    repository, commits = three
    assert resolve_commit(repository, "HEAD~1") == commits[1]
    for name in ("nope", "--all", "HEAD~1..HEAD"):
        with pytest.raises(GitError):
            resolve_commit(repository, name)


def test_the_main_branch_is_configured_or_named_by_a_remote_or_usual(
    three: tuple[Repository, list[str]], tmp_path: Path
) -> None:
    repository, _ = three
    assert find_main_branch(repository) == ("refs/heads/main",)
    git(repository.root, "branch", "-m", "trunk")
    assert find_main_branch(repository) == ()
    assert find_main_branch(repository, "trunk") == ("refs/heads/trunk",)
    git(tmp_path, "clone", "--quiet", str(repository.root), "clone")
    git(tmp_path / "clone", "branch", "main")
    cloned = find_main_branch(found(tmp_path / "clone"))
    assert cloned == ("refs/heads/trunk", "refs/remotes/origin/trunk")


def test_the_last_change_of_a_path_and_what_came_after_it_are_told(
    three: tuple[Repository, list[str]],
) -> None:
    repository, (first, second, third) = three
    last = find_last_change(repository, third, "HANDOFF.md")
    assert last is not None
    assert last.commit == second
    seconds = git(repository.root, "log", "-1", "--format=%ct", second)
    assert last.seconds == int(seconds)
    assert find_last_change(repository, third, "nowhere.md") is None
    with pytest.raises(GitError):
        find_last_change(repository, third, "nowhere.md", holds=True)
    assert count_commits(repository, first, third) == 2
    told = [(one.id, one.subject) for one in list_subjects(repository, first, third)]
    assert told == [(third, "third"), (second, "second")]
    (repository.root / "else.txt").write_text("y\n")
    (repository.root / "untracked.txt").write_text("z\n")
    assert list_changed_files(repository.root, third) == ("else.txt",)
    assert list_changed_files(repository.root, second) == ("else.txt", "logs/a.md")
