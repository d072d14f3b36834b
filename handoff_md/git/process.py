"""Running git: a scrubbed environment, bytes in and out, no shell, errors as sentences."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from handoff_md.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# What a user or a CI job says about themselves and about transport. Everything else that begins
# with GIT_ may stem from a hook or an alias of another repository (GIT_DIR, GIT_INDEX_FILE, see
# `git rev-parse --local-env-vars`) or change what output means (GIT_LITERAL_PATHSPECS,
# GIT_EXTERNAL_DIFF), and is left out.
_KEPT: Final = re.compile(
    r"GIT_(?:(?:AUTHOR|COMMITTER|SSH|TRACE|TRACE2|SSL|HTTP|PROXY)(?:_.*)?"
    r"|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)"
    r"|ASKPASS|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM|EXEC_PATH|TEMPLATE_DIR)"
)

_CONTROL: Final = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[^\S\n\t]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BIDIRECTIONAL: Final = re.compile("[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_LISTEN_SECONDS: Final = 0.5
_QUOTED_LINES: Final = 6
_QUOTED_CHARACTERS: Final = 200


class GitMissingError(GitError):
    """git is not installed; a caller that can work without it says so and goes on."""


@dataclass(frozen=True, slots=True)
class Completed:
    """What a git process left: its exit code and both outputs."""

    code: int
    stdout: bytes
    stderr: bytes


def run_git(
    args: Sequence[str],
    *,
    cwd: Path,
    stdin: bytes = b"",
    check: bool = True,
    writes: bool = False,
    run_token: str | None = None,
    index_file: str | None = None,
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

    Raises:
        GitMissingError: git is not installed.
        GitError: git can't be started, or failed and ``check`` is set.
    """
    process = start_git(args, cwd=cwd, writes=writes, run_token=run_token, index_file=index_file)
    completed = _complete(process, stdin)
    if check and completed.code:
        raise explain_failure(f"git {_command_of(args)} failed in {cwd}", completed)
    return completed


def start_git(
    args: Sequence[str],
    *,
    cwd: Path,
    writes: bool = False,
    run_token: str | None = None,
    index_file: str | None = None,
) -> subprocess.Popen[bytes]:
    """Start ``git <args>`` for a conversation over its pipes; see `run_git` for the arguments.

    Raises:
        GitMissingError: git is not installed.
        GitError: git can't be started.
    """
    try:
        return subprocess.Popen(  # noqa: S603 - a list of arguments, no shell
            ["git", *args],  # noqa: S607 - git is found on PATH, as everybody expects
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(writes=writes, run_token=run_token, index_file=index_file),
        )
    except OSError as error:
        raise _not_started(cwd, error) from error


def explain_failure(message: str, completed: Completed) -> GitError:
    """Make an error of what a failed git process said: ``<message>: <its last lines>``."""
    said = quote_output(completed.stderr) or f"exit code {completed.code}"
    if "detected dubious ownership" in said or "unsafe repository" in said:
        hint = "If you trust it, run the command that git names there."
    elif "tell me who you are" in said or "ident name" in said or "auto-detect" in said:
        message = f"{message}, because git does not know who you are"
        hint = (
            "Tell it with `git config user.name NAME` and `git config user.email ADDRESS`, then "
            "run the command again."
        )
    else:
        hint = ""
    return GitError(f"{message}: {said}", hint)


def quote_output(output: bytes) -> str:
    """Return the last meaningful lines of a process's output, bounded and safe for a terminal.

    Colours, control and bidirectional characters go; bytes that are not UTF-8 become U+FFFD.
    """
    text = output.decode("utf-8", errors="replace").replace("\r", "\n")
    clean = _BIDIRECTIONAL.sub("", _CONTROL.sub(lambda match: _space_or_nothing(match[0]), text))
    lines = [line.strip() for line in clean.split("\n")]
    told = [line for line in lines if line and not line.startswith("hint:")]
    return "\n".join(line[:_QUOTED_CHARACTERS] for line in told[-_QUOTED_LINES:])


def pathspec(path: str) -> str:
    """Say exactly this path, from the top of the work tree, whatever characters it holds.

    Magic on each path rather than GIT_LITERAL_PATHSPECS: hooks would inherit the variable, and
    their own patterns would stop to match.
    """
    return f":(top,literal){path}"


def split_nul(output: bytes) -> list[str]:
    """Decode git's NUL-terminated outputs."""
    return [os.fsdecode(value) for value in output.split(b"\0")[:-1]]


def _complete(process: subprocess.Popen[bytes], stdin: bytes) -> Completed:
    """Wait for a process and collect its outputs.

    A hook may leave a process behind that keeps the outputs open: what came until git ended
    counts. On an interrupt git is asked to end and waited for, so that it removes its lock files;
    ``subprocess.run`` would kill it and leave them.
    """
    given: bytes | None = stdin
    with process:
        while True:
            try:
                stdout, stderr = process.communicate(given, timeout=_LISTEN_SECONDS)
            except subprocess.TimeoutExpired as late:
                given = None
                if process.poll() is not None:
                    stdout, stderr = late.output or b"", late.stderr or b""
                    return Completed(process.returncode, stdout, stderr)
            except BaseException:
                process.terminate()
                process.wait()
                raise
            else:
                return Completed(process.returncode, stdout, stderr)


def _environment(*, writes: bool, run_token: str | None, index_file: str | None) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or _KEPT.fullmatch(name)
    }
    # LANGUAGE keeps git's messages English and leaves the character set alone: hooks and filters
    # inherit it, and LC_ALL=C would make some of them fail on text that is not ASCII.
    kept |= {"LANGUAGE": "C", "GIT_TERMINAL_PROMPT": "0"}
    if not writes:
        kept["GIT_OPTIONAL_LOCKS"] = "0"
    if run_token is not None:
        kept["HANDOFF_MD_RUN"] = run_token
    if index_file is not None:
        kept["GIT_INDEX_FILE"] = index_file
    return kept


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
