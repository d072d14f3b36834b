"""Records: JSON files in the state folder, each of which says where it was written.

They hold absolute paths, and a repository may be copied, moved, or mounted elsewhere with all of
them. So a record is read as if it had always lain where it lies now, and tells what it came from.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final, TypeVar

from handoff_md.errors import FileError
from handoff_md.reading import read_regular
from handoff_md.store.files import create_bytes, file_error, replace_bytes
from handoff_md.store.place import copied_from, create_folders, mark, share
from handoff_md.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

VERSION: Final = 1
_T = TypeVar("_T")


class Kind(Value):
    """A kind of record, as messages name it, and what to do about one that can't be read."""

    name: str
    other_version: str
    damaged: str


class Fields:
    """The fields of a record. What is not as it should be is a KeyError, TypeError or ValueError.

    A default stands for a field that is not there.
    """

    def __init__(self, values: Mapping[str, object], state: Path) -> None:
        self._values = values
        self._state = state
        self._home = self.text("home", "")

    def __contains__(self, key: str) -> bool:
        """Tell whether there is a field of a name."""
        return key in self._values

    @property
    def copied_from(self) -> str:
        """Give the repository that the record came from when this one was copied, else nothing."""
        return copied_from(self._state, self._home)

    def text(self, key: str, default: str | None = None) -> str:
        """Give a text."""
        value = self._values[key] if default is None else self._values.get(key, default)
        if not isinstance(value, str):
            raise TypeError(key)
        return value

    def text_or_none(self, key: str) -> str | None:
        """Give a text, or the None that stands for it."""
        return None if self._values.get(key) is None else self.text(key)

    def texts(self, key: str) -> tuple[str, ...]:
        """Give a list of texts."""
        value = self._values[key]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise TypeError(key)
        return tuple(value)

    def flag(self, key: str) -> bool:
        """Give a truth value."""
        value = self._values[key]
        if not isinstance(value, bool):
            raise TypeError(key)
        return value

    def count(self, key: str) -> int | None:
        """Give a number, or the None that stands for it."""
        value = self._values[key]
        if value is not None and type(value) is not int:
            raise TypeError(key)
        return value

    def path(self, key: str) -> str:
        """Give an absolute path, as it is from where the record lies now.

        What lay in the repository lies in it still; and so does what lay beside it, as linked work
        trees do. Nothing says that it exists, or that it is this repository's: that is to be asked.
        """
        path, state = self.text(key), str(self._state)
        if not self._home or self._home == state:
            return path
        if not os.path.isabs(path) or os.path.commonpath([path, self._home]) == os.sep:  # noqa: PTH117
            return path
        return os.path.normpath(os.path.join(state, os.path.relpath(path, self._home)))  # noqa: PTH118

    def below(self, key: str) -> tuple[Fields, ...]:
        """Give a list of records within this one."""
        value = self._values[key]
        if not isinstance(value, list):
            raise TypeError(key)
        return tuple(self._nested(item) for item in value)

    def _nested(self, item: object) -> Fields:
        if not isinstance(item, dict):
            raise TypeError(item)
        return Fields({**item, "home": self._home}, self._state)


def read_record(state: Path, path: Path, kind: Kind, decode: Callable[[Fields], _T]) -> _T | None:
    """Read a record, or give None where there is none.

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
        # Nesting too deep for the decoder is damage like any other.
        values = json.loads(data)
        version = values["version"]
        if version != VERSION:
            raise FileError(
                f"{kind.name} in {path} has version {version!r}; this is version {VERSION}",
                kind.other_version,
            )
        return decode(Fields(values, state))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise FileError(f"{kind.name} in {path} is damaged", kind.damaged) from error


def create_record(state: Path, path: Path, fields: Mapping[str, object]) -> bool:
    """Create a record, whole and at most once; False, and nothing done, where there is one.

    Raises:
        FileError: it can't be written.
    """
    _prepare(state, path)
    created = create_bytes(path, _encode(state, fields))
    if created:
        share(state, path)
    return created


def replace_record(state: Path, path: Path, fields: Mapping[str, object]) -> None:
    """Write a record, atomically and durably, in place of an earlier one.

    Raises:
        FileError: it can't be written.
    """
    _prepare(state, path)
    if path.is_symlink():
        raise FileError(f"{path} is a symbolic link", "Replace it by the file itself.")
    replace_bytes(path, _encode(state, fields))
    share(state, path)


def _prepare(state: Path, path: Path) -> None:
    create_folders(state, path.parent)
    mark(state)


def _encode(state: Path, fields: Mapping[str, object]) -> bytes:
    # ASCII escapes carry titles and paths that are not UTF-8 (lone surrogates) through the file.
    record = {"version": VERSION, **fields, "home": str(state)}
    return json.dumps(record, indent=1).encode("ascii") + b"\n"
