"""What git's objects hold: files and folders at a revision, one by one or many in one process."""

from __future__ import annotations

import re
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final

from handoff_md.errors import GitError
from handoff_md.git.process import (
    PARTIAL_HINT,
    ask_git,
    explain_failure,
    garbled_answer,
    is_offline,
    partial_clone_lacks,
    pathspec,
    quote_output,
    run_git,
    start_git,
)
from handoff_md.value import Value

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from handoff_md.git.repository import Repository

_ANSWER_SECONDS: Final = 120
_HEADER: Final = re.compile(rb"(?:[0-9a-f]{40}|[0-9a-f]{64}) [a-z]+ [0-9]+\n")
_NO_NAME: Final = 1
_FATAL: Final = 128
_KINDS: Final = frozenset({"blob", "tree", "commit", "tag", "submodule", "missing", "ambiguous"})
_PLAIN: Final = frozenset({"unspecified", "unset"})


def find_id(repository: Repository, name: str, *, index_file: str | None = None) -> str | None:
    """Return the full id of what a name stands for, as ``HEAD`` or ``v1^{commit}``; None for none.

    Whether there is such an object is not asked.

    Raises:
        GitError: git can't tell.
    """
    command = ["rev-parse", "--quiet", "--verify", "--end-of-options", name]
    told = run_git(command, cwd=repository.root, check=False, index_file=index_file)
    if not told.code:
        return told.id()
    # Told to be quiet, git has no word for an entry that a reflog lacks, which is fatal to it.
    if told.code == _NO_NAME or (told.code == _FATAL and not told.stderr):
        return None
    raise explain_failure(f"git can't tell what {name} is in {repository.root}", told)


def find_objects(repository: Repository, names: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Return the kind and id of what each name stands for, in one process; none for no names.

    The kind is ``missing`` where there is no such object, ``ambiguous`` where there are several.

    Raises:
        GitError: git can't tell.
    """
    if not names:
        return ()
    asked = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
    command = ["cat-file", "--batch-check=%(objectname) %(objecttype)"]
    told = run_git(command, cwd=repository.root, stdin=asked)
    answers = [line.rpartition(" ")[::2] for line in told.lines()]
    if len(answers) != len(names) or not _KINDS.issuperset(kind for _, kind in answers):
        raise told.garbled()
    return tuple((kind, name) for name, kind in answers)


def read_blob(
    repository: Repository, revision: str, path: str, *, index_file: str | None = None
) -> bytes | None:
    """Return what a revision holds of ``path``, converted for the work tree, or None.

    Line endings and filters are applied, so that the bytes compare with those on disk. One
    process; where nothing is there, that has to be told by another one.

    Args:
        repository: the repository.
        revision: a commit; empty for the index.
        path: relative to the root, with ``/``.
        index_file: the index to use in place of the work tree's own.

    Raises:
        GitError: git can't read it (a damaged repository, a failing filter).
    """
    name = f"{revision}:{path}"
    command = ["cat-file", "--filters", name]
    shown = run_git(command, cwd=repository.root, check=False, index_file=index_file)
    if not shown.code:
        return shown.stdout
    known = (
        list_tree(repository, revision, [path])
        if revision
        else find_id(repository, name, index_file=index_file)
    )
    if not known:
        return None
    place = revision or "the index"
    raise explain_failure(f"{path} can't be read from {place} of {repository.root}", shown)


def read_head(repository: Repository, path: str) -> bytes | None:
    """Return what HEAD holds of ``path``: see `read_blob`."""
    return read_blob(repository, "HEAD", path)


def last_commit(repository: Repository, path: str) -> str | None:
    """Return the id of the last commit of HEAD's history that changed ``path``, or None.

    Raises:
        GitError: git can't tell.
    """
    command = ["log", "-1", "--format=%H", "--", pathspec(path)]
    return next(iter(run_git(command, cwd=repository.root).ids()), None)


def find_head(repository: Repository) -> str | None:
    """Return HEAD's commit id; None before the first commit.

    Raises:
        GitError: git can't tell.
    """
    return find_id(repository, "HEAD")


class HeadPosition(Value):
    """Where a work tree stands: its branch (None: detached), its commit's short id (None: none)."""

    branch: str | None
    commit: str | None


def read_position(repository: Repository) -> HeadPosition:
    """Return where the work tree stands.

    git shortens no name here: that of a branch which a tag shares would begin with ``heads/``.

    Raises:
        GitError: git can't tell.
    """
    failed = f"git can't tell where {repository.root} stands"
    named = ask_git(["symbolic-ref", "--quiet", "HEAD"], cwd=repository.root, failed=failed)
    command = ["rev-parse", "--quiet", "--verify", "--short", "HEAD"]
    found = ask_git(command, cwd=repository.root, failed=failed)
    branch = None if named.code else named.line().removeprefix("refs/heads/")
    return HeadPosition(branch, None if found.code else found.line())


def list_tree(
    repository: Repository, commit: str, paths: Collection[str] = ()
) -> Mapping[str, str]:
    """Give the object id of each file of a commit, by its path relative to the root, with ``/``.

    To ask for an object by its id takes the same time however many files its folder has; by its
    path it does not. One process.

    Args:
        repository: the repository.
        commit: its id, or ``HEAD``, which holds nothing before the first commit.
        paths: the files and folders to list; all without any.

    Raises:
        GitError: git can't list them.
    """
    command = ["ls-tree", "-r", "-z", "--full-tree", commit, "--", *map(pathspec, paths)]
    told = run_git(command, cwd=repository.root, check=False)
    if told.code:
        if find_id(repository, commit) is None:
            return {}
        raise explain_failure(f"the files of {commit} can't be listed in {repository.root}", told)
    with told.understood():
        entries = (entry.split("\t", 1) for entry in told.fields())
        return {path: described.split(" ")[2] for described, path in entries}


class ObjectReader(Value):
    """A running process that is asked for one object after the other.

    ``filtered`` is the path whose filter a file's content has to go through to be readable.
    """

    process: subprocess.Popen[bytes]
    root: Path
    filtered: str | None = None

    def read_blob(self, name: str) -> bytes | None:
        """Give a file's content by its id, or by ``<commit>:<path>``; None where there is none.

        One process more for each where the content is filtered.

        Raises:
            GitError: git can't go on (a damaged repository).
        """
        if "\n" in name:
            return None
        asked, told = _pipes(self.process)
        try:
            asked.write(name.encode("utf-8", "surrogateescape") + b"\n")
            asked.flush()
        except OSError as error:
            raise self._ended(name) from error
        # A partial clone may fetch the object; a wrapper that keeps answers back never ends.
        if not select.select([told], [], [], _ANSWER_SECONDS)[0]:
            raise GitError(
                f"git has not answered for {_ANSWER_SECONDS} seconds what {name} is",
                "Look at `command -v git`: a wrapper in its place must pass answers on at once.",
            )
        header = told.readline()
        if not header.endswith(b"\n"):
            raise self._ended(name)
        described = header.rsplit(b" ", 2)
        if described[-1].strip() in (b"missing", b"ambiguous"):
            return None
        size = _size_of(header)
        content = told.read(size + 1)
        if len(content) != size + 1:
            raise self._ended(name)
        if described[1] != b"blob":
            return None
        return self._convert(name) if self.filtered else content[:-1]

    def _convert(self, name: str) -> bytes:
        path = [] if ":" in name else [f"--path={self.filtered}"]
        return run_git(["cat-file", "--filters", *path, name], cwd=self.root).stdout

    def _ended(self, name: str) -> GitError:
        said = self.process.stderr.read() if self.process.stderr else b""
        if is_offline(said):
            return GitError(f"git can't go on: {partial_clone_lacks(name)}", PARTIAL_HINT)
        return GitError(
            f"git can't read {name}: {quote_output(said) or 'it ended'}",
            "`git fsck` tells whether the repository is damaged.",
        )


@contextmanager
def open_objects(repository: Repository, path: str | None = None) -> Iterator[ObjectReader]:
    """Start the process, and end it with the block.

    What a filter has made of the file at ``path`` (encrypted, say) is converted back, and so is
    what else is read: one more process tells whether it has one.

    Raises:
        GitError: git can't be started.
    """
    filtered = path if path and _has_filter(repository, path) else None
    process = start_git(["cat-file", "--batch"], cwd=repository.root)
    try:
        yield ObjectReader(process, repository.root, filtered)
    finally:
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                _close(pipe)
        process.terminate()
        process.wait()


def _has_filter(repository: Repository, path: str) -> bool:
    """Tell whether a file is stored otherwise than line endings explain: gitattributes(5)."""
    root = repository.root
    # git answers in a work tree only, or in a bare repository: in a git directory it is told one.
    inside = root == repository.git_dir
    places = [f"--git-dir={root}", f"--work-tree={root}"] if inside else []
    command = ["check-attr", "-z", "filter", "working-tree-encoding", "--", path]
    told = run_git([*places, *command], cwd=root)
    return not _PLAIN.issuperset(told.fields()[2::3])


def _size_of(header: bytes) -> int:
    """Read ``<id> <kind> <size>``."""
    if not _HEADER.fullmatch(header):
        raise garbled_answer("git cat-file", header)
    return int(header.rsplit(b" ", 1)[1])


def _close(pipe: IO[bytes]) -> None:
    """Close a pipe whose other end may be gone: what is still unwritten no longer matters."""
    try:
        pipe.close()
    except OSError:
        return


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise GitError("git was started without pipes")
    return process.stdin, process.stdout
