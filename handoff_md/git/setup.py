"""What a clone needs: a git that is recent enough, and the merge driver's registration.

It stands in the clone's configuration, and in ``.gitattributes``. Attributes travel with the
repository, the configuration does not: each clone has to register (gitattributes(5)); its worktrees
share it.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from handoff_md.errors import GitError
from handoff_md.git.layout import find_layout
from handoff_md.git.process import Completed, ask_git, run_git
from handoff_md.reading import read_regular
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.git.repository import Repository

OLDEST: Final = (2, 34)
"""The oldest git that the tool works with."""
_NUMBERS: Final = re.compile(rb"git version (\d+)\.(\d+)(\S*)")
NAME = "handoff-md"
COMMAND = "handoff-md"
DRIVER = (
    "s=$(cksum <%A);"
    f" {COMMAND} merge-driver %O %A %B -L %L -P %P -S %S -X %X -Y %Y && exit 0;"
    ' test "$(cksum <%A)" != "$s" || git merge-file --marker-size=%L %A %O %B;'
    " exit 1"
)
"""What git runs. Where the command is missing or dies and leaves ours as it was, git's own line
merge goes into it, and is never called clean: nothing has proved it."""
_SETTINGS = (
    ("name", "structural merge of HANDOFF.md"),
    ("driver", DRIVER),
    ("recursive", "binary"),
)
_CALL = f"{COMMAND} merge-driver"
_DRIVER_KEY: Final = f"merge.{NAME}.driver"
_HOOKS_KEY: Final = "core.hookspath"
_UNREAD: Final = "git's configuration can't be read"
_ABOVE_LOCAL = ("worktree", "command")
ATTRIBUTES: Final = ".gitattributes"
_WORDS: Final = {"set": "merge", "unset": "-merge"}


def read_git_version(folder: Path) -> tuple[str, bool]:
    """Return git's version as it tells it, and whether the tool works with it.

    Args:
        folder: an existing folder to run git in.

    Raises:
        GitMissingError: git is not installed.
        GitError: it does not tell its version.
    """
    told = run_git(["version"], cwd=folder).stdout
    found = _NUMBERS.match(told)
    if found is None:
        return told.decode("utf-8", "replace").strip(), False
    major, minor, rest = found.groups()
    version = f"{int(major)}.{int(minor)}{rest.decode('utf-8', 'replace')}"
    return version, (int(major), int(minor)) >= OLDEST


class GitSettings(Value):
    """What the configuration in force says of the merge driver and the hooks.

    ``driver`` is what it runs under our name, None where nothing is registered. ``own`` is what the
    file of the clone itself has there. ``scope`` and ``origin`` say where ``driver`` is from, as
    git does. ``moves_hooks`` says that ``core.hooksPath`` is set.
    """

    driver: str | None = None
    scope: str = ""
    origin: str = ""
    own: str | None = None
    moves_hooks: bool = False


def read_git_settings(root: Path) -> GitSettings:
    """Ask git's configuration once for all that a set-up is about.

    Raises:
        GitError: git can't read it.
    """
    wanted = rf"^({_DRIVER_KEY.replace('.', '[.]')}|{_HOOKS_KEY.replace('.', '[.]')})$"
    command = ["config", "-z", "--show-scope", "--show-origin", "--get-regexp", wanted]
    told = ask_git(command, cwd=root, failed=_UNREAD)
    found = GitSettings()
    with told.understood():
        for scope, origin, setting in zip(*[iter(told.fields())] * 3, strict=True):
            key, _, value = setting.partition("\n")
            if key == _HOOKS_KEY:
                found = replace(found, moves_hooks=True)
                continue
            own = value if scope == "local" and _is_own(root, origin) else found.own
            found = replace(found, driver=value, scope=scope, origin=origin, own=own)
    return found


def _is_own(root: Path, origin: str) -> bool:
    """Tell whether a setting stands in the clone's own file, and not in one that it includes."""
    layout = find_layout(os.path.realpath(root))
    own = os.path.realpath(f"{layout.common_dir}/config") if layout else ""
    return os.path.realpath(root / origin.removeprefix("file:")) == own


class DriverState(Value):
    """What there is of the registration.

    ``attribute`` is what the document's ``merge`` attribute is in force, whichever file says it:
    see `read_merge_attribute`.
    ``driver`` is what the configuration runs under our name, None where nothing is registered.
    ``command`` is where the command is found, None where it is not on PATH.
    ``overrides`` is the configuration's file whose driver comes before the one of this clone, and
    is another; None without, and an empty path for the environment.
    ``registered`` says that the clone's own file has the current one.
    """

    attribute: str | None
    driver: str | None
    command: str | None
    overrides: Path | None = None
    registered: bool = False


def inspect_driver(root: Path, path: str, settings: GitSettings | None = None) -> DriverState:
    """Say what of the registration there is, for the document at ``path`` below the root.

    ``settings`` are the configuration's, None where it is still to be asked.

    Raises:
        GitError: git fails.
    """
    attribute = read_merge_attribute(root, path)
    settings = settings or read_git_settings(root)
    return DriverState(
        attribute,
        settings.driver,
        shutil.which(COMMAND),
        _find_override(root, settings),
        settings.own == DRIVER,
    )


def _find_override(root: Path, settings: GitSettings) -> Path | None:
    """Give the file of a driver that registering in the clone's configuration can't replace."""
    driver, own = settings.driver, settings.own
    if driver in (None, DRIVER) or not (settings.scope in _ABOVE_LOCAL or own == DRIVER):
        return None
    kind, _, name = settings.origin.partition(":")
    return Path(os.path.realpath(root / name)) if kind == "file" else Path()


def _read_local(root: Path) -> Mapping[str, str]:
    """Give what the clone's own configuration says of the driver, by key; one process."""
    command = ["config", "--local", "-z", "--get-regexp", rf"^merge\.{NAME}\."]
    told = ask_git(command, cwd=root, failed=_UNREAD)
    settings = (entry.partition("\n") for entry in told.fields())
    return {key.removeprefix(f"merge.{NAME}."): value for key, _, value in settings}


def register_driver(root: Path) -> bool:
    """Register the driver in the configuration of the clone; False where it is there already.

    Raises:
        GitError: the configuration can't be written.
    """
    known = _read_local(root)
    lacking = [(key, value) for key, value in _SETTINGS if known.get(key) != value]
    for key, value in lacking:
        name = f"merge.{NAME}.{key}"
        run_git(["config", "--local", "--replace-all", name, value], cwd=root, writes=True)
    return bool(lacking)


def is_registered(root: Path) -> bool:
    """Tell whether the clone's own configuration has our driver, of any version.

    Raises:
        GitError: git can't tell.
    """
    return _CALL in _read_local(root).get("driver", "")


def unregister_driver(root: Path) -> bool:
    """Take our driver out of the clone's configuration; False where it is not there.

    A driver of somebody else's under the same name stays.

    Raises:
        GitError: the configuration can't be written.
    """
    if not is_registered(root):
        return False
    run_git(["config", "--local", "--remove-section", f"merge.{NAME}"], cwd=root, writes=True)
    return True


def attribute_line(path: str) -> str:
    """Give the line of ``.gitattributes`` that names the driver for the document at ``path``.

    Raises:
        GitError: git's attributes have no way to write this path.
    """
    if any(char in path for char in '*?[\\"') or path != path.strip():
        raise GitError(f"{ATTRIBUTES} can't name the path {path!r}", "Give it a plainer name.")
    pattern = f'"{path}"' if " " in path else path
    return f"{pattern} merge={NAME}"


def read_merge_attribute(root: Path, path: str) -> str | None:
    """Return the merge attribute that is in force for a path below the root, None without one.

    All sources count, as git ranks them: ``info/attributes``, each ``.gitattributes``, the user's
    and the system's file, and macros. The value is as git tells it: a driver's name, ``unset`` for
    ``-merge``, ``set`` for ``merge``. Source: gitattributes(5).

    Raises:
        GitError: git fails.
    """
    return _read_attribute(run_git(_asks_for(path), cwd=root))


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
        return _read_attribute(run_git([*places, *_asks_for(path)], cwd=Path(folder)))


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


def _read_attribute(told: Completed) -> str | None:
    with told.understood():
        _path, _name, value = told.fields()
    return None if value == "unspecified" else value


def _read_plain(path: Path) -> bytes | None:
    """Read an attribute file; git follows no symbolic link there. Source: gitattributes(5)."""
    try:
        return read_regular(path, follow=False)
    except OSError:
        return None
