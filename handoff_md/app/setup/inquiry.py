"""What git says of a repository's hooks, of its merge driver and of who merges, asked once each."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final

from handoff_md.app.setup.change import Change, changed_file, put_section, read_source
from handoff_md.app.workspace import Workspace
from handoff_md.git.repository import Repository, hooks_folder
from handoff_md.git.setup import (
    ATTRIBUTES,
    NAME,
    DriverState,
    GitSettings,
    attribute_line,
    inspect_driver,
    list_attribute_files,
    read_git_settings,
    try_merge_attribute,
    write_attribute,
)
from handoff_md.text.edit import Edit, make_patch
from handoff_md.text.marked import HASH, cut_marked, find_marked, put_marked
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_LINE: Final = lazy_pattern(
    rf"""^(?P<quote>"?)(?P<path>[^"#\n]+)(?P=quote) merge={NAME}$""", re.MULTILINE
)


class Inquiry(Value, dict=True, gc=True):
    """One look at how git is set up for a document; what is never needed is never asked.

    It keeps its answers, so it serves for planning and for checking, not past a change. An answer
    that fails (GitError) is asked for anew.
    """

    repository: Repository
    handoff: str

    @cached_property
    def _settings(self) -> GitSettings:
        return read_git_settings(self.repository.root)

    @cached_property
    def hooks(self) -> Path:
        """Give the folder of the hooks, ``core.hooksPath`` honoured; it may not exist."""
        if self._settings.moves_hooks:
            return hooks_folder(self.repository)
        return Path(os.path.realpath(self.repository.common_dir / "hooks"))

    @cached_property
    def driver(self) -> DriverState:
        """Give what there is of the merge driver's registration, see `inspect_driver`."""
        return inspect_driver(self.repository.root, self.handoff, self._settings)

    @cached_property
    def attribute(self) -> AttributePlan:
        """Work out which attribute file has to name our driver, so that git merges by it.

        git is asked what is in force now, and what would be: a line in the root's file may stand
        below another one, in a file closer to the document, or in the clone's own.

        Raises:
            ContentError: the markers in a file are damaged.
            FileError: a file can't be read.
            GitError: git's attributes can't name the document.
        """
        return _plan_attribute(self)

    def about(self, handoff: str) -> Inquiry:
        """Give the inquiry for a document: this one, or a new one where it is another."""
        return self if handoff == self.handoff else Inquiry(self.repository, handoff)


def inquire(workspace: Workspace) -> Inquiry | None:
    """Begin an inquiry; None where there is no repository to ask."""
    repository = workspace.repository
    return Inquiry(repository, workspace.config.handoff) if repository else None


class AttributePlan(Value):
    """What makes git merge the document by our driver.

    ``overrides`` is what is in force now and is not ours, as it stands in a file; None where
    nothing is. ``mend`` is the command that does it where ``changes`` alone can't: what the clone's
    own ``info/attributes`` says comes before all files of the work tree.
    """

    changes: tuple[Change, ...]
    overrides: str | None = None
    mend: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """Say what else asks for another merge, and what the user has to do about it."""
        says = f"git merges the handoff document as {self.overrides or 'unspecified'} says"
        if self.mend:
            return (f"{says}, which no file of the work tree can change: {self.mend}",)
        if self.overrides and self.changes:
            return (f"{says}; the line in {self.changes[0].path} overrides that",)
        return ()


def _plan_attribute(inquiry: Inquiry) -> AttributePlan:
    repository, path = inquiry.repository, inquiry.handoff
    value = inquiry.driver.attribute
    source = read_source(repository.root, ATTRIBUTES)
    marked = source is not None and find_marked(source, ATTRIBUTES) is not None
    if value == NAME:
        return AttributePlan(put_attribute(repository, path, ATTRIBUTES) if marked else ())
    overrides = write_attribute(value) if value else None
    for change in _ways(repository, path):
        if _does(repository, path, change):
            return AttributePlan((change,), overrides)
    place = repository.common_dir / "info" / "attributes"
    line = shlex.quote(attribute_line(path))
    mend = f"mkdir -p -- {shlex.quote(str(place.parent))}"
    mend += f" && printf '\\n%s\\n' {line} >> {shlex.quote(str(place))}"
    return AttributePlan(put_attribute(repository, path, ATTRIBUTES), overrides, mend)


def _does(repository: Repository, path: str, change: Change) -> bool:
    """Tell whether git would merge by our driver; where that can't be tried, it is taken to be so.

    That is so on a full disk: a later look finds it in force, or mends it.
    """
    try:
        new = {change.path: change.patch.apply().to_bytes()}
        return try_merge_attribute(repository, path, new) == NAME
    except OSError:
        return True


def _ways(repository: Repository, path: str) -> Iterator[Change]:
    """Give the changes that may do, the plainest first: our line as it is, last, and closer.

    git reads no attribute file through a symbolic link.
    """
    root = repository.root
    files = [file for file in list_attribute_files(path) if not (root / file).is_symlink()]
    if ATTRIBUTES in files:
        yield from put_attribute(repository, path, ATTRIBUTES)
    for file in files:
        if file == ATTRIBUTES or os.path.lexists(root / file):
            yield from _put_last(repository, path, file)


def put_attribute(repository: Repository, path: str, file: str) -> tuple[Change, ...]:
    """Put our section into one attribute file, or bring it up to date there.

    Raises:
        HandoffError: as `Inquiry.attribute`.
    """
    source = read_source(repository.root, file)
    section = _section(repository, source, file, path)
    return put_section(repository.root, file, source, section, HASH)


def _put_last(repository: Repository, path: str, file: str) -> tuple[Change, ...]:
    """Put our line behind all others of a file, also where it stands above them."""
    source = read_source(repository.root, file)
    if source is None or find_marked(source, file) is None:
        return put_attribute(repository, path, file)
    without = cut_marked(source, file).apply()
    section = _section(repository, source, file, path)
    new = put_marked(without, file, section, HASH).apply()
    edits = [] if new == source else [Edit(Span(0, len(source.text)), new.text)]
    patch = make_patch(source, edits)
    return changed_file(repository.root, file, patch)


def _section(repository: Repository, source: Source | None, file: str, path: str) -> str:
    """Write our section: the document's line, and those that others have in it and still need.

    Several documents of one repository are each set up by themselves.
    """
    lines = {_line_in(file, path)}
    span = find_marked(source, file) if source else None
    if source and span:
        folder = repository.root / PurePosixPath(file).parent
        named = _LINE.finditer(source.slice(span).replace(source.newline, "\n"))
        lines |= {one[0] for one in named if (folder / one["path"].lstrip("/")).is_file()}
    return "\n".join(sorted(lines))


def _line_in(file: str, path: str) -> str:
    """Write the line that names the document, as seen from the folder of an attribute file."""
    folder = PurePosixPath(file).parent
    if not folder.name:
        return attribute_line(path)
    return attribute_line(f"/{PurePosixPath(path).relative_to(folder)}")
