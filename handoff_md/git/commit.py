"""The isolated commit: exactly these paths, whatever else is staged or changed beside them."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from handoff_md.errors import GitError
from handoff_md.git.absent import explain_silence
from handoff_md.git.objects import list_tree
from handoff_md.git.process import (
    Completed,
    explain_failure,
    pathspec,
    quote_output,
    run_git,
    write_git,
)
from handoff_md.git.repository import hooks_folder
from handoff_md.git.status import index_held, read_changes
from handoff_md.reading import read_regular

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from handoff_md.git.repository import Repository

LOCK_SECONDS: Final = 5.0
"""How long another git process may hold the index before a command is given up."""
_POLL_SECONDS: Final = 0.1
_MOST_TRIES: Final = 20
_UNKNOWN_PATH: Final = re.compile(rb"^error: pathspec ", re.MULTILINE)
_HOOKS: Final = ("pre-commit", "prepare-commit-msg", "commit-msg")
_LOCKED: Final = re.compile(rb"Unable to create '.*index\.lock': File exists")
# What `git commit` itself ends with code 1 for; its fatal errors end with 128.
_NOT_A_HOOK: Final = re.compile(rb"^(?:error: pathspec |Aborting commit)", re.MULTILINE)
_INDEX_NOT_WRITTEN: Final = b"repository has been updated, but unable to write"
# Upkeep after a commit costs two processes; the user's next git command does it as well. The
# message is UTF-8 whatever i18n.commitEncoding says of the user's own messages.
_CONFIG: Final = ("-c", "maintenance.auto=false", "-c", "i18n.commitEncoding=UTF-8")


class CommittedOtherwiseError(GitError):
    """A commit was made, and does not hold what it was made for."""


def commit_paths(
    repository: Repository,
    *,
    message: str,
    changed: Sequence[str],
    removed: Sequence[str] = (),
    no_verify: bool = False,
    run_token: str | None = None,
    lock_seconds: float = LOCK_SECONDS,
    seen: tuple[str | None, Mapping[str, str]] | None = None,
) -> str | None:
    """Commit exactly these paths on HEAD; every other change stays as it is.

    Hooks, signing, filters and identity are git's own business, as in ``git commit``. On failure
    HEAD and the index are what they were before. The paths go on a command line: its length
    bounds them to some ten thousand.

    Args:
        repository: the work tree to commit in.
        message: the whole message; lines that begin with ``#`` stay.
        changed: paths to commit as they are on disk, new ones included; relative to the root,
            with ``/``, symbolic links resolved.
        removed: tracked paths that are gone from disk; one that exists again is left alone.
        no_verify: skip the pre-commit and commit-msg hooks.
        run_token: given to hooks as ``HANDOFF_MD_RUN``.
        lock_seconds: how long to wait for another git process that holds the index.
        seen: what `read_changes` has told of these paths just now; None where git is to be asked.

    Returns:
        The id of the commit, or None where HEAD holds all of it already. Either is read from the
        commit itself: git may be blind to a change.

    Raises:
        CommittedOtherwiseError: the commit was made, and holds other bytes than are on disk.
        GitError: a hook or git refused, a path is ignored or lies in another repository, or the
            index stayed locked.
    """
    before, letters = seen or read_changes(repository, [*changed, *removed])
    for path in changed:
        if letters.get(path) == "!!":
            names = write_git(repository.root, "check-ignore", "-v", "--", path)
            raise GitError(
                f"{path} is ignored by git and can't be committed",
                f"Run `{names}` to see which rule ignores it.",
            )
    written = _read_files(repository.root, changed)
    _refuse_silence(repository, {path: written[path] for path in written.keys() - letters.keys()})
    gone = [path for path in removed if "D" in letters.get(path, "")]
    paths = [path for path in changed if path in letters] + gone
    if not paths:
        return None
    # `git commit --only` knows tracked paths only; an intent to add has no content of its own.
    new = [path for path in changed if letters.get(path) == "??"]
    command = _commit_command(paths, no_verify=no_verify)
    try:
        for _ in range(_MOST_TRIES):
            if new:
                _intend_to_add(repository, new, lock_seconds)
            done = _run_unlocked(
                repository,
                command,
                lock_seconds=lock_seconds,
                stdin=message.encode("utf-8", errors="surrogateescape"),
                run_token=run_token,
            )
            if not (new and _has_lost_paths(done)):
                break
        if _is_refused(done):
            _refuse_unless_held(repository, {*changed, *removed}, done)
            return None
    except BaseException:
        with suppress(GitError):
            refresh_index(repository, new)
        raise
    if done.code:
        # The commit stands; only the index lags behind it, and a reader would see it reverted.
        with suppress(GitError):
            refresh_index(repository, paths)
    return _find_commit(repository, before, written, gone)


def _refuse_silence(repository: Repository, silent: Mapping[str, bytes]) -> None:
    """Make sure that HEAD holds the files of which git says nothing."""
    for path in _find_unheld(repository, "HEAD", silent) if silent else ():
        raise explain_silence(repository, path)


def _find_commit(
    repository: Repository, before: str | None, written: Mapping[str, bytes], gone: Sequence[str]
) -> str:
    """Return the commit that holds the files as they were, or as a hook has left them on disk.

    Somebody else's commit may have come between the look at HEAD and this one, or right after it.
    """
    commits = _list_commits(repository, before)
    for commit in commits:
        if not _find_unheld(repository, commit, written, gone):
            return commit
    unheld: tuple[str, ...] = ()
    for commit in commits:
        unheld = _find_unheld_now(repository, commit, written, gone)
        if not unheld:
            return commit
    shown = write_git(repository.root, "diff", commit[:12], "--", unheld[0])
    raise CommittedOtherwiseError(
        f"commit {commit[:12]} was made, but holds {unheld[0]} otherwise than it is on disk: a "
        "hook may have changed it",
        f"Look at `{shown}`; commit that or put it back, then run the command again.",
    )


def _find_unheld_now(
    repository: Repository, commit: str, written: Mapping[str, bytes], gone: Sequence[str]
) -> tuple[str, ...]:
    """Give the paths that a commit holds neither as they were nor as they are on disk now."""
    unheld = _find_unheld(repository, commit, written, gone)
    now = _read_files(repository.root, [path for path in unheld if path in written])
    return _find_unheld(repository, commit, now, [path for path in unheld if path in gone])


def refresh_index(repository: Repository, paths: Sequence[str]) -> None:
    """Set the index entries of these paths, and of no others, to what HEAD holds.

    This heals a commit that was killed after HEAD moved and before the index was written.

    Raises:
        GitError: the index can't be written.
    """
    if not paths:
        return
    args = ["reset", "--quiet", "--", *map(pathspec, paths)]
    done = _run_unlocked(repository, args, lock_seconds=LOCK_SECONDS)
    if done.code:
        raise explain_failure(f"the index of {repository.root} can't be written", done)


def _intend_to_add(repository: Repository, paths: Sequence[str], lock_seconds: float) -> None:
    # --sparse: what a sparse checkout leaves out can be added, as it stands on disk.
    args = ["add", "--sparse", "--intent-to-add", "--", *map(pathspec, paths)]
    done = _run_unlocked(repository, args, lock_seconds=lock_seconds)
    if done.code:
        raise explain_failure(f"git can't add to the index of {repository.root}", done)


def _commit_command(paths: Sequence[str], *, no_verify: bool) -> list[str]:
    # With --only and --file git neither opens an editor nor reads commit.template; the other
    # options switch off what commit.verbose, commit.status and commit.cleanup add or strip.
    options = ["--only", "--quiet", "--no-verbose", "--no-status", "--cleanup=whitespace"]
    verify = ["--no-verify"] if no_verify else []
    return [*_CONFIG, "commit", *options, *verify, "--file=-", "--", *map(pathspec, paths)]


def _is_refused(done: Completed) -> bool:
    """Tell whether no commit was made; it was where git could not only write the index."""
    return done.code != 0 and _INDEX_NOT_WRITTEN not in done.stderr


def _has_lost_paths(done: Completed) -> bool:
    """Tell whether the index has lost paths that were added to it a moment ago.

    ``git commit --only`` reads the index before it locks it: another process's commit that began
    before the paths were added puts the older index back.
    """
    return done.code != 0 and _UNKNOWN_PATH.search(done.stderr) is not None


def _refuse_unless_held(repository: Repository, paths: AbstractSet[str], done: Completed) -> None:
    """Raise what git said, unless HEAD holds all of it; then bring the index up to it.

    A killed command's git may have lived on and made the commit meanwhile, or have been killed
    itself before it wrote the index.
    """
    written = _read_files(repository.root, paths)
    if _find_unheld(repository, "HEAD", written, paths - written.keys()):
        raise _explain_refusal(repository, done)
    refresh_index(repository, sorted(paths))


def _run_unlocked(
    repository: Repository,
    args: Sequence[str],
    *,
    lock_seconds: float,
    stdin: bytes = b"",
    run_token: str | None = None,
) -> Completed:
    """Run a command that writes the index, again and again while another process holds it."""
    end = time.monotonic() + lock_seconds
    while True:
        done = run_git(
            args, cwd=repository.root, stdin=stdin, check=False, writes=True, run_token=run_token
        )
        if not done.code or not _LOCKED.search(done.stderr):
            return done
        if time.monotonic() >= end:
            raise index_held(repository, lock_seconds)
        time.sleep(_POLL_SECONDS)


def _list_commits(repository: Repository, before: str | None) -> tuple[str, ...]:
    """Return the commits that HEAD holds since ``before``, the oldest first."""
    since = [] if before is None else [f"^{before}"]
    order = ["--parents", "--topo-order", "--reverse"]
    listed = run_git(["rev-list", *order, "HEAD", *since, "--"], cwd=repository.root)
    listed.ids()
    commits = [line.split(" ") for line in listed.lines()]
    if ([] if before is None else [before]) in [parents for _, *parents in commits]:
        return tuple(commit for commit, *_ in commits)
    raise GitError(
        f"git reported a commit in {repository.root}, but HEAD does not hold it",
        "Look at `git reflog`; a hook or another process may have moved HEAD.",
    )


def _explain_refusal(repository: Repository, done: Completed) -> GitError:
    """Tell a hook's refusal, for which git has no word of its own, from git's."""
    failed = f"the commit in {repository.root} failed"
    hooks = _find_hooks(repository) if done.code == 1 else []
    if b"aborted by hook" in done.stderr:
        hooks = ["reference-transaction"]
    if not hooks or _NOT_A_HOOK.search(done.stderr):
        return explain_failure(failed, done)
    said = quote_output(done.stderr)
    return GitError(
        f"{failed}: refused by the {' or '.join(hooks)} hook" + (f": {said}" if said else ""),
        "Mend what the hook complains of, then run the command again (--no-verify skips "
        "pre-commit and commit-msg).",
    )


def _find_hooks(repository: Repository) -> list[str]:
    """List the installed hooks that can refuse a commit; core.hooksPath is honoured."""
    folder = hooks_folder(repository)
    return [name for name in _HOOKS if os.access(folder / name, os.X_OK)]


def _read_files(root: Path, paths: Collection[str]) -> dict[str, bytes]:
    """Read those of the files that are there; a symbolic link is not what it leads to."""
    files = {path: root / path for path in paths}
    return {
        path: read_regular(file)
        for path, file in files.items()
        if file.is_file() and not file.is_symlink()
    }


def _find_unheld(
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
    blobs = list_tree(repository, commit, [*written, *gone])
    unlike = [
        path
        for path, data in written.items()
        if not _is_held(repository, commit, path, blobs.get(path), data)
    ]
    return (*unlike, *(path for path in gone if path in blobs))


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
