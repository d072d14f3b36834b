"""The state folder itself: that it is this repository's, where it was copied from, who may use it.

It holds a ``mark``, a random name that a copy of the repository has as well, and a new clone not.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from handoff_md.errors import FileError
from handoff_md.reading import read_regular
from handoff_md.store.files import create_bytes, file_error
from handoff_md.text.pattern import lazy_pattern

_MARK: Final = "mark"
_SETTING: Final = lazy_pattern(
    r"[ \t]*sharedrepository[ \t]*(?:=[ \t]*(?P<value>[^#;]*?)[ \t]*)?(?:[#;].*)?"
)
_GROUP: Final = 0o660
_EVERYBODY: Final = 0o664
_OWNER: Final = 0o600
_NAMED: Final = {
    **dict.fromkeys(("umask", "false", "no", "off", "0", ""), 0),
    **dict.fromkeys(("group", "true", "yes", "on", "1"), _GROUP),
    **dict.fromkeys(("all", "world", "everybody", "2"), _EVERYBODY),
}


def refuse_foreign(state: Path, within: Path) -> None:
    """Refuse a state folder, or a folder in it, that a symbolic link leads out of the repository.

    Args:
        state: the state folder; it need not exist.
        within: the folder that must hold it, symbolic links resolved.

    Raises:
        FileError: a link leads elsewhere, or the folder can't be read.
    """
    try:
        with os.scandir(state) as entries:
            links = [entry.path for entry in entries if entry.is_symlink()]
    except (FileNotFoundError, NotADirectoryError):
        links = []
    except OSError as error:
        raise file_error("read the state folder", state, error) from error
    for path in (str(state), *links):
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(within):
            raise FileError(
                f"{path} leads to {real}, which is no part of this repository",
                "What is recorded there may be another repository's: replace the symbolic link by "
                "a folder of its own.",
            )


def copied_from(state: Path, home: str) -> str:
    """Give the repository that a record came from when this one was copied.

    Empty for a record of this repository, also where that was moved or is mounted elsewhere: then
    nothing lies at the old place, or something else, or the same folder under another name.

    Args:
        state: the state folder in which the record lies.
        home: the state folder in which it was written, absolute.
    """
    if not home or home == str(state):
        return ""
    mark = _read_mark(state)
    if not mark or _read_mark(Path(home)) != mark:
        return ""
    with suppress(OSError):
        if os.path.samefile(home, state):  # noqa: PTH121 - one of them is a text
            return ""
    return repository_of(home)


def repository_of(state: Path | str) -> str:
    """Name a repository by its state folder: its work tree's root, or else its git directory."""
    owner = Path(state).parent
    return str(owner.parent if owner.name in {".git", ".agents"} else owner)


def mark(state: Path) -> None:
    """Mark a state folder, unless it is marked; it must exist.

    Raises:
        FileError: the mark can't be written.
    """
    if not (state / _MARK).exists():
        create_bytes(state / _MARK, os.urandom(8).hex().encode("ascii") + b"\n")
        share(state, state / _MARK)


def _read_mark(state: Path) -> bytes:
    try:
        return read_regular(state / _MARK).strip()
    except OSError:
        return b""


def create_folders(state: Path, folder: Path, *, what: str = "folder") -> None:
    """Create a folder of the state, and what is missing above it, shared as the repository is.

    Args:
        state: the state folder.
        folder: the state folder or one in it.
        what: what to call it where it can't be created.

    Raises:
        FileError: it can't be created.
    """
    if folder.is_dir():
        return
    try:
        missing = [one for one in (folder, *folder.parents) if not one.is_dir()]
        for one in reversed(missing):
            one.mkdir(exist_ok=True)
            if one.is_relative_to(state):
                share(state, one)
    except OSError as error:
        raise file_error(f"create the {what}", folder, error) from error


def share(state: Path, *paths: Path) -> None:
    """Give new files or folders of the state the mode that ``core.sharedRepository`` asks for.

    One that is somebody else's stays as its owner has made it.
    """
    shared = read_sharing(state)
    if not shared:
        return
    for path in paths:
        with suppress(OSError):
            before = path.stat().st_mode
            wanted = shared_mode(shared, before)
            if wanted != stat.S_IMODE(before):
                path.chmod(wanted)


def shared_mode(shared: int, mode: int) -> int:
    """Give the permission bits of a shared file or folder.

    Source: git's path.c, ``calc_shared_perm`` and ``adjust_shared_perm``.

    Args:
        shared: what `read_sharing` gives.
        mode: the mode that it has, with its kind.
    """
    tweak = abs(shared)
    if not mode & stat.S_IWUSR:
        tweak &= ~0o222
    if mode & stat.S_IXUSR:
        tweak |= (tweak & 0o444) >> 2
    bits = stat.S_IMODE(mode)
    bits = (bits & ~0o777) | tweak if shared < 0 else bits | tweak
    if stat.S_ISDIR(mode):
        bits |= (bits & 0o444) >> 2
        if bits & 0o060:
            bits |= stat.S_ISGID
    return bits


def read_sharing(state: Path) -> int:
    """Read how the repository is shared: bits to add, negative for exactly these, 0 for not at all.

    Read from the configuration beside the state folder alone, as git does: git-config(1),
    ``core.sharedRepository``; git's setup.c, ``git_config_perm``.
    """
    try:
        text = os.fsdecode(read_regular(state.parent / "config"))
    except OSError:
        return 0
    shared = 0
    core = False
    for line in text.lower().splitlines():
        if line.lstrip().startswith("["):
            core = line.strip().replace(" ", "").startswith("[core]")
            line = line.partition("]")[2]  # noqa: PLW2901 - a setting may follow on the line
        found = _SETTING.fullmatch(line) if core else None
        if found:
            shared = _read_value(found["value"])
    return shared


def _read_value(value: str | None) -> int:
    if value is None:
        return _GROUP
    value = value.strip('"')
    if value in _NAMED:
        return _NAMED[value]
    if not re.fullmatch("0?[0-7]+", value):
        return 0
    mode = int(value, 8)
    # git refuses what its owner could not use; that is git's to say.
    return -(mode & 0o666) if mode & _OWNER == _OWNER else 0
