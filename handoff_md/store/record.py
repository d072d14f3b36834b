"""Records: JSON files in the state folder, each of which says where it was written.

They hold absolute paths, and a repository may be copied, moved, or mounted elsewhere with all of
them. So a record is read as if it had always lain where it lies now, and tells what it came from.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import ValidationError, convert, to_builtins

from handoff_md.errors import FileError
from handoff_md.reading import read_regular
from handoff_md.store.files import create_bytes, file_error, list_names, replace_bytes
from handoff_md.store.place import copied_from, create_folders, mark, share
from handoff_md.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VERSION: Final = 1
_UNWRITTEN: Final = "copied_from"  # where a record came from is found out, each time anew
_DAMAGE: Final = (
    *(ValidationError, ValueError, TypeError, KeyError, AttributeError),
    RecursionError,  # it nests too deep
)
_T = TypeVar("_T")


class Kind(Value):
    """A kind of record, as messages name it, and what to do about one that can't be read."""

    name: str
    other_version: str
    damaged: str


class Origin(Value):
    """Where a record lies, and where it was written: ``home``, empty where it doesn't say."""

    state: Path
    home: str

    def path(self, path: str) -> str:
        """Give an absolute path of a record, as it is from where the record lies now.

        What lay in the repository lies in it still; and so does what lay beside it, as linked work
        trees do. Nothing says that it exists, or that it is this repository's: that is to be asked.
        """
        state = str(self.state)
        if not self.home or self.home == state:
            return path
        if not os.path.isabs(path) or os.path.commonpath([path, self.home]) == os.sep:  # noqa: PTH117
            return path
        return os.path.normpath(os.path.join(state, os.path.relpath(path, self.home)))  # noqa: PTH118


def read_record(
    state: Path,
    path: Path,
    kind: Kind,
    of: type[_T],
    settle: Callable[[_T, Origin], _T] = lambda record, _origin: record,
) -> _T | None:
    """Read a record, or give None where there is none.

    Args:
        state: the state folder that the record lies in.
        path: its file.
        kind: how messages name it.
        of: the value that it is; each field has to have its type.
        settle: gives the value with its paths as they are now, and raises ValueError for what no
            type can tell.

    Raises:
        FileError: the file can't be read, is damaged, or is of another version.
    """
    try:
        data = read_regular(path, follow=False)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise file_error("read", path, error) from error
    try:
        # msgspec's own decoder refuses titles that are not UTF-8.
        values = json.loads(data)
        version = values["version"]
        if version != VERSION:
            raise FileError(
                f"{kind.name} in {path} has version {version!r}; this is version {VERSION}",
                kind.other_version,
            )
        home = convert(values.get("home", ""), str)
        record = convert({**values, _UNWRITTEN: copied_from(state, home)}, of)
        return settle(record, Origin(state, home))
    except _DAMAGE as error:
        raise FileError(f"{kind.name} in {path} is damaged", kind.damaged) from error


def list_records(folder: Path) -> list[str]:
    """List the names of the records in a folder, in no order.

    Raises:
        FileError: it can't be listed.
    """
    return [name for name in list_names(folder) if name.endswith(".json") and name[0] != "."]


def create_record(state: Path, path: Path, record: Value) -> bool:
    """Create a record, whole and at most once; False, and nothing done, where there is one.

    Raises:
        FileError: it can't be written.
    """
    _prepare(state, path)
    created = create_bytes(path, _encode(state, record))
    if created:
        share(state, path)
    return created


def replace_record(state: Path, path: Path, record: Value) -> None:
    """Write a record, atomically and durably, in place of an earlier one.

    Raises:
        FileError: it can't be written.
    """
    _prepare(state, path)
    if path.is_symlink():
        raise FileError(f"{path} is a symbolic link", "Replace it by the file itself.")
    replace_bytes(path, _encode(state, record))
    share(state, path)


def _prepare(state: Path, path: Path) -> None:
    create_folders(state, path.parent)
    mark(state)


def _encode(state: Path, record: Value) -> bytes:
    fields = {**to_builtins(record), "home": str(state)}
    fields.pop(_UNWRITTEN, None)
    # ASCII escapes carry titles and paths that are not UTF-8 (lone surrogates) through the file.
    return json.dumps({"version": VERSION, **fields}, indent=1).encode("ascii") + b"\n"
