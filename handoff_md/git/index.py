"""What git tracks and ignores, what is staged, and the versions of a file that is unmerged."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from handoff_md.errors import GitError
from handoff_md.git.process import Completed, ask_git, explain_failure, pathspec, run_git
from handoff_md.git.repository import read_setting
from handoff_md.reading import read_regular

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from handoff_md.git.repository import Repository

_ANSWERS: Final = (0, 1)
_BEYOND_LINK = b"is beyond a symbolic link"
# Above this, git is asked for the folders of the paths: it compares every entry of the index with
# every pathspec, and the length of a command line is bounded.
_MANY_PATHS: Final = 32
_SIDE: Final = "GITHEAD_"
# Commits of these bring together, repeat or take back what was committed before.
_REPEATING: Final = ("MERGE_HEAD", "SQUASH_MSG", "CHERRY_PICK_HEAD", "REVERT_HEAD")
_BASE, _OURS, _THEIRS = "1", "2", "3"


def list_named(repository: Repository, names: Sequence[str]) -> tuple[str, ...]:
    """Return the tracked files that have one of these names, in any folder; sorted. One process.

    Raises:
        GitError: git can't tell.
    """
    patterns = [f":(glob)**/{name}" for name in names]
    listed = run_git(["ls-files", "-z", "--", *patterns], cwd=repository.root)
    return tuple(sorted(set(listed.fields())))


def list_files(repository: Repository) -> frozenset[str]:
    """Return the files that git tracks, on disk or not, and those that it would add. One process.

    Raises:
        GitError: git can't tell.
    """
    command = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = run_git(command, cwd=repository.root)
    return frozenset(path for path in listed.fields() if not path.endswith("/"))


def tracked_below(repository: Repository, folder: str) -> tuple[str, ...]:
    """Return the paths that the index holds below a folder, relative to the root.

    Raises:
        GitError: git can't tell.
    """
    command = ["ls-files", "-z", "--", pathspec(folder)]
    return tuple(run_git(command, cwd=repository.root).fields())


def list_tracked(root: Path, paths: Collection[str]) -> frozenset[str]:
    """Return those of ``paths`` (relative to the work tree's ``root``) that its index holds.

    One process, none for no paths.

    Raises:
        GitError: git can't tell.
    """
    if not paths:
        return frozenset()
    listed = run_git(["ls-files", "-z", "--", *pathspecs(paths)], cwd=root)
    return frozenset(listed.fields()).intersection(paths)


def pathspecs(paths: Collection[str]) -> list[str]:
    """Say these paths, or the folders that hold them where there are many."""
    if len(paths) <= _MANY_PATHS:
        return [pathspec(path) for path in paths]
    return [pathspec(folder) for folder in sorted({path.rpartition("/")[0] for path in paths})]


def find_ignore_rule(repository: Repository, path: str) -> str | None:
    """Return the file whose rule ignores ``path``, as git names it, or None.

    A file of the work tree is named relative to its root; the user's own files by their absolute
    path, or from ``.git``. Whether git tracks the path makes no difference.

    Raises:
        GitError: git can't tell.
    """
    told = _check_ignore(repository, path)
    if _BEYOND_LINK in told.stderr:
        raise GitError(
            f"{path} lies in a folder that is reached by a symbolic link, and git keeps no file "
            f"under such a path",
            "Replace the link by the folder itself, or name the folder that it leads to in "
            "handoff-md.toml: handoff, summaries, sessions, protocol and guide.",
        )
    if told.code not in _ANSWERS:
        raise explain_failure(f"git can't tell what ignores {path}", told)
    (rule,) = _rules_in(told, [path])
    return rule


def find_ignore_rules(repository: Repository, paths: Collection[str]) -> Iterator[str | None]:
    """Give for each path in turn what `find_ignore_rule` says; one process if git can tell all.

    Raises:
        GitError: git can't tell for one; the answers for those before it are given.
    """
    told = _check_ignore(repository, *paths)
    if told.code in _ANSWERS:
        yield from _rules_in(told, paths)
    else:
        yield from (find_ignore_rule(repository, path) for path in paths)


def is_ignored(repository: Repository, path: str) -> bool | None:
    """Tell whether git ignores a path; None where it can't tell (the path is in a submodule).

    ``path`` is relative to the root, with ``/``. One process.

    Raises:
        GitError: git can't be started.
    """
    told = _check_ignore(repository, path)
    return None if told.code not in _ANSWERS else _rules_in(told, [path]) != [None]


def _check_ignore(repository: Repository, *paths: str) -> Completed:
    command = ["check-ignore", "--verbose", "--non-matching", "--no-index", "-z", "--stdin"]
    asked = "".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape")
    return run_git(command, cwd=repository.root, stdin=asked, check=False)


def _rules_in(told: Completed, paths: Collection[str]) -> list[str | None]:
    """Give for each path the file of its rule; a pattern with ``!`` takes it out again."""
    with told.understood():
        answers = zip(*[iter(told.fields())] * 4, strict=True)
        return [
            source if source and not pattern.startswith("!") else None
            for _, (source, _, pattern, _) in zip(paths, answers, strict=True)
        ]


def is_staged(repository: Repository, path: str, *, against: str = "HEAD") -> bool:
    """Tell whether the commit changes ``path``, compared with HEAD or another commit.

    Before the first commit HEAD is empty. One process.

    Raises:
        GitError: git can't tell.
    """
    base = [] if against == "HEAD" else [against]
    told = ask_git(
        ["diff", "--cached", "--quiet", "--no-ext-diff", *base, "--", pathspec(path)],
        cwd=repository.root,
        failed=f"git can't tell whether {path} is staged",
        index_file=_index_file(),
    )
    return told.code != 0


def list_staged(repository: Repository) -> tuple[str, ...]:
    """Return the paths that the commit changes, compared with HEAD. One process.

    Raises:
        GitError: git can't tell.
    """
    command = ["diff", "--cached", "--name-only", "--no-renames", "--no-ext-diff", "-z"]
    told = run_git(command, cwd=repository.root, check=False, index_file=_index_file())
    if told.code:
        raise explain_failure("git can't tell what is staged", told)
    return tuple(told.fields())


def read_staged(repository: Repository, path: str) -> bytes | None:
    """Return what the commit will hold of ``path``, as it is checked out; None where it holds none.

    Raises:
        GitError: git can't read it.
    """
    return _read(repository, "", path)


def read_committed(repository: Repository, path: str) -> bytes | None:
    """Return what HEAD holds of ``path``, as it is checked out; None where it holds none.

    Raises:
        GitError: git can't read it.
    """
    return _read(repository, "HEAD", path)


def repeats_commits(repository: Repository) -> bool:
    """Tell whether the commit ends a merge (also a squashed one), a cherry-pick or a revert."""
    repeats = any((repository.git_dir / name).exists() for name in _REPEATING)
    return repeats or bool(merged_sides(repository))


def merged_sides(repository: Repository) -> tuple[str, ...]:
    """Give the commits that a merge brings in; none where the commit ends no merge.

    ``MERGE_HEAD`` is written after the hook pre-merge-commit has run, which knows them from
    variables alone. Source: builtin/merge.c, ``GITHEAD_<id>``.
    """
    merge_head = repository.git_dir / "MERGE_HEAD"
    if merge_head.exists():
        return tuple(read_regular(merge_head).decode("ascii").split())
    return tuple(name.removeprefix(_SIDE) for name in sorted(os.environ) if name.startswith(_SIDE))


def read_sides(repository: Repository, path: str) -> dict[str, bytes | None]:
    """Read a path as HEAD has it, and as what is being merged, rebased or picked does, by names.

    Raises:
        GitError: git can't read it.
    """
    from handoff_md.git.objects import read_blob  # noqa: PLC0415 - most commits leave documents alone

    names = ("HEAD", "MERGE_HEAD", "REBASE_HEAD", "CHERRY_PICK_HEAD")
    there = [name for name in names if name == "HEAD" or (repository.git_dir / name).exists()]
    return {name: read_blob(repository, name, path) for name in there}


def _read(repository: Repository, revision: str, path: str) -> bytes | None:
    from handoff_md.git.objects import read_blob  # noqa: PLC0415 - most commits leave documents alone

    return read_blob(repository, revision, path, index_file=_index_file())


def _index_file() -> str | None:
    """Give the index that the hook is told of: not the work tree's own with ``--only``."""
    return os.environ.get("GIT_INDEX_FILE") or None


class Stages(NamedTuple):
    """The versions of an unmerged path, as they would stand in the work tree.

    None where a side does not have the file; ``base`` then also where both created it.
    """

    base: bytes | None
    ours: bytes | None
    theirs: bytes | None


def read_conflict_style(folder: Path) -> Literal["merge", "diff3", "zdiff3"]:
    """Give how conflicts are to be written, as ``merge.conflictStyle`` says: git-config(1).

    Raises:
        GitError: git can't be started.
    """
    match read_setting(folder, "merge.conflictStyle"):
        case "diff3":
            return "diff3"
        case "zdiff3":
            return "zdiff3"
        case _:
            return "merge"


def read_stages(root: Path, path: str) -> Stages | None:
    """Give the versions of a path in the index; None where it is not unmerged.

    Raises:
        GitError: git fails.
    """
    listed = run_git(["ls-files", "--unmerged", "-z", "--", pathspec(path)], cwd=root)
    found: dict[str, bytes] = {}
    for entry in listed.fields():
        with listed.understood():
            _mode, oid, stage = entry.partition("\t")[0].split(" ")
        found[stage] = _read_version(root, path, oid)
    if not found:
        return None
    return Stages(found.get(_BASE), found.get(_OURS), found.get(_THEIRS))


def _read_version(root: Path, path: str, name: str) -> bytes:
    """Give a blob as it would be checked out: line endings and filters as configured."""
    return run_git(["cat-file", "--filters", f"--path={path}", name], cwd=root).stdout


def stage(root: Path, path: str) -> None:
    """Add a path to the index: it is resolved (GitError: git fails)."""
    run_git(["add", "--", pathspec(path)], cwd=root, writes=True)
