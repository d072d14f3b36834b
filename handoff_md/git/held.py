"""Whether a commit holds what is on disk: read from its blobs, never from git's silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from handoff_md.errors import GitError
from handoff_md.git.absent import explain_elsewhere, show_again
from handoff_md.git.process import pathspec, run_git, write_git
from handoff_md.reading import read_regular

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from handoff_md.git.repository import Repository


def read_files(root: Path, paths: Collection[str]) -> dict[str, bytes]:
    """Read those of the files that are there; a symbolic link is not what it leads to."""
    files = {path: root / path for path in paths}
    return {
        path: read_regular(file)
        for path, file in files.items()
        if file.is_file() and not file.is_symlink()
    }


def find_unheld(
    repository: Repository,
    commit: str,
    written: Mapping[str, bytes],
    gone: Collection[str] = (),
) -> tuple[str, ...]:
    """Give the paths that a commit does not hold as they are, or still holds.

    One process; for a file that git stores in other bytes than it is checked out with, as many as
    three more.

    Args:
        repository: the work tree.
        commit: a commit's id, or ``HEAD``; before the first commit that holds nothing.
        written: the files' contents, as they are or were on disk; paths are relative to the root.
        gone: files that the commit must not hold.

    Raises:
        GitError: git can't read them.
    """
    blobs = _list_blobs(repository, commit, [*written, *gone])
    unlike = [
        path
        for path, data in written.items()
        if not _is_held(repository, commit, path, blobs.get(path), data)
    ]
    return (*unlike, *(path for path in gone if path in blobs))


def _list_blobs(repository: Repository, commit: str, paths: Collection[str]) -> dict[str, str]:
    command = ["ls-tree", "-r", "-z", "--full-tree", commit, "--"]
    listed = run_git([*command, *map(pathspec, paths)], cwd=repository.root, check=False)
    if listed.code:
        return {}
    with listed.understood():
        entries = (entry.split("\t", 1) for entry in listed.fields())
        return {path: details.split(" ")[2] for details, path in entries}


def _is_held(repository: Repository, commit: str, path: str, blob: str | None, data: bytes) -> bool:
    """Tell whether a blob is what git makes of a file's bytes.

    It may convert them: line endings, encoding, filters. A filter may lose something (keywords are
    cut), or never give the same twice (encryption): one of the two directions has to agree.
    """
    if blob is None:
        return False
    if blob == _name_blob(data, "sha1" if len(blob) == 40 else "sha256"):  # noqa: PLR2004 - digits
        return True
    root = repository.root
    shown = run_git(["cat-file", "--filters", f"{commit}:{path}"], cwd=root)
    if shown.stdout == data:
        return True
    stored = run_git(["hash-object", f"--path={path}", "--stdin"], cwd=root, stdin=data)
    return stored.id() == blob


def _name_blob(data: bytes, algorithm: Literal["sha1", "sha256"]) -> str:
    """Give the id of a blob that holds exactly these bytes. Source: git's hash-object."""
    from hashlib import new  # noqa: PLC0415 - loads OpenSSL, and most commands need none of it

    return new(algorithm, b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def explain_silence(repository: Repository, path: str) -> GitError:
    """Say why git has nothing to say of a file that is on disk, and that HEAD does not hold.

    Raises:
        GitError: git can't tell.
    """
    root = repository.root
    if elsewhere := explain_elsewhere(repository, path):
        return elsewhere
    command = ["ls-files", "-v", "-z", "--", f":(top,literal,icase){path}"]
    listed = run_git(command, cwd=root).fields()
    tags = {entry[2:]: entry[0] for entry in listed}
    if path in tags and (tags[path].islower() or tags[path] == "S"):
        return hidden_error(root, path)
    for other in tags.keys() - {path}:
        return GitError(
            f"git knows {path} as {other}: their names differ in case only",
            f"Run `{write_git(root, 'rm', '--cached', '--', other)} && "
            f"{write_git(root, 'add', '--', path)}` and commit that, or name it as git does in "
            "handoff-md.toml.",
        )
    return GitError(
        f"{path} is on disk otherwise than in HEAD, and git sees no difference",
        f"Run `{write_git(root, 'add', '--renormalize', '--', path)}`, look at `git status`, "
        "and run the command again.",
    )


def hidden_error(root: Path, path: str) -> GitError:
    """Describe a file whose changes git is told not to look at."""
    return GitError(
        f"git is told to ignore changes of {path} (skip-worktree or assume-unchanged)",
        f"Run `{show_again(root, path)}`.",
    )
