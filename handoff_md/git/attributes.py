"""Which merge attribute git gives a path: now, or with other ``.gitattributes`` files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from handoff_md.git.process import Completed, run_git
from handoff_md.reading import read_regular

if TYPE_CHECKING:
    from handoff_md.git.repository import Repository

ATTRIBUTES: Final = ".gitattributes"
_WORDS: Final = {"set": "merge", "unset": "-merge"}


def read_merge_attribute(root: Path, path: str) -> str | None:
    """Return the merge attribute that is in force for a path below the root, None without one.

    All sources count, as git ranks them: ``info/attributes``, each ``.gitattributes``, the user's
    and the system's file, and macros. The value is as git tells it: a driver's name, ``unset`` for
    ``-merge``, ``set`` for ``merge``. Source: gitattributes(5).

    Raises:
        GitError: git fails.
    """
    return _read(run_git(_asks_for(path), cwd=root))


def try_merge_attribute(
    repository: Repository, path: str, files: Mapping[str, bytes]
) -> str | None:
    """Return the merge attribute that would be in force if some files were as they are given.

    git itself is asked, in a copy of the attribute files that lead to the path.

    Args:
        repository: the repository.
        path: relative to the root, with ``/``.
        files: the new content of ``.gitattributes`` files, by their paths.

    Raises:
        GitError: git fails.
        OSError: there is no temporary folder that can be written.
    """
    known = {name: _read_plain(repository.root / name) for name in list_attribute_files(path)}
    with tempfile.TemporaryDirectory() as folder:
        for name, data in {**known, **files}.items():
            if data is not None:
                place = Path(folder, name)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(data)
        places = [f"--git-dir={repository.git_dir}", f"--work-tree={folder}"]
        return _read(run_git([*places, *_asks_for(path)], cwd=Path(folder)))


def list_attribute_files(path: str) -> Iterator[str]:
    """Give where ``.gitattributes`` files matter for a path, the root's first, the closest last."""
    folders = [folder for folder in PurePosixPath(path).parents if folder.name]
    yield ATTRIBUTES
    yield from (f"{folder}/{ATTRIBUTES}" for folder in reversed(folders))


def write_attribute(value: str) -> str:
    """Write a value of the merge attribute as it stands in a file, such as ``merge=union``."""
    return _WORDS.get(value, f"merge={value}")


def _asks_for(path: str) -> list[str]:
    return ["check-attr", "-z", "merge", "--", path]


def _read(told: Completed) -> str | None:
    with told.understood():
        _path, _name, value = told.fields()
    return None if value == "unspecified" else value


def _read_plain(path: Path) -> bytes | None:
    """Read an attribute file; git follows no symbolic link there. Source: gitattributes(5)."""
    try:
        return read_regular(path, follow=False)
    except OSError:
        return None
