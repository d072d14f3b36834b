"""What all branches hold of a folder, local and remote-tracking ones, without checking any out."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from handoff_md.errors import GitError
from handoff_md.git.objects import open_objects
from handoff_md.git.process import Completed, explain_failure, quote_output, run_git

if TYPE_CHECKING:
    from handoff_md.git.repository import Repository

_REFS: Final = ("refs/heads", "refs/remotes")
_IGNORED_REF: Final = b"ignoring broken ref"


def list_in_branches(
    repository: Repository, folder: str, heads: Collection[str] = ()
) -> frozenset[str]:
    """Return the names of what lies in a folder in any local or remote-tracking branch.

    Three processes, whatever the number of branches; one where there is none.

    Args:
        repository: the repository.
        folder: relative to the root, with ``/``.
        heads: further commits to look in, by their ids: a detached HEAD is on no branch.

    Raises:
        GitError: a branch can't be read: what it holds is unknown, not nothing.
    """
    tips = tuple(dict.fromkeys((*_list_tips(repository), *heads)))
    if not tips:
        return frozenset()
    trees = _find_trees(repository, tips, folder)
    if not trees:
        return frozenset()
    read = _cat_file(repository, "--batch", trees)
    with read.understood():
        return frozenset(_names(read.stdout, len(trees[0]) // 2))


def read_in_branches(repository: Repository, path: str) -> Iterator[bytes]:
    """Give each content that a file has at the tip of a local or remote-tracking branch, once.

    Args:
        repository: the repository.
        path: relative to the root, with ``/``.

    Raises:
        GitError: a branch can't be read.
    """
    yield from read_in_commits(repository, path, _list_tips(repository))


def read_in_commits(repository: Repository, path: str, commits: Collection[str]) -> Iterator[bytes]:
    """Give each content that a file has in some commits, once.

    Two processes; none without commits. ``path`` is relative to the root, with ``/``.

    Raises:
        GitError: git can't read it.
    """
    if not commits:
        return
    with open_objects(repository, path) as objects:
        contents = (objects.read_blob(f"{commit}:{path}") for commit in commits)
        yield from dict.fromkeys(content for content in contents if content is not None)


def find_words_in_branches(
    repository: Repository, words: Collection[str], *, without: str
) -> frozenset[str]:
    """Give those of the words that a Markdown file has at the tip of any branch.

    Two processes; none without words.

    Args:
        repository: the repository.
        words: as they stand, on one line.
        without: a folder whose files do not count, relative to the root, with ``/``.

    Raises:
        GitError: a branch can't be read.
    """
    tips = _list_tips(repository) if words else ()
    if not tips:
        return frozenset()
    command = ["grep", "-h", "-o", "-F", "--no-color", "--no-recurse-submodules"]
    given = [argument for word in sorted(words) for argument in ("-e", word)]
    paths = [":(top,glob)**/*.md", f":(top,exclude,literal){without}"]
    found = run_git([*command, *given, *tips, "--", *paths], cwd=repository.root, check=False)
    if found.code > 1:
        raise explain_failure("the branches can't be searched", found)
    return frozenset(found.lines()).intersection(words)


def _list_tips(repository: Repository) -> tuple[str, ...]:
    command = ["for-each-ref", "--format=%(objectname)", *_REFS]
    listed = run_git(command, cwd=repository.root)
    if _IGNORED_REF in listed.stderr:
        raise GitError(
            f"a branch of {repository.root} can't be read: {quote_output(listed.stderr)}",
            "Run `git fsck`; then delete the branch, or fetch it again.",
        )
    return tuple(dict.fromkeys(listed.ids()))


def _find_trees(repository: Repository, tips: tuple[str, ...], folder: str) -> tuple[str, ...]:
    """Find the folder's trees in the tips, each once; a tip that can't be read is an error."""
    asked = [question for tip in tips for question in (f"{tip}^{{tree}}", f"{tip}:{folder}")]
    answers = _cat_file(repository, "--batch-check=%(objecttype) %(objectname)", asked)
    lines = answers.lines()
    if len(lines) != len(asked):
        raise answers.garbled()
    for tip, line in zip(tips, lines[::2], strict=True):
        if not line.startswith("tree "):
            raise GitError(
                f"commit {tip[:12]}, the tip of a branch of {repository.root}, can't be read",
                "Run `git fsck`; then delete the branch, or fetch it again.",
            )
    found = (line.split(" ") for line in lines[1::2] if line.startswith("tree "))
    return tuple(dict.fromkeys(oid for _, oid in found))


def _cat_file(repository: Repository, mode: str, asked: Sequence[str]) -> Completed:
    questions = "".join(f"{question}\n" for question in asked)
    stdin = questions.encode("utf-8", "surrogateescape")
    return run_git(["cat-file", mode], cwd=repository.root, stdin=stdin)


def _names(output: bytes, width: int) -> Iterator[str]:
    """Give the names in tree objects: ``<mode> <name>`` NUL, then the id's ``width`` bytes."""
    place = 0
    while place < len(output):
        end = output.index(b"\n", place)
        size = int(output[place:end].split(b" ")[2])
        entry, stop = end + 1, end + 1 + size
        while entry < stop:
            nul = output.index(b"\0", entry)
            yield os.fsdecode(output[output.index(b" ", entry) + 1 : nul])
            entry = nul + 1 + width
        place = stop + 1
