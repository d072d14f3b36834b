"""What branches hold in one folder, each at its tip: read without a checkout, in few processes.

What can't be seen is told, and never taken for nothing: a clone may be partial, a ref broken.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from handoff_md.git.branches import Branch
from handoff_md.git.process import ask_git, explain_failure, pathspec, run_git
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.git.repository import Repository

_REGULAR: Final = frozenset({"100644", "100755", "100664"})
_FOLDER: Final = "40000"
FILE: Final = "a file"
"""What `find_kinds` says of a regular file."""
_KINDS: Final = {
    **dict.fromkeys(_REGULAR, FILE),
    "120000": "a symbolic link",
    "160000": "a submodule",
    _FOLDER: "a folder",
}
_MODE: Final = re.compile(f"(?:{'|'.join(_KINDS)})$".encode("ascii"))
_LONGEST_MODE: Final = 6
_NO_TREE: Final = re.compile(rb"unable to read tree \(?(?P<id>[0-9a-f]{40,64})")
_LARGEST_FOLDER: Final = 16 * 1024 * 1024  # bytes of a tree: some 200,000 files


class BranchFile(Value):
    """A file at the tip of a branch: its name in the folder, its blob's id, and its bytes.

    ``odd`` says why its bytes were not read: a clause that follows its name.
    """

    branch: Branch
    name: str
    blob: str
    data: bytes = b""
    odd: str = ""

    @property
    def is_file(self) -> bool:
        """Tell whether it is a regular file, whether or not it was read."""
        return not self.odd.startswith("is ")


class Unseen(Value):
    """A branch of which it is not known what it holds, and why: a clause that follows its name.

    ``is_partial`` tells that this clone was made without it, so that it can be fetched.
    """

    branch: Branch
    why: str
    is_partial: bool = False


class TipFiles(Value):
    """The files that were wanted, by branch and name in the order asked, and what is not seen."""

    files: tuple[BranchFile, ...]
    unseen: tuple[Unseen, ...]


class _Entry(Value):
    """An entry of a folder: its mode, as git writes it, its name, and its object's id."""

    mode: str
    name: str
    id: str


class _Place(Value):
    """What a commit has at a path, or on the way to it.

    ``path`` is the one that was asked for, or the first part of it that is no folder to be read;
    ``mode`` is as git writes it, empty for nothing. ``tree`` is what a folder holds, None for one
    that can't be read.
    """

    path: str
    mode: str = ""
    tree: bytes | None = None

    @property
    def why_unseen(self) -> str:
        """Say why a folder that was asked for is not seen; empty where it is, or none is there."""
        if not self.mode or self.tree is not None:
            return ""
        if self.mode == _FOLDER:
            return f"has a folder, {self.path or 'its root'}, that can't be read"
        what = _KINDS[self.mode]
        return f"has {what} in the place of the folder {self.path}: no summaries are read there"


class _Object(Value):
    """An object: its id, its kind, and its size in bytes."""

    id: str
    kind: str
    size: int


def read_tips(
    repository: Repository,
    branches: Sequence[Branch],
    folder: str,
    wanted: Callable[[str], bool],
    *,
    limit: int,
) -> TipFiles:
    """Read the files of a folder at the tips of branches, a blob that several hold once.

    Four processes, whatever the number of branches and files; in a partial clone one more for each
    branch, and nothing is fetched.

    Args:
        repository: the repository.
        branches: where to look.
        folder: relative to the root, with ``/``.
        wanted: tells by a file's name whether it is to be read.
        limit: the most bytes of a file.

    Raises:
        GitError: git can't read what is there.
    """
    unseen: tuple[Unseen, ...] = ()
    if is_partial(repository):
        branches, unseen = _part_seen(repository, branches, folder)
    places = _look_up(repository, [(branch.commit, folder) for branch in branches])
    width = len(branches[0].commit) // 2 if branches else 0
    trees = {place.tree for place in places.values() if place.tree}
    listed = {tree: tuple(_read_entries(tree, width)) for tree in trees}
    found: list[tuple[Branch, _Entry]] = []
    for branch in branches:
        place = places[branch.commit, folder]
        if place.why_unseen:
            unseen += (Unseen(branch, place.why_unseen),)
        entries = listed.get(place.tree, ()) if place.tree else ()
        found += [(branch, entry) for entry in entries if wanted(entry.name)]
    blobs = sorted({entry.id for _, entry in found if entry.mode in _REGULAR})
    sizes = {one.id: one.size for one in _describe(repository, blobs) if one}
    small = [blob for blob in blobs if sizes.get(blob, limit + 1) <= limit]
    contents = dict(zip(small, _read_objects(repository, small), strict=True))
    files = (_file(branch, entry, sizes, contents) for branch, entry in found)
    return TipFiles(tuple(files), unseen)


def find_kinds(repository: Repository, places: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Say what each commit has at a path: `FILE`, ``a symbolic link``, and so on; else nothing.

    Two processes, whatever the number of commits.

    Raises:
        GitError: git can't read what is there.
    """
    found = _look_up(repository, [one for one in places if _is_plain(one[1])])
    known = ((path, found.get((commit, path))) for commit, path in places)
    return tuple(
        _KINDS[place.mode] if place and place.mode and place.path == path else ""
        for path, place in known
    )


def is_partial(repository: Repository) -> bool:
    """Tell, without a process, whether the clone was made without some of its objects."""
    packs = repository.common_dir / "objects" / "pack"
    return next(packs.glob("*.promisor"), None) is not None


def list_missing(
    repository: Repository, commits: Collection[str], folder: str
) -> dict[str, tuple[str, ...]]:
    """Give, for each commit, the ids of what a partial clone lacks of one of its folders.

    One process for each that was not asked about since the last pack came; nothing is fetched. Of
    folders that are not here git names the outermost
    one only: what is in it is known when that is here.

    Raises:
        GitError: git can't tell.
    """
    packs = (repository.common_dir / "objects" / "pack").stat().st_mtime_ns
    return {one: _find_missing(repository, one, folder, packs) for one in commits}


@lru_cache(maxsize=10_000)  # what sessions' branches hold is asked for more than once
def _find_missing(repository: Repository, commit: str, folder: str, _packs: int) -> tuple[str, ...]:
    command = ["rev-list", "--objects", "--no-object-names", "--no-walk", "--missing=print"]
    asked = [*command, commit, "--", pathspec(folder)]
    told = run_git(asked, cwd=repository.root, check=False, offline=True)
    if told.code:
        found = _NO_TREE.search(told.stderr)
        if found is None:
            raise explain_failure(f"what is here of {commit} can't be told", told)
        return (found["id"].decode("ascii"),)
    return tuple(line[1:] for line in told.lines() if line.startswith("?"))


def list_paths(repository: Repository, commit: str) -> frozenset[str]:
    """Give the paths of all files and folders of a commit, relative to the root, with ``/``.

    One process; none where a partial clone does not have them.

    Raises:
        GitError: git can't list them.
    """
    command = ["ls-tree", "-r", "-t", "-z", "--name-only", "--full-tree", commit]
    told = run_git(command, cwd=repository.root, check=False, offline=True)
    if told.code and not is_partial(repository):
        raise explain_failure(f"the files of {commit} can't be listed", told)
    return frozenset() if told.code else frozenset(told.fields())


def last_change(repository: Repository, commit: str, path: str) -> tuple[str, str]:
    """Say who changed a file last in a commit's history: the commit's short id, and the author.

    Both are empty where the history that is here does not tell. One process.

    Raises:
        GitError: git can't tell.
    """
    command = ["log", "-1", "--format=%h%x00%an", "--no-show-signature", "--no-follow", commit]
    asked = [*command, "--", pathspec(path)]
    told = run_git(asked, cwd=repository.root, check=not is_partial(repository), offline=True)
    short, _, author = told.text().partition("\0")
    return short, author


def is_ancestor(repository: Repository, one: str, other: str) -> bool:
    """Tell whether a commit is in the history of another one, as far as that is here.

    Raises:
        GitError: git can't tell.
    """
    failed = f"git can't tell whether {other} holds {one}"
    command = ["merge-base", "--is-ancestor", one, other]
    return ask_git(command, cwd=repository.root, failed=failed).code == 0


def has_message(repository: Repository, ref: str, line: str) -> bool:
    """Tell whether a commit that a reference leads to has a line in its message.

    Raises:
        GitError: git can't tell.
    """
    command = ["log", "--max-count=1", "--format=%H", "--fixed-strings", f"--grep={line}"]
    failed = f"git can't tell what {ref} holds"
    told = ask_git([*command, "--end-of-options", ref], cwd=repository.root, failed=failed)
    return bool(told.stdout.strip())


def find_fork_point(repository: Repository, ref: str, commit: str) -> str | None:
    """Give what a reference was, by its reflog, when a commit parted from it; None for not known.

    Raises:
        GitError: git can't tell.
    """
    failed = f"git can't tell where {commit} parted from {ref}"
    told = ask_git(["merge-base", "--fork-point", ref, commit], cwd=repository.root, failed=failed)
    return None if told.code else told.id()


def _part_seen(
    repository: Repository, branches: Sequence[Branch], folder: str
) -> tuple[list[Branch], tuple[Unseen, ...]]:
    """Part the branches whose folder is here from those of which something was left out."""
    lacking = list_missing(repository, [branch.commit for branch in branches], folder)
    why = "can't be seen whole: this clone is partial, and lacks summaries of it"
    return (
        [branch for branch in branches if not lacking[branch.commit]],
        tuple(Unseen(one, why, is_partial=True) for one in branches if lacking[one.commit]),
    )


def _is_plain(path: str) -> bool:
    """Tell whether a tree can have a path: git takes ``./x`` for relative to where it runs."""
    return "\n" not in path and not {"", ".", ".."}.intersection(path.split("/"))


def _look_up(
    repository: Repository, wanted: Collection[tuple[str, str]]
) -> dict[tuple[str, str], _Place]:
    """Give what commits have at paths, without a link being followed. Two processes."""
    levels = {one: _levels(one[1]) for one in wanted}
    ways = {one: [f"{one[0]}:{path}" for path in paths] for one, paths in levels.items()}
    names = list(dict.fromkeys(name for way in ways.values() for name in way))
    held = dict(zip(names, _describe(repository, names), strict=True))
    ends = {one: _deepest_tree([held[name] for name in way]) for one, way in ways.items()}
    small = {tree.id for _, tree in ends.values() if tree and tree.size <= _LARGEST_FOLDER}
    trees = dict(zip(sorted(small), _read_objects(repository, sorted(small)), strict=True))
    return {
        one: _place(levels[one], depth, trees.get(tree.id) if tree else None)
        for one, (depth, tree) in ends.items()
    }


def _levels(path: str) -> tuple[str, ...]:
    """Give a path and all above it, the root first, which is empty."""
    parts = path.split("/") if path else []
    return tuple("/".join(parts[:count]) for count in range(len(parts) + 1))


def _deepest_tree(way: Sequence[_Object | None]) -> tuple[int, _Object | None]:
    """Give the last folder of a way, and its place there: nothing lies below what is none."""
    trees = [(depth, one) for depth, one in enumerate(way) if one and one.kind == "tree"]
    return trees[-1] if trees else (0, None)


def _place(way: Sequence[str], depth: int, tree: bytes | None) -> _Place:
    """Say what stands at the end of a way, of which the last folder is ``tree``."""
    if tree is None or way[depth] == way[-1]:
        return _Place(way[depth], _FOLDER, tree)
    below = way[depth + 1]
    mode = _find_mode(tree, os.fsencode(below.rpartition("/")[2]))
    return _Place(below, mode) if mode else _Place(way[-1])


def _find_mode(tree: bytes, name: bytes) -> str:
    """Give the mode of a folder's entry, empty for none; a large folder is not read for one."""
    wanted = b" " + name + b"\0"
    at = tree.find(wanted)
    while at >= 0:
        if found := _MODE.search(tree[max(0, at - _LONGEST_MODE) : at]):
            return found[0].decode("ascii")
        at = tree.find(wanted, at + 1)
    return ""


def _describe(repository: Repository, names: Sequence[str]) -> list[_Object | None]:
    """Describe the objects of some names, None for a name that has none; one process, if any."""
    if not names:
        return []
    asked = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
    command = ["cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)"]
    told = run_git(command, cwd=repository.root, stdin=asked, offline=True)
    with told.understood():
        described = [_read_description(line) for line in told.lines()]
    if len(described) != len(names):
        raise told.garbled()
    return described


def _read_description(line: str) -> _Object | None:
    if line.endswith((" missing", " ambiguous", " submodule")):
        return None
    id_, kind, size = line.split(" ")
    return _Object(id_, kind, int(size))


def _read_objects(repository: Repository, ids: Sequence[str]) -> list[bytes]:
    """Read objects that are there; one process, if any."""
    if not ids:
        return []
    asked = "".join(f"{id_}\n" for id_ in ids).encode("ascii")
    told = run_git(["cat-file", "--batch"], cwd=repository.root, stdin=asked, offline=True)
    contents: list[bytes] = []
    place = 0
    with told.understood():
        for id_ in ids:
            end = told.stdout.index(b"\n", place)
            named, _, size = told.stdout[place:end].decode("ascii").split(" ")
            start, place = end + 1, end + 2 + int(size)
            if named != id_ or told.stdout[place - 1 : place] != b"\n":
                raise told.garbled()
            contents.append(told.stdout[start : place - 1])
    return contents


def _read_entries(tree: bytes, width: int) -> Iterator[_Entry]:
    """Read a tree: ``<mode> <name>`` NUL, then the id's ``width`` bytes, for each entry."""
    place = 0
    while place < len(tree):
        blank, nul = tree.index(b" ", place), tree.index(b"\0", place)
        mode, name = tree[place:blank].decode("ascii"), os.fsdecode(tree[blank + 1 : nul])
        place = nul + 1 + width
        yield _Entry(mode, name, tree[nul + 1 : place].hex())


def _file(
    branch: Branch, entry: _Entry, sizes: Mapping[str, int], contents: Mapping[str, bytes]
) -> BranchFile:
    odd = ""
    if entry.mode not in _REGULAR:
        odd = f"is {_KINDS.get(entry.mode, 'no regular file')}"
    elif entry.id not in sizes:
        odd = "has content that is not in this clone"
    elif entry.id not in contents:
        odd = f"has {sizes[entry.id]:,} bytes"
    return BranchFile(branch, entry.name, entry.id, contents.get(entry.id, b""), odd)
