"""Refs below ``refs/handoff/`` on a remote: made once, changed with a lease, read by fetching.

What became of a push is decided by reading the ref, not by what git says of it: texts differ from
server to server, and a connection may be cut when the ref is made already.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from handoff_md.errors import GitError
from handoff_md.git.process import (
    ask_git,
    explain_failure,
    quote_output,
    run_git,
    run_remote,
    say_failure,
)
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.git.process import Completed
    from handoff_md.git.repository import Repository

ROOT: Final = "refs/handoff/"
"""Where the refs are, on the remote and as they were seen last here: one name, both places."""

PROBES: Final = f"{ROOT}probe/"
"""Where it is tried whether a remote takes refs."""

_LINE: Final = re.compile(
    rb"^(?P<flag>[ +\-*!=])\t[^\t\n]*:(?P<name>refs/[^\t\n]+)\t(?P<why>[^\n]*)$", re.MULTILINE
)
_DONE: Final = frozenset(" +-*=")  # made, changed, deleted, or there already: git-push(1)
_REFUSES: Final = "!"
_FAILS: Final = ("[remote failure]", "[remote rejected] (unpacker error)")  # not that it will not
_UNKNOWN_AUTHOR: Final = b"handoff-md <handoff-md> 0 +0000"


class PushVerdict(StrEnum):
    """What became of a change of a ref."""

    WON = "won"
    """It is done."""
    LOST = "lost"
    """The ref is another one's, or has changed."""
    REFUSED = "refused"
    """The remote can be read, and has said twice that it will not take it."""
    UNKNOWN = "unknown"
    """The remote can't be read, or has said nothing of it: it may be done, or be done yet."""
    AGAIN = "again"
    """It is not done, and is to be tried once more, with the same object."""


class Update(Value):
    """What a ref becomes: ``new``, if it is ``old``. An empty id stands for no ref."""

    name: str
    new: str
    old: str = ""


class PushOutcome(Value):
    """What became of an update, and what the remote said of it, in a clause; empty for nothing.

    ``flag`` is as in `judge`; ``is_read`` tells that the remote was not given up, and could be read
    after that.
    """

    verdict: PushVerdict
    said: str = ""
    flag: str = ""
    is_read: bool = False

    @property
    def won(self) -> bool:
        """Tell whether it is done."""
        return self.verdict is PushVerdict.WON


def judge(flags: Sequence[str | None], seen: str | None, update: Update) -> PushVerdict:
    """Decide what became of an update.

    A connection that was cut and a server that answers 403 look the same: neither is a refusal.

    Args:
        flags: what ``git push --porcelain`` told of it, each time that it was tried: twice at most.
            Empty where it had no line, or one of a failure; None where the remote was given up: it
            may be at it still.
        seen: the id that the ref was read to have after that, empty for none; None where the remote
            can't be read, or nobody has looked.
        update: what was pushed.
    """
    flag = flags[-1]
    if (flag and flag in _DONE) or seen == update.new:
        return PushVerdict.WON
    if seen is None:
        return PushVerdict.UNKNOWN
    if seen != update.old:
        return PushVerdict.LOST
    if flag is None:
        return PushVerdict.UNKNOWN
    if len(flags) == 1:
        return PushVerdict.AGAIN
    return PushVerdict.REFUSED if set(flags) == {_REFUSES} else PushVerdict.UNKNOWN


def update_refs(
    repository: Repository,
    remote: str,
    updates: Sequence[Update],
    *,
    seconds: float,
) -> Mapping[str, PushOutcome]:
    """Change refs on a remote, each with a lease; give what became of each, by name.

    One round trip where all is done; else two, and those that can be tried again are, once. What
    was read on the way stands below `ROOT`: see `seen_refs`.

    Args:
        repository: the repository.
        remote: the remote's name.
        updates: what refs become, each named once.
        seconds: how long each round trip may take.

    Raises:
        GitError: git can't be started, or can't read what is here.
    """
    outcomes: dict[str, PushOutcome] = {}
    flags: dict[str, list[str | None]] = {one.name: [] for one in updates}
    pending = list(updates)
    while pending:
        told = _push(repository, remote, pending, seconds=seconds)
        seen = None if told.is_done else _read_if_any(repository, remote, seconds)
        for update in pending:
            line = told.lines.get(update.name, told.otherwise)
            read = None if seen is None else seen.get(update.name, "")
            flags[update.name].append(line.flag)
            verdict = judge(flags[update.name], read, update)
            is_read = seen is not None and line.flag is not None
            outcomes[update.name] = PushOutcome(verdict, line.why, line.flag or "", is_read=is_read)
        pending = [one for one in pending if outcomes[one.name].verdict is PushVerdict.AGAIN]
    return outcomes


def make_once(
    repository: Repository, remote: str, update: Update, *, seconds: float
) -> PushOutcome:
    """Make a ref on a remote if nobody has it, in one round trip, and look no further.

    What is said not to be done counts as lost, whatever the reason.

    Raises:
        GitError: git can't be started, or can't read what is here.
    """
    told = _push(repository, remote, [update], seconds=seconds)
    line = told.lines.get(update.name, told.otherwise)
    verdict = PushVerdict.LOST if line.flag == _REFUSES else judge([line.flag], None, update)
    return PushOutcome(verdict, line.why, line.flag or "")


class UnreadableError(GitError):
    """A remote can't be read: it can't be reached, or is silent, or refuses.

    ``is_reached`` tells that it answers, and that something stands in the way of reading it here.
    """

    is_reached = False


def read_refs(repository: Repository, remote: str, *, seconds: float) -> Mapping[str, str]:
    """Fetch all refs below `ROOT` from a remote; give their ids, by name. One round trip.

    What they lead to is here then, also in a partial clone. Neither tags nor branches are fetched.

    Raises:
        UnreadableError: the remote can't be read, or is silent for so many ``seconds``.
        GitError: git can't list what was fetched.
    """
    options = ["--prune", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"]
    options += ["--no-filter", "--no-auto-maintenance", "--refmap=", "--quiet"]
    command = ["fetch", *options, "--", remote, f"+{ROOT}*:{ROOT}*"]
    try:
        done = run_remote(command, cwd=repository.root, seconds=seconds)
    except GitError as error:
        raise UnreadableError(error.message, error.hint) from error
    if done.code:
        raise _unreadable(repository, remote, done, seconds)
    return seen_refs(repository)


def _unreadable(
    repository: Repository, remote: str, done: Completed, seconds: float
) -> UnreadableError:
    """Say why the refs could not be fetched: one that answers what writes nothing is reached."""
    error = UnreadableError(say_failure(done))
    try:
        asked = run_remote(
            ["ls-remote", "--", remote, PROBES], cwd=repository.root, seconds=seconds
        )
    except GitError:
        return error
    if not asked.code:
        error.hint = explain_failure("", done, cwd=repository.root).hint
        error.is_reached = True
    return error


def seen_refs(repository: Repository) -> Mapping[str, str]:
    """Give the ids of the refs below `ROOT` as the remote was read last, by name. One process.

    Raises:
        GitError: git can't list them.
    """
    command = ["for-each-ref", "--format=%(objectname) %(refname)", ROOT]
    listed = run_git(command, cwd=repository.root)
    with listed.understood():
        # No name of a reference holds a blank: git-check-ref-format(1).
        pairs = (line.split(" ") for line in listed.lines())
        return {name: id_ for id_, name in pairs}


def make_commit(repository: Repository, path: str, data: bytes, message: str) -> str:
    """Make a commit without parents that holds one file; no ref leads to it. Give its id.

    Two such commits of the same content, made in one second, are the same one.

    Args:
        repository: the repository.
        path: the file's, with ``/``.
        data: what it holds.
        message: one line.

    Raises:
        GitError: git can't write it.
    """
    root = repository.root
    blob = ["hash-object", "-w", "--stdin", "--no-filters"]
    held = run_git(blob, cwd=root, stdin=data, writes=True).id()
    kind, mode, place = "blob", "100644", PurePosixPath(path)
    for name in (place.name, *(parent.name for parent in place.parents if parent.name)):
        entry = f"{mode} {kind} {held}\t{name}\0".encode("utf-8", "surrogateescape")
        held = run_git(["mktree", "-z"], cwd=root, stdin=entry, writes=True).id()
        kind, mode = "tree", "040000"
    author = _author(repository)
    lines = (b"tree " + held.encode("ascii"), b"author " + author, b"committer " + author, b"")
    commit = b"\n".join((*lines, message.encode("utf-8", "surrogateescape"), b""))
    command = ["hash-object", "-t", "commit", "-w", "--stdin"]
    return run_git(command, cwd=root, stdin=commit, writes=True).id()


def find_coordinator(repository: Repository) -> str:
    """Give the remote over which clones coordinate: ``origin``, or the only one; empty for none.

    Raises:
        GitError: git can't list the remotes.
    """
    remotes = run_git(["remote"], cwd=repository.root).lines()
    if "origin" in remotes:
        return "origin"
    return remotes[0] if len(remotes) == 1 else ""


def read_places(repository: Repository, remote: str) -> str:
    """Give the URLs to which a remote leads, for reading and for pushing, one on each line.

    Raises:
        GitError: git can't tell.
    """
    root, failed = repository.root, f"git can't tell where {remote} is"
    asked = [
        ask_git(["remote", "get-url", *more, "--all", "--", remote], cwd=root, failed=failed)
        for more in ([], ["--push"])
    ]
    return "".join(f"{told.text()}\n" for told in asked)


def _author(repository: Repository) -> bytes:
    """Give who makes a commit, and when; where git does not know, that is this program."""
    told = run_git(["var", "GIT_COMMITTER_IDENT"], cwd=repository.root, check=False)
    return told.stdout.rstrip(b"\n") if not told.code else _UNKNOWN_AUTHOR


class _Line(Value):
    """What git tells of one ref that was pushed: see git-push(1), "OUTPUT", and `judge`."""

    flag: str | None
    why: str = ""


class _Told(Value):
    """What git tells of a push: a line for each ref, and what holds of those without one."""

    lines: Mapping[str, _Line]
    otherwise: _Line

    @property
    def is_done(self) -> bool:
        """Tell whether all is done that was pushed."""
        return bool(self.lines) and all(line.flag in _DONE for line in self.lines.values())


def _read_if_any(repository: Repository, remote: str, seconds: float) -> Mapping[str, str] | None:
    try:
        return read_refs(repository, remote, seconds=seconds)
    except UnreadableError:
        return None


def _push(
    repository: Repository, remote: str, updates: Sequence[Update], *, seconds: float
) -> _Told:
    """Push once.

    A ``pre-push`` hook is for work, of which there is none here, and does not run.
    """
    options = ["--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no"]
    options += [f"--force-with-lease={one.name}:{one.old}" for one in updates]
    refspecs = [f"{one.new}:{one.name}" for one in updates]
    command = ["push", *options, "--", remote, *refspecs]
    try:
        done = run_remote(command, cwd=repository.root, seconds=seconds)
    except GitError as error:
        return _Told({}, _Line(None, error.message))
    lines = {
        match["name"].decode("utf-8", "replace"): _Line(
            "" if why.startswith(_FAILS) else match["flag"].decode("ascii"), why
        )
        for match in _LINE.finditer(done.stdout)
        for why in [quote_output(match["why"])]
    }
    return _Told(lines, _Line("", say_failure(done) if done.code else ""))
