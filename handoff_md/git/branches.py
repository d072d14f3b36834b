"""What branches hold and lead to, without checking any out; which is the main one, which broken."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from handoff_md.errors import GitError
from handoff_md.git.objects import find_objects, open_objects
from handoff_md.git.process import ask_git, quote_output, run_git
from handoff_md.git.revisions import find_unknown_commits
from handoff_md.git.worktrees import list_worktrees
from handoff_md.reading import read_regular
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.git.repository import Repository

_USUAL: Final = ("main", "master")
_LOCAL: Final = "refs/heads/"
_REMOTE: Final = "refs/remotes/"
_BRANCHES: Final = (_LOCAL, _REMOTE)
_ANYWHERE: Final = ("refs/",)
_BROKEN: Final = re.compile(r"^warning: ignoring broken ref (?P<name>.+)$", re.MULTILINE)


class Branch(Value):
    """A local or remote-tracking branch: its short name, such as ``origin/main``, and its tip."""

    name: str
    commit: str
    is_local: bool


class BrokenRef(Value):
    """A ref that can't be read.

    ``names`` is the id of the object that it names and that is not there, empty where it names
    none. ``file`` is its own file, None where it is packed. ``checked_out`` tells that a work tree
    has it checked out.
    """

    name: str
    names: str
    file: Path | None
    checked_out: bool


class _Ref(Value):
    """A reference: what it names, and the reference that it stands for, if it is symbolic."""

    id: str
    name: str
    target: str

    @property
    def is_head(self) -> bool:
        """Tell whether it says which branch of a remote is the main one."""
        return self.name.endswith("/HEAD")


class _Refs(Value):
    """The references that can be read, and what git says of those that can't."""

    known: tuple[_Ref, ...]
    complaints: bytes


def list_branches(repository: Repository) -> tuple[tuple[Branch, ...], tuple[str, ...]]:
    """Give all local branches, then the remote-tracking ones, and the names of broken ones.

    One process. A remote's HEAD is another branch's second name, and is left out.

    Raises:
        GitError: git can't list them.
    """
    refs = _list_refs(repository, *_BRANCHES)
    branches = [
        Branch(_short(ref.name), ref.id, ref.name.startswith(_LOCAL))
        for ref in refs.known
        if not (ref.is_head and ref.target)
    ]
    broken = (match["name"] for match in _BROKEN.finditer(os.fsdecode(refs.complaints)))
    return tuple(branches), tuple(map(_short, broken))


def _short(name: str) -> str:
    return name.removeprefix(_LOCAL).removeprefix(_REMOTE)


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
    asked = "".join(f"{tree}\n" for tree in trees).encode("ascii")
    read = run_git(["cat-file", "--batch"], cwd=repository.root, stdin=asked)
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
    found = ask_git(
        [*command, *given, *tips, "--", *paths],
        cwd=repository.root,
        failed="the branches can't be searched",
    )
    return frozenset(found.lines()).intersection(words)


def find_branches_with(repository: Repository, path: str) -> tuple[str, ...]:
    """Give the local and remote-tracking branches that have a file, by their short names.

    Two processes. ``path`` is relative to the root, with ``/``.

    Raises:
        GitError: git can't tell.
    """
    if "\n" in path:
        return ()
    names = [ref.name for ref in _list_refs(repository, *_BRANCHES).known if not ref.is_head]
    found = find_objects(repository, [f"{name}:{path}" for name in names])
    return tuple(
        _short(name) for name, (kind, _) in zip(names, found, strict=True) if kind == "blob"
    )


def find_remote_branches_with(repository: Repository, commit: str) -> tuple[str, ...]:
    """Give the remote-tracking branches that lead to a commit, as they were fetched last.

    One process. A commit that is not here is led to by none.

    Raises:
        GitError: git can't tell.
    """
    if find_unknown_commits(repository, [commit]):
        return ()
    command = ["for-each-ref", f"--contains={commit}", "--format=%(refname)", _REMOTE]
    return tuple(map(_short, run_git(command, cwd=repository.root).lines()))


def find_main_branch(repository: Repository, configured: str = "") -> tuple[str, ...]:
    """Give the references that are the main branch, here and on remotes; none where it is unknown.

    It is the configured one, else what a remote's HEAD names (``origin``'s first), else ``main``,
    else ``master``, where there is one. One process.

    Raises:
        GitError: git can't tell.
    """
    refs = _list_refs(repository, *_BRANCHES).known
    references = {ref.name: ref.target for ref in refs}
    for name in (configured,) if configured else (*_remote_heads(references), *_USUAL):
        found = tuple(
            reference for reference in references if _branch_of(reference, references) == name
        )
        if found:
            return found
    return ()


def _remote_heads(references: dict[str, str]) -> list[str]:
    heads = [
        (not reference.startswith(f"{_REMOTE}origin/"), _branch_of(target, {}))
        for reference, target in references.items()
        if target and reference.startswith(_REMOTE) and reference.endswith("/HEAD")
    ]
    return [name for _, name in sorted(heads)]


def _branch_of(reference: str, references: dict[str, str]) -> str:
    """Give a branch's name without its remote's; empty for a remote's HEAD."""
    if references.get(reference):
        return ""
    if reference.startswith(_LOCAL):
        return reference.removeprefix(_LOCAL)
    return reference.removeprefix(_REMOTE).partition("/")[2]


def find_dropped_commits(repository: Repository, ids: Collection[str]) -> frozenset[str]:
    """Give those of the commits that no branch, tag, or HEAD of a work tree leads to.

    At most three processes; none without ids. A stash keeps its commits, and is no branch.

    Args:
        repository: the repository.
        ids: full commit ids; one that names no commit here counts as dropped.

    Raises:
        GitError: git can't tell.
    """
    gone = find_unknown_commits(repository, ids)
    asked = sorted(set(ids) - gone)
    if not asked:
        return gone
    stdin = "".join(f"{name}\n" for name in asked).encode("ascii")
    heads = [tree.head for tree in list_worktrees(repository) if tree.head]
    command = ["rev-list", "--stdin", "--not", "--branches", "--remotes", "--tags", *heads]
    listed = run_git(command, cwd=repository.root, stdin=stdin).ids()
    return gone | frozenset(asked).intersection(listed)


def find_broken_refs(repository: Repository) -> tuple[BrokenRef, ...]:
    """Find the refs that can't be read. Two processes.

    Raises:
        GitError: git can't list them.
    """
    refs = _list_refs(repository)
    broken = [(match["name"], "") for match in _BROKEN.finditer(os.fsdecode(refs.complaints))]
    found = find_objects(repository, [ref.id for ref in refs.known])
    broken += [
        (ref.name, ref.id)
        for ref, (kind, _) in zip(refs.known, found, strict=True)
        if kind == "missing"
    ]
    heads = _checked_out(repository)
    return tuple(
        BrokenRef(name, oid, path if path.is_file() else None, name in heads)
        for name, oid in broken
        for path in [repository.common_dir / name]
    )


def _checked_out(repository: Repository) -> frozenset[str]:
    """Give the branches that work trees have checked out. Source: gitrepository-layout(5)."""
    common = repository.common_dir
    heads = (common / "HEAD", *common.glob("worktrees/*/HEAD"))
    texts = (os.fsdecode(read_regular(head)) for head in heads if head.is_file())
    return frozenset(text.removeprefix("ref: ").strip() for text in texts)


def _list_tips(repository: Repository) -> tuple[str, ...]:
    """Give the commits of all branches, each once; a branch that can't be read is an error."""
    refs = _list_refs(repository, *_BRANCHES)
    if _BROKEN.search(os.fsdecode(refs.complaints)):
        raise GitError(
            f"a branch of {repository.root} can't be read: {quote_output(refs.complaints)}",
            "Run `git fsck`; then delete the branch, or fetch it again.",
        )
    return tuple(dict.fromkeys(ref.id for ref in refs.known))


def _list_refs(repository: Repository, *places: str) -> _Refs:
    """List the references below some places, all without any. One process."""
    command = ["for-each-ref", "--format=%(objectname) %(refname) %(symref)", *places]
    listed = run_git(command, cwd=repository.root)
    with listed.understood():
        # No name of a reference holds a blank: git-check-ref-format(1).
        known = tuple(_Ref(*line.split(" ")) for line in listed.lines())
    if not all(ref.name.startswith(places or _ANYWHERE) for ref in known):
        raise listed.garbled()
    return _Refs(known, listed.stderr)


def _find_trees(repository: Repository, tips: tuple[str, ...], folder: str) -> tuple[str, ...]:
    """Find the folder's trees in the tips, each once; a tip that can't be read is an error."""
    asked = [question for tip in tips for question in (f"{tip}^{{tree}}", f"{tip}:{folder}")]
    found = find_objects(repository, asked)
    for tip, (kind, _) in zip(tips, found[::2], strict=True):
        if kind != "tree":
            raise GitError(
                f"commit {tip[:12]}, the tip of a branch of {repository.root}, can't be read",
                "Run `git fsck`; then delete the branch, or fetch it again.",
            )
    return tuple(dict.fromkeys(tree for kind, tree in found[1::2] if kind == "tree"))


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
