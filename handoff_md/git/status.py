"""What git knows of a few paths, and what stands in the way of committing one of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from msgspec import field
from msgspec.structs import replace

from handoff_md.errors import GitError
from handoff_md.git.absent import explain_elsewhere, explain_silence, hidden_error
from handoff_md.git.index import pathspecs
from handoff_md.git.process import run_git, write_git
from handoff_md.value import Value

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from collections.abc import Set as AbstractSet

    from handoff_md.git.repository import Repository

_POLL_SECONDS: Final = 0.05
_SYMLINK: Final = "120000"

_OPERATIONS: Final = {
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply/applying": "am",
    "rebase-apply": "rebase",
}


class PathState(Value):
    """What git knows of one path.

    ``staged`` compares HEAD with the index, ``unstaged`` the index with the work tree.
    ``hidden`` says that skip-worktree or assume-unchanged makes git blind to its changes;
    ``symlink`` that HEAD or the index hold a symbolic link. ``head_blob`` is an object id, None
    where HEAD has no such content.
    ``exists_untracked`` says that the file exists and is neither tracked nor ignored.
    """

    tracked: bool = False
    ignored: bool = False
    exists_untracked: bool = False
    staged: bool = False
    unstaged: bool = False
    unmerged: bool = False
    hidden: bool = False
    symlink: bool = False
    head_blob: str | None = None

    @property
    def is_as_committed(self) -> bool:
        """Tell whether the work tree has what HEAD has, line endings and filters apart."""
        changed = self.staged or self.unstaged or self.unmerged or self.hidden
        return self.tracked and not (changed or self.symlink)


class Inspection(Value):
    """The state of a work tree and of some of its paths.

    ``head`` is a commit id, None before the first commit; ``branch`` a short name, None where
    HEAD is detached. ``operation`` is the entry of the git directory that tells of a merge or the
    like in progress, or None.
    """

    head: str | None
    branch: str | None
    operation: str | None
    paths: Mapping[str, PathState] = field(default_factory=dict)


def inspect_paths(repository: Repository, paths: Collection[str]) -> Inspection:
    """Ask git about paths, in two processes however many there are.

    Args:
        repository: where they lie.
        paths: relative to the root of the work tree, with ``/``, symbolic links resolved.

    Raises:
        GitError: git can't tell.
    """
    command = ["ls-files", "-s", "-v", "-z", "--", *pathspecs(paths)]
    listed = run_git(command, cwd=repository.root)
    states = {path: PathState() for path in paths}
    with listed.understood():
        for entry in listed.fields():
            details, _, path = entry.partition("\t")
            state = _read_index_entry(details)
            if path in states:
                states[path] = state
    head = branch = None
    ignored: set[str] = set()
    for line in _run_status(repository, paths):
        match line.split(" ", 2):
            case ["#", "branch.oid", value] if value != "(initial)":
                head = value
            case ["#", "branch.head", value] if value != "(detached)":
                branch = value
            case ["!", *_]:
                ignored.add(line[2:])
            case _:
                _note_change(states, line)
    for path, state in states.items():
        if not state.tracked and _is_ignored(path, ignored):
            states[path] = replace(state, ignored=True)
    return Inspection(head, branch, find_operation(repository), states)


def find_operation(repository: Repository) -> str | None:
    """Return the entry of the git directory that tells of a merge or the like in progress."""
    return next((name for name in _OPERATIONS if (repository.git_dir / name).exists()), None)


def refuse_operation(repository: Repository, operation: str | None) -> None:
    """Refuse to commit while a merge or the like is in progress, as `find_operation` gives it.

    Raises:
        GitError: one is; says how to end it.
    """
    if operation is None:
        return
    name = _OPERATIONS[operation]
    proceed, abort = (write_git(repository.root, name, end) for end in ("--continue", "--abort"))
    raise GitError(
        f"a {name} is in progress in {repository.root}",
        f"Finish it (`{proceed}`) or give it up (`{abort}`), then run the command again.",
    )


def refuse_uncommittable(
    repository: Repository, inspection: Inspection, path: str, *, unstaged_explained: bool = False
) -> None:
    """Refuse what a commit of ``path`` could not do, or could do only with somebody else's work.

    Args:
        repository: where it lies.
        inspection: holds ``path``.
        path: relative to the root.
        unstaged_explained: its unstaged changes are the caller's own (of an earlier run).

    Raises:
        GitError: names the reason and what to do.
    """
    refuse_operation(repository, inspection.operation)
    state = inspection.paths[path]
    if state.unmerged:
        raise GitError(
            f"{path} is unmerged in {repository.root}",
            f"Resolve its conflict, then run `{write_git(repository.root, 'add', '--', path)}`.",
        )
    if state.symlink:
        raise GitError(
            f"{path} is a symbolic link in git",
            "Configure the file that it leads to as the handoff document.",
        )
    if state.hidden:
        raise hidden_error(repository.root, path)
    if not state.tracked and not state.exists_untracked:
        # git says nothing of a path that is not there, nor of one that it can't see.
        if elsewhere := explain_elsewhere(repository, path):
            raise elsewhere
        if (repository.root / path).exists():
            raise explain_silence(repository, path)
    if state.staged:
        raise GitError(
            f"{path} has staged changes in {repository.root}",
            f"Look at `{write_git(repository.root, 'diff', '--cached', '--', path)}`; commit them, "
            "or unstage and stash them.",
        )
    if state.unstaged and not unstaged_explained:
        raise GitError(
            f"{path} has changes that are not committed in {repository.root}",
            f"Look at `{write_git(repository.root, 'diff', '--', path)}`; commit or stash them.",
        )


def wait_for_index(repository: Repository, *, seconds: float) -> None:
    """Wait until no other git process holds the index of the work tree.

    Raises:
        GitError: it is still held after ``seconds``.
    """
    lock = repository.git_dir / "index.lock"
    end = time.monotonic() + seconds
    while lock.exists():
        if time.monotonic() >= end:
            raise index_held(repository, seconds)
        time.sleep(_POLL_SECONDS)


def index_held(repository: Repository, seconds: float) -> GitError:
    """Describe an index that stayed locked for ``seconds``."""
    lock = repository.git_dir / "index.lock"
    return GitError(
        f"another git process holds {lock}; waited {seconds:g} seconds for it",
        "Run the command again when it is done. If no git process is running, one was killed: "
        "remove that file.",
    )


def read_changes(
    repository: Repository, paths: Collection[str]
) -> tuple[str | None, dict[str, str]]:
    """Return HEAD's commit id and, for each path that differs from it, git's two letters.

    The letters (index, work tree) are those of ``git status``: ``.M`` is changed on disk only,
    ``??`` untracked, ``!!`` ignored. One process.
    """
    head = None
    changes: dict[str, str] = {}
    ignored: set[str] = set()
    for line in _run_status(repository, paths):
        match line.split(" ", 2):
            case ["#", "branch.oid", value] if value != "(initial)":
                head = value
            case ["1" | "u" as kind, letters, _]:
                changes[_path_of(line, kind)] = letters
            case ["?", *_]:
                changes.setdefault(line[2:], "??")
            case ["!", *_]:
                ignored.add(line[2:])
            case _:
                pass
    tracked_or_new = {path: changes[path] for path in paths if path in changes}
    return head, {path: "!!" for path in paths if _is_ignored(path, ignored)} | tracked_or_new


def _run_status(repository: Repository, paths: Collection[str]) -> list[str]:
    options = ["--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--ignored=matching"]
    # Config changes two things of porcelain output: renames, and the counts against the upstream
    # branch, which cost a walk of history.
    command = ["status", *options, "--no-renames", "--no-ahead-behind", "--", *pathspecs(paths)]
    told = run_git(command, cwd=repository.root)
    lines = told.fields()
    # With --branch there is no silence: the first line names HEAD's commit.
    if not lines or not lines[0].startswith("# branch.oid "):
        raise told.garbled()
    return lines


def _read_index_entry(details: str) -> PathState:
    """Read ``<tag> <mode> <blob> <stage>`` of ``git ls-files -s -v``.

    Tags: S is skip-worktree, a lower-case one assume-unchanged.
    """
    tag, mode, blob, stage = details.split(" ")
    return PathState(
        tracked=True,
        hidden=tag.islower() or tag == "S",
        symlink=mode == _SYMLINK,
        unmerged=stage != "0",
        head_blob=blob if stage == "0" else None,
    )


def _note_change(states: dict[str, PathState], line: str) -> None:
    """Add what one line of ``git status --porcelain=v2`` says to the state of its path."""
    match line.split(" "):
        case ["1", letters, _, head_mode, _, _, head_blob, *_]:
            path = _path_of(line, "1")
            if path in states:
                states[path] = replace(
                    states[path],
                    staged=letters[0] != ".",
                    unstaged=letters[1] != ".",
                    symlink=states[path].symlink or head_mode == _SYMLINK,
                    head_blob=_blob_or_none(head_blob),
                )
        case ["?", *_] if line[2:] in states:
            states[line[2:]] = replace(states[line[2:]], exists_untracked=True)
        case _:
            pass


def _path_of(line: str, kind: str) -> str:
    """Return the path of a changed (``1``) or unmerged (``u``) entry, which may hold blanks."""
    return line.split(" ", 8 if kind == "1" else 10)[-1]


def _blob_or_none(blob: str) -> str | None:
    return blob if blob.strip("0") else None


def _is_ignored(path: str, ignored: AbstractSet[str]) -> bool:
    """Say whether ``path`` is listed, or lies in a folder that is (those end with a slash)."""
    if path in ignored:
        return True
    while path := path.rpartition("/")[0]:
        if f"{path}/" in ignored:
            return True
    return False
