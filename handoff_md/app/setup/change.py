"""What the set-up does to one file: a patch against the file that is there, or against none."""

from __future__ import annotations

import os
import stat
from functools import lru_cache
from pathlib import Path

from handoff_md.errors import FileError
from handoff_md.store.files import (
    NO_FILE,
    create_folder,
    delete_file,
    digest,
    file_error,
    read_bytes,
    replace_bytes,
)
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.parse import parse
from handoff_md.text.diff import unified_diff
from handoff_md.text.edit import Edit, Patch, make_patch
from handoff_md.text.source import Source, decode
from handoff_md.text.span import Span
from handoff_md.value import Value


class Change(Value):
    """A patch to one file.

    ``path`` is relative to ``root``, with ``/``; ``creates`` tells that there is no such file yet,
    ``executable`` that it is to be one that can be run, ``deletes`` that it goes with its content.
    """

    root: Path
    path: str
    patch: Patch
    creates: bool
    executable: bool = False
    deletes: bool = False

    @property
    def diff(self) -> str:
        """Give the change as a unified diff that git applies."""
        return unified_diff(self.patch, self.path, creates=self.creates, deletes=self.deletes)

    def write(self) -> None:
        """Write the file at once, or delete it, unless somebody has changed it meanwhile.

        Raises:
            ChangedMeanwhileError: it is no longer what the patch is for.
            FileError: it can't be written.
        """
        path = self.root / self.path
        old = NO_FILE if self.creates else digest(self.patch.source.to_bytes())
        if self.deletes:
            delete_file(path, expected=old)
            return
        create_folder(path.parent)
        replace_bytes(path, self.patch.apply().to_bytes(), expected=old)
        if self.executable:
            make_executable(path)


def read_source(root: Path, path: str) -> Source | None:
    """Read a file of the repository; None where there is none.

    Raises:
        FileError: it can't be read, is no regular file, or lies outside of the repository.
    """
    if not os.path.lexists(root / path):
        _refuse_foreign_folder(root, path)
        return None
    return decode(read_bytes(root / path, root=root, limit=None))


def read_document(root: Path, path: str) -> Document | None:
    """Read and parse a document of the repository; None where there is none.

    Raises:
        FileError: as `read_source`.
    """
    source = read_source(root, path)
    return None if source is None else _parse_once(source)


@lru_cache(maxsize=1)
def _parse_once(source: Source) -> Document:
    """Parse a text unless it is the last one: each part of a set-up asks for the same document."""
    return parse(source)


def new_file(root: Path, path: str, text: str, *, executable: bool = False) -> Change:
    """Make the change that creates a file."""
    patch = make_patch(Source(""), [Edit(Span(0, 0), text)])
    return Change(root, path, patch, creates=True, executable=executable)


def changed_file(root: Path, path: str, patch: Patch) -> tuple[Change, ...]:
    """Make the change of a file that exists; none where the patch is empty."""
    return (Change(root, path, patch, creates=False),) if patch.edits else ()


def deleted_file(root: Path, path: str, source: Source) -> Change:
    """Make the change that deletes a file."""
    patch = make_patch(source, [Edit(Span(0, len(source.text)), "")])
    return Change(root, path, patch, creates=False, deletes=True)


def make_executable(path: Path) -> None:
    """Let everybody run a file who may read it.

    Raises:
        FileError: its mode can't be changed.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        path.chmod(mode | (mode & 0o444) >> 2)
    except OSError as error:
        raise file_error("make executable", path, error) from error


def _refuse_foreign_folder(root: Path, path: str) -> None:
    """Refuse to create a file in a folder that a symbolic link puts outside of the repository."""
    folder = Path(os.path.realpath((root / path).parent))
    if not folder.is_relative_to(os.path.realpath(root)):
        raise FileError(
            f"{path} would lie in {folder}, outside {root}",
            "Replace the symbolic link by the folder itself.",
        )
