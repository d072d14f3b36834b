"""The merge driver's registration: in the clone's configuration, and in ``.gitattributes``.

Attributes travel with the repository, the configuration does not: each clone has to register
(gitattributes(5)); its worktrees share it.
"""

from __future__ import annotations

import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

from handoff_md.errors import GitError
from handoff_md.git.process import run_git

NAME = "handoff-md"
ATTRIBUTES = ".gitattributes"
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


@dataclass(frozen=True, slots=True)
class DriverState:
    """What there is of the registration.

    ``attribute`` is the driver's name that the document's ``merge`` attribute has, None without.
    ``driver`` is what the configuration runs under our name, None where nothing is registered.
    ``command`` is where the command is found, None where it is not on PATH.
    """

    attribute: str | None
    driver: str | None
    command: str | None

    @property
    def problems(self) -> tuple[str, ...]:
        """Say what keeps git from merging with the driver; empty where all is well."""
        found: list[str] = []
        if self.attribute != NAME:
            was = f"it is {self.attribute!r}" if self.attribute else "there is none"
            found.append(f"the document has no attribute merge={NAME} ({was})")
        if self.driver is None:
            found.append("this clone has no merge driver: its configuration does not travel")
        elif COMMAND not in self.driver:
            found.append(f"the merge driver of this clone is another one: {self.driver}")
        if self.driver is not None and self.command is None:
            found.append(f"the merge driver can't be run: {COMMAND} is not on PATH")
        return tuple(found)


def inspect_driver(root: Path, path: str) -> DriverState:
    """Say what of the registration there is, for the document at ``path`` below the root.

    Raises:
        GitError: git fails.
    """
    told = run_git(["check-attr", "-z", "merge", "--", path], cwd=root)
    with told.understood():
        _path, _name, value = told.fields()
    configured = run_git(["config", "--get", f"merge.{NAME}.driver"], cwd=root, check=False)
    return DriverState(
        None if value in ("unspecified", "unset") else value,
        configured.stdout.decode("utf-8", "replace").rstrip("\n") or None,
        shutil.which(COMMAND),
    )


def register_driver(root: Path) -> bool:
    """Register the driver in the configuration of the clone; False where it is there already.

    Raises:
        GitError: the configuration can't be written.
    """
    changed = False
    for key, value in _SETTINGS:
        name = f"merge.{NAME}.{key}"
        known = run_git(["config", "--local", "--get", name], cwd=root, check=False)
        if known.stdout.decode("utf-8", "replace").rstrip("\n") != value:
            run_git(["config", "--local", "--replace-all", name, value], cwd=root, writes=True)
            changed = True
    return changed


def unregister_driver(root: Path) -> bool:
    """Take the driver out of the configuration; False where it is not there."""
    section = f"merge.{NAME}"
    done = run_git(
        ["config", "--local", "--remove-section", section], cwd=root, check=False, writes=True
    )
    return done.code == 0


def attribute_line(path: str) -> str:
    """Give the line of ``.gitattributes`` that names the driver for the document at ``path``.

    Raises:
        GitError: git's attributes have no way to write this path.
    """
    if any(char in path for char in '*?[\\"') or path != path.strip():
        raise GitError(f"{ATTRIBUTES} can't name the path {path!r}", "Give it a plainer name.")
    pattern = f'"{path}"' if " " in path else path
    return f"{pattern} merge={NAME}"


def with_attribute(attributes: str, path: str) -> str:
    """Give the text of ``.gitattributes`` with the document's line; as it is where it has it."""
    wanted = attribute_line(path)
    for line in attributes.splitlines():
        words = line.split("#", 1)[0]
        if words.strip() == wanted or _names(words, path):
            return attributes
    lead = "" if not attributes or attributes.endswith("\n") else "\n"
    return f"{attributes}{lead}{wanted}\n"


def _names(line: str, path: str) -> bool:
    """Tell whether a line gives exactly this path our merge attribute, among others."""
    try:
        words = shlex.split(line)
    except ValueError:
        return False
    return bool(words) and words[0].lstrip("/") == path and f"merge={NAME}" in words[1:]
