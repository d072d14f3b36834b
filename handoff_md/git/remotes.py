"""Conversations with remotes: fetch and push, with progress and an end to silence. By GitPython.

Its import takes 60 ms, so it is loaded only where somebody waits for a remote anyway.
"""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any, Final, NoReturn

from handoff_md.errors import GitError
from handoff_md.git.environment import scrub_environment
from handoff_md.git.objects import find_id
from handoff_md.git.process import (
    Completed,
    SilentRemoteError,
    ask_git,
    quote_output,
    run_git,
    run_remote,
    say_failure,
    without_credentials,
    write_git,
)
from handoff_md.git.repository import hooks_folder, read_setting
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.git.repository import Repository

_NO_SUCH_REF: Final = 2  # git-ls-remote(1), --exit-code
_HOOK_SECONDS: Final = 600
_WILD: Final = re.compile(r"[*?\[]")
_REJECTED: Final = re.compile(rb"^!\t[^\t\n]*\t(?P<why>[^\n]*)$", re.MULTILINE)
_SAME: Final = re.compile(rb"^=\t", re.MULTILINE)
_REFUSED: Final = b"\t[remote rejected] "
_HOOK: Final = re.compile(rb"^remote: (.*)", re.MULTILINE)
_HOOK_LINES: Final = 3
_NO_WORD: Final = re.compile(r"\d%|^error: hook declined")
_ENDING_SECONDS: Final = 5
_PIECE: Final = 65_536
_FETCH: Final = (
    *("fetch", "--progress", "--no-tags", "--no-write-fetch-head"),
    *("--no-recurse-submodules", "--no-auto-maintenance"),
    "--refmap=",  # what is configured may name the branch that is checked out
)

OnProgress = Callable[[str, int, int], None]
"""Is told what a remote is at, how much of it is done, and of how much: 0 where that is unknown."""


class Pushed(Value):
    """What became of a push: why it failed, and what to do about that, each a clause.

    ``branch`` is its name on the remote; ``failed`` is empty where it is there now, and ``is_new``
    tells that it was not there before. ``is_silent`` tells that the remote was given up, and
    ``is_refused`` that it has said no.
    """

    branch: str
    remote: str
    failed: str = ""
    way: str = ""
    is_new: bool = True
    is_silent: bool = False
    is_refused: bool = False

    @property
    def note(self) -> str:
        """Say that it has failed, and what to do about that; nothing where it has not."""
        what = f"the branch {self.branch}" if self.branch else "what is committed"
        way = f"; {self.way}" if self.way else ""
        return f"{what} is not pushed: {self.failed}{way}" if self.failed else ""


def list_remotes(repository: Repository) -> tuple[str, ...]:
    """Give the names of the remotes. One process.

    Raises:
        GitError: git can't list them.
    """
    return tuple(run_git(["remote"], cwd=repository.root).lines())


def fetch_branches(
    repository: Repository,
    patterns: Sequence[str],
    *,
    seconds: float,
    on_progress: OnProgress,
) -> None:
    """Fetch the remote branches that patterns such as ``origin/claude/*`` name.

    A pattern that begins with no remote's name is about local branches. Nothing else is fetched,
    whatever is configured: neither tags nor other branches.

    Args:
        repository: the repository.
        patterns: short names of remote-tracking branches, with ``*`` for any text.
        seconds: how long a remote may be silent.
        on_progress: is told how far it is.

    Raises:
        GitError: a remote can't be reached, or has no such branch.
    """
    for remote in list_remotes(repository):
        own = [one.removeprefix(f"{remote}/") for one in patterns if one.startswith(f"{remote}/")]
        if own:
            refspecs = [_refspec(remote, pattern) for pattern in own]
            command = [*_FETCH, "--", remote, *dict.fromkeys(refspecs)]
            done = _converse(repository, command, remote, seconds, on_progress)
            if done.code:
                raise _failed(f"nothing can be fetched from {remote}", done)


def fetch_objects(
    repository: Repository, ids: Sequence[str], *, seconds: float, on_progress: OnProgress
) -> None:
    """Fetch what a partial clone lacks, all at once, from the remote that promised it.

    Raises:
        GitError: the remote can't be reached, or does not give it.
    """
    keys = (r"^remote\..*\.promisor$", "--get-regexp", "--name-only")
    promised = read_setting(repository.root, *keys) or "remote.origin.promisor"
    remote = promised.splitlines()[0].removeprefix("remote.").removesuffix(".promisor")
    # What git itself does when it needs one of them: promisor-remote.c.
    negotiation = ["-c", "fetch.negotiationAlgorithm=noop"]
    command = [*negotiation, *_FETCH, "--filter=blob:none", "--", remote, *ids]
    done = _converse(repository, command, remote, seconds, on_progress)
    if done.code:
        raise _failed(f"what this partial clone lacks can't be fetched from {remote}", done)


def push_branch(
    repository: Repository,
    branch: str,
    *,
    seconds: float,
    verify: bool,
    on_progress: OnProgress,
    lease: str = "",
) -> Pushed:
    """Push a branch under its own name, and nothing else; a failure is no error, but told.

    Args:
        repository: the repository.
        branch: the local branch's short name.
        seconds: how long the remote may be silent; a ``pre-push`` hook has ten minutes.
        verify: let that hook check it.
        on_progress: is told how far it is.
        lease: the id of the commit that it has to be there still, of which the local branch goes
            on; empty for any that it goes on from, or none.

    Raises:
        GitError: git's configuration can't be read.
    """
    remote = find_remote(repository, branch)
    if not remote:
        return Pushed(branch, "", "there is no remote to push to", name_remote(repository))
    refspec = f"refs/heads/{branch}:refs/heads/{branch}"
    shown = without_credentials(remote)
    way = f"`{write_push(repository, remote, branch)}` pushes it"
    hook = hooks_folder(repository) / "pre-push"
    if verify and os.access(hook, os.X_OK):
        seconds = max(seconds, _HOOK_SECONDS)
    options = ["--porcelain", "--progress", "--no-follow-tags", "--recurse-submodules=no"]
    options += [] if verify else ["--no-verify"]
    options += [f"--force-with-lease=refs/heads/{branch}:{lease}"] if lease else []
    asked = ["push", *options, "--", remote, refspec]
    try:
        done = _converse(repository, asked, shown, seconds, on_progress)
    except SilentRemoteError as error:
        return Pushed(branch, shown, error.message, way, is_silent=True)
    if not done.code:
        _see(repository, remote, branch)
        return Pushed(branch, shown, is_new=not _SAME.search(done.stdout))
    is_refused = _REFUSED in done.stdout
    if is_refused:
        way = f"when that is mended, {way}"
    return Pushed(branch, shown, _why(done), way, is_refused=is_refused)


def _see(repository: Repository, remote: str, branch: str) -> None:
    """Know what a remote has of a branch now, also where git is not configured to keep that."""
    place, head = f"refs/remotes/{remote}/{branch}", find_id(repository, f"refs/heads/{branch}")
    if head and find_id(repository, place) != head and remote in list_remotes(repository):
        run_git(["update-ref", place, head], cwd=repository.root, writes=True)


def write_push(repository: Repository, remote: str, branch: str, to: str = "") -> str:
    """Write the command that pushes a branch, HEAD without one; ``to`` is a name of another."""
    source = f"refs/heads/{branch}" if branch else "HEAD"
    refspec = f"{source}:refs/heads/{to or branch}"
    return write_git(repository.root, "push", without_credentials(remote), refspec)


def name_remote(repository: Repository) -> str:
    """Say how git is told where to push, which it does not know: remotes are several, or none."""
    remotes = list_remotes(repository)
    if not remotes:
        return "`git remote add origin URL` tells where to"
    command = write_git(repository.root, "config", "remote.pushDefault", remotes[0])
    return f"of {', '.join(remotes)} `{command}` chooses the first; then run the same again"


def lacks_branch(repository: Repository, remote: str, branch: str, *, seconds: float) -> bool:
    """Tell whether a remote that can be read has no such branch. One round trip.

    Raises:
        GitError: git can't be started, or the remote is silent.
    """
    command = ["ls-remote", "--exit-code", "--", remote, f"refs/heads/{branch}"]
    return run_remote(command, cwd=repository.root, seconds=seconds).code == _NO_SUCH_REF


def has_upstream(repository: Repository, remote: str, branch: str) -> bool:
    """Tell whether a branch of a clone is known to be one of the remote's, by the same name.

    Only a clone of a remote that had branches has its HEAD.

    Raises:
        GitError: git's configuration can't be read.
    """
    root = repository.root
    upstream = [read_setting(root, f"branch.{branch}.{key}") for key in ("remote", "merge")]
    if upstream != [remote, f"refs/heads/{branch}"]:
        return False
    command = ["symbolic-ref", "--quiet", f"refs/remotes/{remote}/HEAD"]
    return ask_git(command, cwd=root, failed=f"git can't tell what {remote} has").code == 0


def find_remote(repository: Repository, branch: str) -> str:
    """Give the remote that git itself would push a branch to: git-push(1); empty for none.

    ``branch`` is empty for a detached HEAD.

    Raises:
        GitError: git's configuration can't be read.
    """
    root = repository.root
    own = [f"branch.{branch}.{key}" for key in ("pushRemote", "remote") if branch]
    keys = (*own[:1], "remote.pushDefault", *own[1:])
    configured = next((found for key in keys if (found := read_setting(root, key))), "")
    remotes = list_remotes(repository)
    if configured and configured != ".":
        return configured
    return "origin" if "origin" in remotes else remotes[0] if len(remotes) == 1 else ""


def _refspec(remote: str, pattern: str) -> str:
    """Write what is to be fetched: all that begins as a pattern does up to its first wildcard."""
    wild = _WILD.search(pattern)
    begun = pattern[: wild.start()] if wild else pattern
    return f"+refs/heads/{begun}*:refs/remotes/{remote}/{begun}*"


def _why(done: Completed) -> str:
    """Say in a clause why a push has failed, with what a hook there has said."""
    rejected = _REJECTED.search(done.stdout)
    if not rejected:
        return say_failure(done)
    lines = (quote_output(words) for words in _HOOK.findall(done.stderr))
    told = [line for line in lines if line and not _NO_WORD.search(line)]
    said = f" ({' '.join(told[:_HOOK_LINES])})" if told else ""
    return f"the remote has refused it: {quote_output(rejected['why'])}{said}"


def _failed(message: str, done: Completed) -> GitError:
    hint = "Run the command again; without --fetch it works with what was fetched before."
    return GitError(f"{message}: {say_failure(done)}", hint)


def _converse(
    repository: Repository,
    args: Sequence[str],
    remote: str,
    seconds: float,
    on_progress: OnProgress,
) -> Completed:
    """Run a git command that talks to a remote, as long as it says anything.

    It gets no terminal: nothing can ask for a password there.

    Raises:
        SilentRemoteError: nothing was heard for ``seconds``; the processes are ended.
        GitError: git can't be started.
    """
    with _environment(repository):
        from git import RemoteProgress, Repo  # noqa: PLC0415 - see the module's docstring
        from git.exc import GitError as GitPythonError  # noqa: PLC0415 - the same

        class Progress(RemoteProgress):
            def update(
                self,
                op_code: int,
                cur_count: str | float,
                max_count: str | float | None = None,
                message: str = "",  # noqa: ARG002 - a rate, which the bar knows itself
            ) -> None:
                stage = _STAGES.get(op_code & self.OP_MASK, "talking to the remote")
                on_progress(stage, int(float(cur_count)), int(float(max_count or 0)))

        try:
            with Repo(repository.root) as repo:
                process: Any = repo.git.execute(
                    ["git", *args], as_process=True, start_new_session=True
                )
        except (GitPythonError, OSError) as error:
            raise GitError(f"git can't be started to talk to {remote}: {error}") from error
        listener = Progress().new_message_handler()
        stdout, stderr = _listen(process, remote, seconds, listener)
    return Completed(f"git {args[0]}", _end(process), stdout, stderr)


_STAGES: Final = {
    1 << 2: "counting",
    1 << 3: "compressing",
    1 << 4: "sending",
    1 << 5: "receiving",
    1 << 6: "resolving",
}


def _listen(
    process: Any,  # noqa: ANN401 - GitPython's own, which passes on what a process has
    remote: str,
    seconds: float,
    on_line: Callable[[str], None],
) -> tuple[bytes, bytes]:
    """Read both outputs to their end, and pass each line of the errors' on.

    A hook may leave a process behind that keeps them open: what came until git ended counts.
    """
    heard: dict[str, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
    begun = b""
    try:
        with selectors.DefaultSelector() as selector:
            for name in heard:
                selector.register(getattr(process, name), selectors.EVENT_READ, name)
            while selector.get_map():
                ready = selector.select(seconds)
                if not ready and process.proc.poll() is not None:
                    ready = selector.select(0)  # it may have answered as it ended
                    if not ready:
                        break
                for key, _ in ready or _silent(remote, seconds):
                    piece = _read_piece(key.fileobj)
                    if not piece:
                        selector.unregister(key.fileobj)
                        continue
                    heard[key.data] += piece
                    if key.data == "stderr":
                        *lines, begun = re.split(rb"[\r\n]+", begun + piece)
                        for line in lines:
                            on_line(line.decode("utf-8", "replace"))
    except BaseException:
        _kill(process)
        raise
    return bytes(heard["stdout"]), bytes(heard["stderr"])


def _silent(remote: str, seconds: float) -> NoReturn:
    raise SilentRemoteError(
        f"{remote} has not answered for {seconds:g} seconds",
        "Run the command again; `network-timeout` says how long to wait.",
    )


def _read_piece(pipe: object) -> bytes:
    file: IO[bytes] = pipe  # type: ignore[assignment] # what was registered
    return os.read(file.fileno(), _PIECE)


def _end(process: Any) -> int:  # noqa: ANN401 - as above
    code = process.proc.wait()
    for pipe in (process.proc.stdin, process.proc.stdout, process.proc.stderr):
        if pipe:
            pipe.close()
    return int(code)


def _kill(process: Any) -> None:  # noqa: ANN401 - as above
    """End git and the transports that it has started: they are in a session of their own."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.proc.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.proc.wait(_ENDING_SECONDS)
            break
    _end(process)


@contextmanager
def _environment(repository: Repository) -> Iterator[None]:
    """Give GitPython the environment that git is run with elsewhere, and put it back after."""
    before = dict(os.environ)
    wanted = scrub_environment(repository.root) | {"GIT_TERMINAL_PROMPT": "0"}
    os.environ.clear()
    os.environ.update(wanted)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
