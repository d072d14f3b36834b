"""Reads many objects through one ``git cat-file --batch`` process."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from handoff_md.errors import GitError
from handoff_md.git.process import (
    PARTIAL_HINT,
    is_offline,
    partial_clone_lacks,
    quote_output,
    start_git,
)

if TYPE_CHECKING:
    from handoff_md.git.repository import Repository


@dataclass(frozen=True, slots=True)
class ObjectReader:
    """A running process that is asked for one object after the other."""

    process: subprocess.Popen[bytes]

    def read_blob(self, name: str) -> bytes | None:
        """Give a file's content by its id, or by ``<commit>:<path>``; None where there is none.

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
        header = told.readline()
        if not header.endswith(b"\n"):
            raise self._ended(name)
        described = header.rsplit(b" ", 2)
        if described[-1].strip() in (b"missing", b"ambiguous"):
            return None
        _, kind, size = described
        content = told.read(int(size) + 1)
        if len(content) != int(size) + 1:
            raise self._ended(name)
        return content[:-1] if kind == b"blob" else None

    def _ended(self, name: str) -> GitError:
        said = self.process.stderr.read() if self.process.stderr else b""
        if is_offline(said):
            return GitError(f"git can't go on: {partial_clone_lacks(name)}", PARTIAL_HINT)
        return GitError(
            f"git can't read {name}: {quote_output(said) or 'it ended'}",
            "`git fsck` tells whether the repository is damaged.",
        )


@contextmanager
def open_objects(repository: Repository) -> Iterator[ObjectReader]:
    """Start the process, and end it with the block.

    Raises:
        GitError: git can't be started.
    """
    process = start_git(["cat-file", "--batch"], cwd=repository.root)
    try:
        yield ObjectReader(process)
    finally:
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                _close(pipe)
        process.terminate()
        process.wait()


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
