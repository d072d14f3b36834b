"""Changes of several files that are made all or, after a crash, by whoever comes next."""

from __future__ import annotations

from base64 import b64decode, b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Final

from handoff_md.errors import FileError
from handoff_md.store.files import (
    NO_FILE,
    create_folder,
    delete_file,
    digest,
    digest_of,
    file_error,
    replace_bytes,
    sync_folder,
)
from handoff_md.store.record import Kind, Origin, read_record, replace_record
from handoff_md.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

_KIND: Final = Kind(
    "the record of changed files",
    "Finish it with the handoff-md that began it, or move the file away.",
    "Move the file away, and look at git status for what was changed.",
)
_FOLDER: Final = "changes"


class PlannedFile(Value):
    """A file, by its path relative to the root, and what becomes of it.

    ``before`` is the digest that it has, ``NO_FILE`` without one; ``data`` is its new content in
    base64, None where it is deleted.
    """

    path: str
    before: str
    data: str | None

    @property
    def after(self) -> str:
        """Give the digest that it is to have."""
        return NO_FILE if self.data is None else digest(b64decode(self.data))


class Changes(Value):
    """The changes that are under way in a work tree, by its root, absolute."""

    root: str
    files: tuple[PlannedFile, ...]
    copied_from: str = ""


def change_files(state: Path, root: Path, files: Mapping[str, bytes | None]) -> None:
    """Change files so that a crash at any point leaves what `finish_changes` completes.

    Call it under the lock. What is as it should be already is left alone.

    Args:
        state: the state folder.
        root: of the work tree.
        files: the new content of each, by its path relative to the root; None deletes it.

    Raises:
        ChangedMeanwhileError: somebody else has changed one of them.
        FileError: one can't be read or written.
    """
    changes = [
        PlannedFile(path, digest_of(root / path), _encode(data)) for path, data in files.items()
    ]
    wanted = tuple(change for change in changes if change.before != change.after)
    if not wanted:
        return
    record = Changes(str(root), wanted)
    replace_record(state, _path(state, root), record)
    _make(state, root, record)


def finish_changes(state: Path, root: Path) -> tuple[str, ...]:
    """Finish what a killed command has begun; call it under the lock.

    Returns:
        The paths of the files that it was about; none where nothing was begun.

    Raises:
        FileError: the record can't be read, or a file was changed since: then nothing is touched.
    """
    path = _path(state, root)
    record = read_record(state, path, _KIND, Changes, _settle)
    if record is None:
        return ()
    for change in record.files:
        if digest_of(root / change.path) not in (change.before, change.after):
            raise FileError(
                f"a command was killed while it changed files, and {change.path} was changed since",
                f"Look at git status, then move {path} away: what it was to write is in there.",
            )
    _make(state, root, record)
    return tuple(change.path for change in record.files)


def _make(state: Path, root: Path, record: Changes) -> None:
    for change in record.files:
        target = root / change.path
        if digest_of(target) == change.after:
            continue
        if change.data is None:
            delete_file(target, expected=change.before)
        else:
            create_folder(target.parent)
            replace_bytes(target, b64decode(change.data), expected=change.before)
    path = _path(state, root)
    try:
        path.unlink()
        sync_folder(path.parent)
    except OSError as error:
        raise file_error("remove", path, error) from error


def _encode(data: bytes | None) -> str | None:
    return None if data is None else b64encode(data).decode("ascii")


def _path(state: Path, root: Path) -> Path:
    return state / _FOLDER / f"{digest(str(root).encode('utf-8', 'surrogateescape'))[:16]}.json"


def _settle(changes: Changes, _origin: Origin) -> Changes:
    for change in changes.files:
        parts = change.path.split("/")
        if Path(change.path).is_absolute() or {"", "..", ".git"}.intersection(parts):
            raise ValueError(change.path)
        change.after  # noqa: B018 - a content that is no base64 is damage
    return changes
