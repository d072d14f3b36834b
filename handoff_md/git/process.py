"""Running git: a scrubbed environment, bytes in and out, no shell, errors as sentences."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from contextlib import contextmanager
from itertools import takewhile
from typing import TYPE_CHECKING, Final, NamedTuple

from handoff_md.errors import GitError
from handoff_md.git.environment import scrub_environment, stands_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# A file system monitor may be stale, and is a program of the repository's; what it says was once
# taken for what is on disk. The cache of untracked files is as good as the times of folders are.
_ASK_THE_DISK: Final = ("-c", "core.fsmonitor=false")
_TRUST_NO_CACHE: Final = ("-c", "core.untrackedCache=false")

_NO: Final = 1
_ID: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# Where git keeps what a push has brought, as long as its pre-receive hook has not accepted it: see
# git-receive-pack(1). Nothing may be written there.
_QUARANTINE: Final = "GIT_QUARANTINE_PATH"
_QUARANTINED: Final = (
    _QUARANTINE,
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
)

# Older versions know the second only: no protocol has that name.
_OFFLINE: Final = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}

# The patterns that stand as texts are for when git has failed: `re` compiles them then.
_LOCK: Final = (
    r"Unable to create '(?P<lock>[^'\n]+\.lock)': File exists"
    r"|could not lock config file (?P<config>[^:\n]+)"
)
_CONTROL: Final = r"\x1b\[[0-?]*[ -/]*[@-~]|[^\S\n\t]|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
_BIDIRECTIONAL: Final = "[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
_FILTER: Final = rb"(?m)^fatal: (?P<path>.*): (?:clean|smudge) filter '(?P<name>.*)' failed$"
_CREDENTIALS: Final = r"(?<=://)[^/@\s]+@"
_FAILURES: Final = ("error: ", "fatal: ", "ERROR: ")
_NOT_PUSHED: Final = "failed to push some refs"
_NO_ROOM: Final = "No space left on device|Disk quota exceeded|File too large|SIGXFSZ"
_NOT_WRITABLE: Final = (
    r"Read-only file system|insufficient permission for adding"
    r"|(?:nable to|cannot|could not) (?:create|write|lock).*: Permission denied"
)
_LISTEN_SECONDS: Final = 0.5
_QUOTED_LINES: Final = 6
_QUOTED_CHARACTERS: Final = 200


# Without a terminal ssh would ask in a window, where there is a desktop: see ssh(1).
_ASK_NOBODY: Final = {"SSH_ASKPASS_REQUIRE": "never"}
_HELD: Final = (
    "If no git process is at work, one was killed and has left it: `rm -- {lock}` removes it. "
    "`handoff-md doctor` finds all of them."
)
_PROMISOR: Final = "promisor remote"
PARTIAL_HINT: Final = (
    "Run the command again when the remote can be reached. To have all content here from then on: "
    "`git fetch --refetch --no-filter` (git 2.36 or later)."
)
"""What to do where a partial clone can't get what it lacks."""


class GitMissingError(GitError):
    """git is not installed; a caller that can work without it says so and goes on."""


class SilentRemoteError(GitError):
    """A remote has not answered in time, and what it did is not known."""


class Completed(NamedTuple):
    """What a git process left: its exit code and both outputs.

    The methods read an answer, and raise a GitError for one that is none: ``git`` on PATH may be a
    wrapper that prints words of its own.
    """

    command: str
    code: int
    stdout: bytes
    stderr: bytes

    def text(self) -> str:
        """Give the whole answer without its last line break, undecodable bytes as surrogates."""
        return os.fsdecode(self.stdout).removesuffix("\n")

    def line(self) -> str:
        """Give an answer that is one line, and not empty."""
        text = self.text()
        if not text or "\n" in text:
            raise self.garbled()
        return text

    def lines(self) -> list[str]:
        """Give an answer's lines; none for an empty one."""
        if self.stdout and not self.stdout.endswith(b"\n"):
            raise self.garbled()
        return os.fsdecode(self.stdout).split("\n")[:-1]

    def fields(self) -> list[str]:
        """Give the parts of an answer that each end in NUL."""
        if self.stdout and not self.stdout.endswith(b"\0"):
            raise self.garbled()
        return os.fsdecode(self.stdout).split("\0")[:-1]

    def ids(self) -> list[str]:
        """Give an answer that consists of full object ids; none for an empty one."""
        words = os.fsdecode(self.stdout).split()
        if not all(map(_ID.fullmatch, words)):
            raise self.garbled()
        return words

    def id(self) -> str:
        """Give an answer that is one full object id."""
        ids = self.ids()
        if len(ids) != 1:
            raise self.garbled()
        return ids[0]

    @contextmanager
    def understood(self) -> Iterator[None]:
        """Take what a parser of this answer stumbles over for the answer's fault."""
        try:
            yield
        except (ValueError, LookupError) as error:
            raise self.garbled() from error

    def garbled(self) -> GitError:
        """Describe an answer that can't be understood."""
        return garbled_answer(self.command, self.stdout)


def run_git(
    args: Sequence[str],
    *,
    cwd: Path,
    stdin: bytes = b"",
    check: bool = True,
    writes: bool = False,
    run_token: str | None = None,
    index_file: str | None = None,
    offline: bool = False,
) -> Completed:
    """Run ``git <args>`` in ``cwd`` and wait for it.

    Args:
        args: the arguments; paths among them come from ``pathspec`` or after ``--``.
        cwd: an existing folder.
        stdin: what git reads; never the terminal.
        check: raise where the exit code is not 0.
        writes: the command changes the repository; others take no optional locks.
        run_token: given to hooks as ``HANDOFF_MD_RUN``.
        index_file: the index to use in place of the work tree's own, as a hook is told it.
        offline: git fetches nothing, as it else does in a partial clone; before git 2.45 it fails
            where it would.

    Raises:
        GitMissingError: git is not installed.
        GitError: git can't be started, or failed and ``check`` is set.
    """
    process = start_git(
        args,
        cwd=cwd,
        writes=writes,
        run_token=run_token,
        index_file=index_file,
        offline=offline,
    )
    code, stdout, stderr = _complete(process, stdin)
    completed = Completed(f"git {_command_of(args)}", code, stdout, stderr)
    if check and completed.code:
        raise explain_failure(f"{completed.command} failed in {cwd}", completed, cwd=cwd)
    return completed


def run_remote(args: Sequence[str], *, cwd: Path, seconds: float) -> Completed:
    """Run a git command that talks to a remote, whatever its exit code, up to a deadline.

    It gets no terminal, so that nothing can ask for a password there, and a session of its own:
    at the deadline it is ended together with the transports that it has started.

    Raises:
        SilentRemoteError: it was not done after so many ``seconds``.
        GitMissingError: git is not installed.
        GitError: git can't be started.
    """
    process = start_git(args, cwd=cwd, writes=True, alone=True)
    try:
        stdout, stderr = process.communicate(b"", timeout=seconds)
    except subprocess.TimeoutExpired as late:
        _end_group(process)
        raise SilentRemoteError(
            f"the remote was not done within {seconds:g} seconds",
            "Run the command again; `network-timeout` says how long to wait.",
        ) from late
    except BaseException:
        _end_group(process)
        raise
    return Completed(f"git {_command_of(args)}", process.returncode, stdout, stderr)


def ask_git(
    args: Sequence[str],
    *,
    cwd: Path,
    failed: str,
    index_file: str | None = None,
) -> Completed:
    """Ask git what it may say no to, which exit code 1 tells; see `run_git` for the arguments.

    Raises:
        GitError: any other code but 0 is no answer: ``<failed>: <what git said>``.
    """
    told = run_git(args, cwd=cwd, check=False, index_file=index_file)
    if told.code not in (0, _NO):
        raise explain_failure(failed, told, cwd=cwd)
    return told


def start_git(
    args: Sequence[str],
    *,
    cwd: Path,
    writes: bool = False,
    run_token: str | None = None,
    index_file: str | None = None,
    offline: bool = False,
    alone: bool = False,
) -> subprocess.Popen[bytes]:
    """Start ``git <args>`` for a conversation over its pipes; see `run_git` for the arguments.

    ``alone`` gives it a session of its own, without a terminal.

    Raises:
        GitMissingError: git is not installed.
        GitError: git can't be started.
    """
    config = _ASK_THE_DISK if writes else (*_ASK_THE_DISK, *_TRUST_NO_CACHE)
    environment = _environment(cwd, writes=writes, run_token=run_token, index_file=index_file)
    more = (_OFFLINE if offline else {}) | (_ASK_NOBODY if alone else {})
    try:
        return subprocess.Popen(  # noqa: S603 - a list of arguments, no shell
            ["git", *config, *args],  # noqa: S607 - git is found on PATH, as everybody expects
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment | more,
            start_new_session=alone,
        )
    except OSError as error:
        raise _not_started(cwd, error) from error
    except ValueError as error:  # NUL in an argument
        raise GitError(f"{args[-1]!r} can't be a name that git knows") from error


def explain_failure(message: str, completed: Completed, *, cwd: Path | None = None) -> GitError:
    """Make an error of what a failed git process said: ``<message>: <its last lines>``.

    ``cwd`` is where it ran, which some of the paths that it names are relative to.
    """
    said = quote_output(completed.stderr) or _ending(completed.code)
    lock = re.search(_LOCK, completed.stderr.decode("utf-8", "replace"))
    if lock:
        held = os.path.join(cwd or "", lock["lock"] or f"{lock['config']}.lock")  # noqa: PTH118 - pathlib is not loaded here
        return GitError(f"{message}: {held} is there", _HELD.format(lock=shlex.quote(held)))
    if _PROMISOR in said:
        return GitError(f"{message}: {partial_clone_lacks('some of the history')}", PARTIAL_HINT)
    if failing := re.search(_FILTER, completed.stderr):
        return _failing_filter(os.fsdecode(failing["path"]), os.fsdecode(failing["name"]), said)
    if "detected dubious ownership" in said or "unsafe repository" in said:
        hint = "If you trust it, run the command that git names there."
    elif "tell me who you are" in said or "ident name" in said or "auto-detect" in said:
        message = f"{message}, because git does not know who you are"
        hint = (
            "Tell it with `git config user.name NAME` and `git config user.email ADDRESS`, then "
            "run the command again."
        )
    elif re.search(_NO_ROOM, said):
        hint = (
            f"Make room where {cwd or 'it'} lies (`df -h` and `ulimit -f` tell), then run it again."
        )
    elif re.search(_NOT_WRITABLE, said):
        hint = f"Let yourself write where {cwd or 'it'} lies, then run the command again."
    else:
        hint = ""
    return GitError(f"{message}: {said}", hint)


def partial_clone_lacks(what: str) -> str:
    """Say why an object can't be read: it was left out of the clone, which is offline."""
    return f"this clone is partial and lacks {what}, and its remote can't be reached"


def is_offline(said: bytes) -> bool:
    """Tell whether git wanted to fetch what a partial clone lacks, and could not."""
    return _PROMISOR.encode() in said


def quote_output(output: bytes) -> str:
    """Return the last meaningful lines of a process's output, bounded and safe for a terminal.

    Colours, control and bidirectional characters go; bytes that are not UTF-8 become U+FFFD.
    """
    return "\n".join(line.strip() for line in _told_lines(output)[-_QUOTED_LINES:])


def _told_lines(output: bytes) -> list[str]:
    """Give the lines that say something, each bounded and safe, and indented as they are."""
    text = output.decode("utf-8", errors="replace").replace("\r", "\n")
    plain = re.sub(_CONTROL, lambda match: _space_or_nothing(match[0]), text)
    lines = re.sub(_BIDIRECTIONAL, "", plain).split("\n")
    told = (line.rstrip() for line in lines if line.strip() and not line.startswith("hint:"))
    return [line[:_QUOTED_CHARACTERS] for line in told]


def say_failure(done: Completed) -> str:
    """Give git's own first word of a failure in one line: with what it lists below, if it does.

    What it says of a conflict stands in what it prints. Credentials in URLs are left out.
    """
    printed = (line for line in _told_lines(done.stdout) if line.startswith("CONFLICT "))
    lines = _told_lines(done.stderr)
    at = next((at for at, line in enumerate(lines) if line.startswith(_FAILURES)), None)
    if conflict := next(printed, ""):
        said = conflict
    elif at is None:
        said = lines[0].strip() if lines else f"git has ended: {_ending(done.code)}"
    else:
        said = _with_list(lines[at].partition(": ")[2], lines[at + 1 :])
        if said.startswith(_NOT_PUSHED) and at:  # a hook has had the word before
            said += f" ({' '.join(line.strip() for line in lines[:at][-_QUOTED_LINES:])})"
    return without_credentials(said)


def _with_list(said: str, below: list[str]) -> str:
    """Give a line with what follows it where it ends in a colon: names, indented, or a reason."""
    if not said.endswith(":"):
        return said
    listed = list(takewhile(lambda line: line.startswith("\t"), below)) or below[:1]
    shown = [line.strip() for line in listed[:_QUOTED_LINES]]
    shown += [f"and {len(listed) - _QUOTED_LINES} more"] if listed[_QUOTED_LINES:] else []
    return f"{said} {', '.join(shown)}"


def without_credentials(url: str) -> str:
    """Give a URL as it may be shown."""
    return re.sub(_CREDENTIALS, "", url)


def write_git(root: Path, *args: str) -> str:
    """Write a git command for a shell, as it works in the folder that the user stands in."""
    here = [] if stands_in(root) else ["-C", str(root)]
    return shlex.join(["git", *here, *args])


def write_path(root: Path, path: str) -> str:
    """Write a path below a folder for a shell, as it is found from where the user stands."""
    return shlex.quote(path if stands_in(root) else str(root / path))


def pathspec(path: str) -> str:
    """Say exactly this path, from the top of the work tree, whatever characters it holds.

    Magic on each path rather than GIT_LITERAL_PATHSPECS: hooks would inherit the variable, and
    their own patterns would stop to match.
    """
    return f":(top,literal){path}"


def garbled_answer(command: str, answer: bytes) -> GitError:
    """Describe what a git command has answered, and can't be understood."""
    said = quote_output(answer).splitlines()
    what = f"what can't be understood: {said[-1]}" if said else "nothing"
    return GitError(
        f"{command} answered {what}",
        "Look at `command -v git` and `git version`: a program in git's place, or a wrapper that "
        "prints words of its own, can't be worked with.",
    )


def _complete(process: subprocess.Popen[bytes], stdin: bytes) -> tuple[int, bytes, bytes]:
    """Wait for a process; give its exit code and both outputs.

    A hook may leave a process behind that keeps the outputs open: what came until git ended
    counts. On an interrupt git is asked to end and waited for, so that it removes its lock files;
    ``subprocess.run`` would kill it and leave them.
    """
    given: bytes | None = stdin
    ended = False
    with process:
        while True:
            try:
                stdout, stderr = process.communicate(given, timeout=_LISTEN_SECONDS)
            except subprocess.TimeoutExpired as late:
                given = None
                if ended:
                    stdout, stderr = late.output or b"", late.stderr or b""
                    return process.returncode, stdout, stderr
                # It may have answered as it ended, after it was listened to.
                ended = process.poll() is not None
            except BaseException:
                process.terminate()
                process.wait()
                raise
            else:
                return process.returncode, stdout, stderr


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process that was started alone, and all that it has started: by force in the end."""
    for ending in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, ending)
        except (ProcessLookupError, PermissionError):
            break
        try:
            process.communicate(timeout=_LISTEN_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        break
    with process:
        pass


def _environment(
    cwd: Path, *, writes: bool, run_token: str | None, index_file: str | None
) -> dict[str, str]:
    kept = scrub_environment(cwd)
    # LANGUAGE keeps git's messages English and leaves the character set alone: hooks and filters
    # inherit it, and LC_ALL=C would make some of them fail on text that is not ASCII.
    kept |= {"LANGUAGE": "C", "GIT_TERMINAL_PROMPT": "0"}
    if not writes:
        kept["GIT_OPTIONAL_LOCKS"] = "0"
        kept |= _quarantine_of(cwd)
    if run_token is not None:
        kept["HANDOFF_MD_RUN"] = run_token
    if index_file is not None:
        kept["GIT_INDEX_FILE"] = index_file
    return kept


def _failing_filter(path: str, name: str, said: str) -> GitError:
    """Describe a filter that git needs for a file (gitattributes(5)), by its first words."""
    return GitError(
        f"git can't convert {path}: the filter {name!r} fails ({said.splitlines()[0]})",
        f"Install what `git config --get-regexp 'filter\\.{name}\\.'` names, then run the command "
        "again; nothing was changed.",
    )


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name if -code in signal.valid_signals() else str(-code)
    return f"it was killed by {name}"


def in_quarantine(git_dir: Path) -> bool:
    """Tell whether this runs in a pre-receive or update hook, for a push into a repository."""
    quarantine = os.environ.get(_QUARANTINE)
    if not quarantine:
        return False
    return os.path.realpath(quarantine).startswith(os.path.realpath(git_dir) + os.sep)


def _quarantine_of(cwd: Path) -> dict[str, str]:
    """Give what makes git read what is being pushed, where it works in the receiving repository."""
    if not in_quarantine(cwd):
        return {}
    return {name: os.environ[name] for name in _QUARANTINED if name in os.environ}


def _not_started(cwd: Path, error: OSError) -> GitError:
    if not cwd.is_dir():
        return GitError(f"{cwd} is not a folder that git can run in")
    if isinstance(error, FileNotFoundError) and error.filename == "git":
        return GitMissingError(
            "git is not installed or not on PATH",
            "Install git 2.34 or later; without it nothing is committed.",
        )
    return GitError(f"git can't be started: {(error.strerror or str(error)).lower()}")


def _command_of(args: Sequence[str]) -> str:
    """Return the subcommand's name, without options that stand before it."""
    return next((arg for arg in args if arg[0] != "-" and "=" not in arg), "")


def _space_or_nothing(character: str) -> str:
    return " " if character.isspace() else ""
