"""The commits of a range: their parents and messages, and what each changed of some paths."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from handoff_md.errors import GitError
from handoff_md.git.objects import find_id, read_blob
from handoff_md.git.process import ask_git, pathspec, run_git
from handoff_md.git.revisions import (
    check_depth,
    check_names,
    expand_new,
    explain_bad_revision,
    read_range,
)
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.git.repository import Repository

_ID: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_TRAILER = "%(trailers:key={},valueonly,unfold,separator=%x01)"
_REGULAR: Final = ("100644", "100755")


class FileChange(Value):
    """A path that two commits differ in, with the ids of the blobs there.

    None where there is no file: absent, a symbolic link, or a submodule.
    """

    path: str
    before: str | None
    after: str | None


class Commit(Value):
    """A commit, and how it differs from each of its parents in the paths that were asked for.

    ``changes`` has one item for each parent, in their order; one, against nothing, for a root.
    ``trailers`` are the values of each trailer that was asked for. Bytes of the message that can't
    be decoded are U+FFFD. ``date`` is the later of the days that author and committer tell.
    """

    id: str
    parents: tuple[str, ...]
    message: str
    trailers: Mapping[str, tuple[str, ...]]
    changes: tuple[tuple[FileChange, ...], ...]
    date: dt.date | None = None


class MergeToCome(Value):
    """The versions that merging a branch would bring together; None where one lacks the file.

    ``bases`` is how many merge bases there are, ``base`` is the first one's: neither is looked for
    where a side lacks the file.
    """

    base: bytes | None
    ours: bytes | None
    theirs: bytes | None
    bases: int


class LastChange(Value):
    """The last commit that changed a path, and when it was made, in seconds since 1970."""

    commit: str
    seconds: int


def find_last_change(
    repository: Repository, commit: str, path: str, *, holds: bool = False
) -> LastChange | None:
    """Give the last commit up to ``commit`` that changed a path; None where none did.

    In a shallow clone that may be the one where it ends. ``holds`` says that the commit is known to
    have the path, so that there is one.

    Raises:
        GitError: git can't tell.
    """
    command = ["log", "-1", "--format=%H %ct", "--no-show-signature", commit]
    told = run_git([*command, "--", pathspec(path)], cwd=repository.root)
    with told.understood():
        for line in told.lines():
            found, seconds = line.split(" ")
            return LastChange(found, int(seconds))
    if holds:
        raise told.garbled()
    return None


def count_commits(repository: Repository, since: str, until: str) -> int:
    """Count the commits that ``until`` reaches and ``since`` does not.

    Raises:
        GitError: git can't tell.
    """
    command = ["rev-list", "--count", "--end-of-options", f"{since}..{until}"]
    told = run_git(command, cwd=repository.root)
    with told.understood():
        return int(told.line())


class CommitSubject(Value):
    """A commit's id and the first line of its message."""

    id: str
    subject: str


def list_subjects(repository: Repository, since: str, until: str) -> tuple[CommitSubject, ...]:
    """Give the commits that ``until`` reaches and ``since`` does not, the latest first.

    Raises:
        GitError: git can't tell.
    """
    command = ["log", "-z", "--format=%H %s", "--encoding=UTF-8", "--no-show-signature"]
    listed = run_git([*command, "--no-color", f"{since}..{until}", "--"], cwd=repository.root)
    told = listed.stdout.decode("utf-8", "replace").split("\0")
    return tuple(CommitSubject(*one.partition(" ")[::2]) for one in told if one)


def list_changed_files(root: Path, commit: str, tip: str = "") -> tuple[str, ...]:
    """Give the paths of a work tree that differ from a commit, in order; untracked ones are not.

    With ``tip``, a revision, those that differ between the two commits.

    Raises:
        GitError: there is no such commit, or git can't compare them.
    """
    command = ["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-color"]
    told = run_git(
        [*command, "--no-relative", "--end-of-options", commit, *([tip] if tip else []), "--"],
        cwd=root,
    )
    return tuple(sorted(told.fields()))


def list_untracked_files(root: Path) -> tuple[str, ...]:
    """Give the paths of a work tree that git neither tracks nor ignores, in order.

    Raises:
        GitError: git can't tell.
    """
    told = run_git(["ls-files", "--others", "--exclude-standard", "-z"], cwd=root)
    return tuple(sorted(told.fields()))


def list_commits_around(
    repository: Repository, commit: str, tip: str, path: str, *, most: int
) -> tuple[str, ...]:
    """Give the parents of a commit, and the latest ones since, up to a tip, that changed a path.

    Raises:
        GitError: git can't tell.
    """
    parents = run_git(["rev-parse", f"{commit}^@"], cwd=repository.root).ids()
    command = ["rev-list", f"--max-count={most}", f"{commit}..{tip}", "--", pathspec(path)]
    return (*parents, *run_git(command, cwd=repository.root).ids())


def read_commits(
    repository: Repository, revisions: str, *, paths: Sequence[str], trailers: Sequence[str] = ()
) -> tuple[Commit, ...]:
    """Read the commits of a range, parents before children; two processes.

    Args:
        repository: the repository.
        revisions: what ``git log`` takes: ``A..B``, ``A...B``, ``HEAD~1..``, ``REV^!``; a single
            revision stands for it and all before it. Several words are taken together.
        paths: the files and folders that matter, relative to the root, with ``/``.
        trailers: the trailers that matter, by their keys.

    Raises:
        GitError: there is no such revision, or the clone is too shallow for it.
    """
    words = expand_new(repository, read_range(revisions))
    listed = tuple(_list_commits(repository, words, trailers))
    if not listed:
        check_names(repository, words)
    check_depth(repository, revisions, [commit.id for commit in listed])
    pairs = [(commit.id, parent) for commit in listed for parent in commit.parents or (None,)]
    changes = _compare(repository, pairs, paths)
    return tuple(
        replace(commit, changes=tuple(next(changes) for _ in commit.parents or (None,)))
        for commit in listed
    )


def list_commits_outside(
    repository: Repository, revisions: str, references: Sequence[str]
) -> frozenset[str]:
    """Give the ids of the commits of a range that none of some references reaches.

    Raises:
        GitError: git can't tell.
    """
    words = expand_new(repository, read_range(revisions))
    command = ["rev-list", "--end-of-options", *words]
    listed = run_git([*command, *(f"^{name}" for name in references)], cwd=repository.root)
    return frozenset(listed.ids())


def find_moved_files(repository: Repository, parent: str, commit: str, ending: str) -> set[str]:
    """Give the paths that a commit has moved there from elsewhere, of names that end so.

    Raises:
        GitError: git can't tell.
    """
    command = ["diff-tree", "-r", "-z", "-M", "--name-only", "--diff-filter=R", "--no-ext-diff"]
    command += [parent, commit, "--", f":(top,glob)**/*{ending}"]
    return set(run_git(command, cwd=repository.root).fields())


def find_renames(repository: Repository, commit: str) -> Mapping[str, str]:
    """Give the old name, in a commit, of each file that has another one now, by the new name.

    git sees only the files that it tracks.

    Raises:
        GitError: git can't compare them.
    """
    command = [
        "diff",
        "--name-status",
        "-z",
        "-M",
        "--diff-filter=R",
        "--no-ext-diff",
        "--no-color",
    ]
    told = run_git([*command, "--no-relative", commit, "--"], cwd=repository.root)
    with told.understood():
        words = told.fields()
        return dict(zip(words[2::3], words[1::3], strict=True))


def find_merge_bases(repository: Repository, one: str, other: str) -> tuple[str, ...]:
    """Give the best common ancestors of two commits; none where their histories never met.

    Raises:
        GitError: git can't tell.
    """
    failed = f"the common ancestors of {one} and {other} can't be told"
    command = ["merge-base", "--all", one, other]
    return tuple(ask_git(command, cwd=repository.root, failed=failed).ids())


def read_merge_to_come(repository: Repository, path: str, branch: str) -> MergeToCome:
    """Give the versions of a path in HEAD, in a branch, and where they part.

    Raises:
        GitError: there is no such branch, or git fails.
    """
    commit = find_id(repository, f"{branch}^{{commit}}")
    if commit is None:
        raise GitError(f"there is no commit {branch!r}", "`git branch --all` lists the branches.")
    ours, theirs = (read_blob(repository, tip, path) for tip in ("HEAD", commit))
    if ours is None or theirs is None:
        return MergeToCome(None, ours, theirs, 0)
    bases = find_merge_bases(repository, "HEAD", commit)
    base = read_blob(repository, bases[0], path) if bases else None
    return MergeToCome(base, ours, theirs, len(bases))


def list_changed(
    repository: Repository, pairs: Sequence[tuple[str, str]]
) -> tuple[frozenset[str], ...]:
    """Give, for each commit and another one, the paths in which they differ. One process.

    Raises:
        GitError: git can't compare them.
    """
    compared = _compare(repository, pairs, ())
    return tuple(frozenset(change.path for change in changes) for changes in compared)


def find_files_with(
    repository: Repository, commit: str, words: Sequence[str], *, ending: str
) -> tuple[str, ...]:
    """Give the paths of a commit's files that hold any of some words, of names that end so.

    Raises:
        GitError: git can't tell.
    """
    command = ["grep", "-l", "-z", "-F", "--no-color", "--no-recurse-submodules"]
    given = [argument for word in words for argument in ("-e", word)]
    found = ask_git(
        [*command, *given, commit, "--", f":(top,glob)**/*{ending}"],
        cwd=repository.root,
        failed=f"the files of {commit} can't be searched",
    )
    return tuple(name.removeprefix(f"{commit}:") for name in found.fields())


def list_versions(root: Path, path: str) -> frozenset[str]:
    """Give the ids of the blobs that a path has held in the history of a work tree's HEAD.

    Raises:
        GitError: git can't tell; there is no commit yet.
    """
    command = ["log", "--full-history", "-m", "--format=", "--raw", "--no-abbrev", "--no-renames"]
    listed = run_git([*command, "HEAD", "--", pathspec(path)], cwd=root)
    lines = (line.split() for line in listed.stdout.decode("utf-8", "replace").splitlines())
    return frozenset(blob for line in lines for blob in line[2:4])


def had_before(repository: Repository, commit: str, path: str, words: str) -> bool:
    """Tell whether a file has held some words at any time up to a commit.

    Raises:
        GitError: git can't tell.
    """
    command = ["log", "-1", "--format=%H", "--no-show-signature", "--no-follow"]
    found = run_git(
        [*command, "--full-history", f"-S{words}", commit, "--", pathspec(path)],
        cwd=repository.root,
    )
    return bool(found.ids())


def _list_commits(
    repository: Repository, words: Sequence[str], trailers: Sequence[str]
) -> Iterator[Commit]:
    """Give the commits of a range without their changes."""
    fields = ["%H", "%P", "%B", "%as %cs", *(_TRAILER.format(key) for key in trailers)]
    command = ["log", "-z", "--topo-order", "--reverse", "--no-show-signature", "--no-color"]
    command += ["--encoding=UTF-8", "--no-notes", f"--format={'%x00'.join(fields)}"]
    listed = run_git([*command, "--end-of-options", *words, "--"], cwd=repository.root, check=False)
    if listed.code:
        raise explain_bad_revision(repository, words, listed)
    told = listed.stdout.decode("utf-8", "replace").split("\0")[:-1]
    if len(told) % len(fields) or not all(map(_ID.fullmatch, told[:: len(fields)])):
        raise listed.garbled()
    for start in range(0, len(told), len(fields)):
        commit, parents, message, dates, *values = told[start : start + len(fields)]
        split = [tuple(value for value in found.split("\x01") if value) for found in values]
        known = dict(zip(trailers, split, strict=True))
        yield Commit(
            commit, tuple(parents.split()), message.strip("\n"), known, (), _read_day(dates)
        )


def _read_day(dates: str) -> dt.date | None:
    """Give the latest of some days; None where git tells a year that is none here."""
    try:
        return max(map(dt.date.fromisoformat, dates.split()), default=None)
    except ValueError:
        return None


def _compare(
    repository: Repository, pairs: Sequence[tuple[str, str | None]], paths: Iterable[str]
) -> Iterator[tuple[FileChange, ...]]:
    """Give the changes from each parent to its commit, in the order of the pairs.

    git takes a line ``<commit> <parent>`` as a commit with this one parent, and starts what it
    tells of it with the commit's id.
    """
    if not pairs:
        return
    lines = "".join(f"{commit} {parent}\n" if parent else f"{commit}\n" for commit, parent in pairs)
    command = ["diff-tree", "--stdin", "--always", "--root", "-r", "-z", "--raw", "--no-abbrev"]
    command += ["--no-renames", "--no-ext-diff", "--ignore-submodules=all"]
    told = run_git(
        [*command, "--", *map(pathspec, paths)], cwd=repository.root, stdin=lines.encode("ascii")
    )
    with told.understood():
        compared = _read_comparisons(told.fields())
    if len(compared) != len(pairs):
        raise told.garbled()
    yield from compared


def _read_comparisons(words: Sequence[str]) -> list[tuple[FileChange, ...]]:
    """Read what ``git diff-tree --stdin`` tells: an id, then two words for each change."""
    compared: list[list[FileChange]] = []
    place = 0
    while place < len(words):
        word = words[place]
        if word.startswith(":"):
            old_mode, mode, before, after, _ = word[1:].split(" ")
            path = words[place + 1]
            compared[-1].append(FileChange(path, _blob(old_mode, before), _blob(mode, after)))
            place += 2
        else:
            compared.append([])
            place += 1
    return list(map(tuple, compared))


def _blob(mode: str, blob: str) -> str | None:
    return blob if mode in _REGULAR else None
