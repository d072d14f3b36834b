"""What the set-up does: a patch to each file, in all, and what was understood of the document."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Literal

from handoff_md.app.documents import parse_once
from handoff_md.app.workspace import YOUNG_SECONDS
from handoff_md.config import Config
from handoff_md.errors import FileError
from handoff_md.git.setup import register_driver, unregister_driver
from handoff_md.store.files import (
    NO_FILE,
    check_removable,
    check_replaceable,
    create_folder,
    delete_file,
    digest,
    file_error,
    read_bytes,
    replace_bytes,
    sweep_orphans,
)
from handoff_md.store.hooks import allow_hooks, forbid_hooks
from handoff_md.syntax.form.form import NO_HINTS, FormHints
from handoff_md.syntax.nodes import Document
from handoff_md.text.diff import unified_diff
from handoff_md.text.edit import Edit, Patch, make_patch
from handoff_md.text.marked import Comment, put_marked
from handoff_md.text.source import Source, decode
from handoff_md.text.span import Span
from handoff_md.value import Value


class Change(Value):
    """A patch to one file.

    ``path`` is relative to ``root``, with ``/``; ``creates`` tells that there is no such file yet,
    ``executable`` that it is to be one that can be run, ``deletes`` that it goes with its content.
    ``agents`` names the hosts of coding agents that it is for, if it is for them alone; ``label``
    is what to call the file where that is not its path.
    """

    root: Path
    path: str
    patch: Patch
    creates: bool
    executable: bool = False
    deletes: bool = False
    agents: tuple[str, ...] = ()
    label: str = ""

    @property
    def name(self) -> str:
        """Give what people call the file."""
        return self.label or self.path

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


class Understanding(Value):
    """What was understood of a document: clauses for people, and keys of the configuration.

    ``entries`` says how many there are and where; ``headed``, ``order`` and ``newest`` are empty
    where there are none. ``keys`` would say the same in the configuration.
    """

    path: str
    entries: str
    headed: str = ""
    order: str = ""
    newest: str = ""
    next_id: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    says_read_only: bool = False


class SetupPlan(Value):
    """What sets a repository up, or undoes that: changes to files, and notes on what stays.

    ``driver`` says what becomes of the merge driver in the clone's configuration: ``register``,
    ``unregister``, or empty for nothing. ``leaves_hook`` says that hooks were asked for, of which
    the user has to write one. ``understood`` is what was read in a document that is taken over.
    ``unsettled`` tells that no entry can be added to it before something is mended. ``hooks`` says
    whether hooks of coding agents may write in this clone from now on, whose shared state is
    ``state``: no change that anybody would look at. ``for_user`` says that the files are those of
    the user's home, which is ``root`` then.
    """

    root: Path
    config: Config
    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    driver: Literal["", "register", "unregister"] = ""
    leaves_hook: bool = False
    understood: Understanding | None = None
    unsettled: bool = False
    state: Path | None = None
    for_user: bool = False
    hooks: Literal["", "allow", "forbid"] = ""

    @property
    def does_nothing(self) -> bool:
        """Tell whether all is as it is to be already."""
        return not (self.changes or self.driver)

    @property
    def diff(self) -> str:
        """Give all changes as one diff that git applies."""
        return "".join(change.diff for change in self.changes)

    def carry_out(self) -> None:
        """Make the changes, each file at once; what a crash leaves undone is done by the next run.

        If one of them is seen to be impossible, none is made. Folders that are empty then go with
        the files that are deleted.

        Raises:
            ChangedMeanwhileError: somebody has changed a file since the plan was made.
            FileError: a file can't be written.
            GitError: git's configuration can't be.
        """
        for change in self.changes:
            check = check_removable if change.deletes else check_replaceable
            check(change.root / change.path)
        for change in self.changes:
            change.write()
            folder = (change.root / change.path).parent
            if not change.deletes:
                sweep_orphans(folder, older_than=YOUNG_SECONDS)
            elif not change.path.startswith((".git/", ".github/workflows/", "..")):
                _remove_empty(self.root, folder)
        if self.driver == "register":
            register_driver(self.root)
        elif self.driver == "unregister":
            unregister_driver(self.root)
        if self.state and self.hooks == "allow":
            allow_hooks(self.state)
        elif self.state and self.hooks == "forbid":
            forbid_hooks(self.state)


def _remove_empty(root: Path, folder: Path) -> None:
    """Remove a folder of the work tree, and those above it, as far as they are empty."""
    while folder != root and folder.is_relative_to(root):
        with suppress(OSError):
            folder.rmdir()
        if folder.exists():
            return
        folder = folder.parent


def read_source(root: Path, path: str) -> Source | None:
    """Read a file of the repository; None where there is none.

    Raises:
        FileError: it can't be read, is no regular file, or lies outside of the repository.
    """
    if not os.path.lexists(root / path):
        _refuse_foreign_folder(root, path)
        return None
    return decode(read_bytes(root / path, root=root, limit=None))


def put_section(
    root: Path, path: str, source: Source | None, body: str, comment: Comment
) -> tuple[Change, ...]:
    """Put our section into a file, which is created where there is none.

    Raises:
        ContentError: the markers in the file are damaged.
    """
    patch = put_marked(source, path, body, comment)
    if source is None:
        return (Change(root, path, patch, creates=True),)
    return changed_file(root, path, patch)


def read_document(root: Path, path: str, hints: FormHints = NO_HINTS) -> Document | None:
    """Read and parse a document of the repository; None where there is none.

    ``hints`` are what is known of its form.

    Raises:
        FileError: as `read_source`.
    """
    source = read_source(root, path)
    return None if source is None else parse_once(source, hints)


def new_file(root: Path, path: str, text: str) -> Change:
    """Make the change that creates a file."""
    patch = make_patch(Source(""), [Edit(Span(0, 0), text)])
    return Change(root, path, patch, creates=True)


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
