"""The folder of pieces on disk: what may lie in it, and what it is to hold."""

from __future__ import annotations

import os
import re
import shlex
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from handoff_md.app.workspace import Workspace
from handoff_md.derived.pieces import (
    ATTRIBUTES,
    BUILT,
    FORM,
    HEAD,
    MERGE_BOTH,
    MOST_BYTES,
    ORDER,
    OWN_FILES,
    TAIL,
    Pieces,
    is_piece_name,
    read_form,
    read_order,
    tell_file,
    write_form,
    write_order,
)
from handoff_md.errors import ContentError, FileError, HandoffError
from handoff_md.merge.request import MergeOptions
from handoff_md.reading import read_regular
from handoff_md.semantics.entries.identity import SessionKey, index_sessions
from handoff_md.semantics.summaries.committed import read_committed_name
from handoff_md.store.files import digest, file_error
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.summary import Status, Summary
from handoff_md.text.source import decode
from handoff_md.value import Value

_CONFLICT = re.compile(rb"^(?:<{7}|>{7})(?: |\r?$)", re.MULTILINE)
_DIGEST = re.compile(rb"\b[0-9a-f]{64}\b")
_WORDS = re.compile(r"\w+(?:-\w+)*")
_ASIDE = frozenset({"readme.md"})
_Record = TypeVar("_Record")


class NotSplitError(HandoffError):
    """There are no pieces yet: the document was never split."""


class Files(Value):
    """The files of the folder, by name; those that are nobody's business are left out.

    ``place`` is the folder from the root.
    """

    folder: Path
    place: str
    data: Mapping[str, bytes]

    @property
    def is_split(self) -> bool:
        """Tell whether a document was split into it, whatever of that is missing."""
        return any(name in OWN_FILES or is_piece_name(name) for name in self.data)

    @property
    def sessions(self) -> dict[str, bytes]:
        """Give the files of sessions."""
        return {name: data for name, data in self.data.items() if read_committed_name(name)}

    def is_last_build(self, document: bytes) -> bool:
        """Tell whether a document is the one that was built last, as is recorded beside the pieces.

        Where a merge has left several records, it may be any of these.
        """
        return build_digest(document).encode("ascii") in _DIGEST.findall(self.data.get(BUILT, b""))

    @property
    def has_met(self) -> bool:
        """Tell whether a merge has left the records of several builds, and none of itself."""
        return len(set(_DIGEST.findall(self.data.get(BUILT, b"")))) > 1

    def record(self, document: bytes) -> dict[str, bytes]:
        """Give what records a build, by its path from the root; nothing where that is there.

        Of two builds that meet git keeps both records: so no record is ever in conflict.
        """
        wanted: dict[str, bytes] = {}
        if self.has_met or not self.is_last_build(document):
            wanted[f"{self.place}/{BUILT}"] = record_build(document)
        if not (self.folder / ATTRIBUTES).exists():
            wanted[f"{self.place}/{ATTRIBUTES}"] = MERGE_BOTH
        return wanted

    def to_pieces(self) -> Pieces:
        """Read the pieces.

        Raises:
            NotSplitError: there are none.
            ContentError: one is missing or damaged, or a file has no place among them.
        """
        if not self.is_split:
            raise NotSplitError(
                f"{self.folder} holds no document in pieces",
                "Run `handoff-md split`.",
            )
        for name in (HEAD, TAIL, FORM, ORDER):
            if name not in self.data:
                raise ContentError(f"{self.folder / name} is missing", self._bring_back(name))
        order = self._read(ORDER, read_order)
        listed = {line.name for line in order}
        sessions = self.sessions
        strays = self.data.keys() - listed - sessions.keys() - OWN_FILES
        if strays:
            raise self._stray(min(strays))
        files = {name: data for name, data in self.data.items() if name in listed}
        form = self._read(FORM, read_form)
        return Pieces(self.data[HEAD], self.data[TAIL], order, files, form, sessions)

    def _read(self, name: str, read: Callable[[bytes], _Record]) -> _Record:
        """Read a record that `split` alone writes.

        Raises:
            ContentError: it is damaged, or in conflict.
        """
        data = self.data[name]
        if _CONFLICT.search(data):
            raise ContentError(
                f"{self.folder / name} holds conflict markers: both sides have split the document",
                "Take one side's commits without the other's split (`git merge --abort` gives the "
                "merge up), then run `handoff-md split --update`.",
            )
        try:
            return read(data)
        except ContentError as error:
            hint = error.hint or self._bring_back(name)
            raise ContentError(f"{self.folder / error.message}", hint) from error

    def _bring_back(self, name: str) -> str:
        return f"`git checkout -- {shlex.quote(f':/{self.place}/{name}')}` brings it back."

    def _stray(self, name: str) -> ContentError:
        """Say of a file that it has no place: a piece of another name, or nothing known."""
        hint = "Name it as a session's file (2026-11-28-session-19.md), or move it away."
        if is_piece_name(name):
            hint = f"Give it the name back that {ORDER} has for it, or move it away."
        return ContentError(
            f"{self.folder / name} has no place in the document: it stands in no line of {ORDER}, "
            "and has no session's name",
            hint,
        )


def options_of(workspace: Workspace) -> MergeOptions:
    """Give how sessions are told in the document."""
    config = workspace.config
    return MergeOptions(handoff=config.handoff, update_last_updated=config.update_last_updated)


def own_folder(workspace: Workspace) -> Path:
    """Give the folder, of which nothing is read or written that lies elsewhere; it may be missing.

    Raises:
        FileError: it is a link, a repository of its own, or no folder, or lies outside.
    """
    folder = workspace.root / workspace.config.committed
    if folder.is_symlink():
        raise FileError(f"{folder} is a symbolic link", "Replace it by the folder itself.")
    if folder.exists() and not folder.is_dir():
        raise FileError(f"{folder} is no folder", "Move it away.")
    if (folder / ".git").exists():
        raise FileError(
            f"{folder} is a repository of its own: no commit of this one can hold its files",
            "Replace it by a folder with the files.",
        )
    workspace.refuse_outside(workspace.config.committed, Path(os.path.realpath(folder)))
    return folder


def read_files(workspace: Workspace) -> Files:
    """Read the folder; none is as good as an empty one.

    Raises:
        FileError: it is a link, holds something else than regular files, two whose names differ in
            case only, or more than 10 MB.
    """
    folder = own_folder(workspace)
    data: dict[str, bytes] = {}
    known: dict[str, str] = {}
    left = MOST_BYTES
    for name in sorted(_list_files(folder)):
        twin = known.setdefault(name.casefold(), name)
        if twin != name:
            raise FileError(
                f"the names {twin} and {name} in {folder} differ in case only: some file systems "
                "can't hold both",
                "Rename one of them with `git mv`.",
            )
        data[name] = _read_file(folder / name, left)
        left -= len(data[name])
        if left < 0:
            raise FileError(
                f"{folder} holds more than {MOST_BYTES:,} bytes, and that is fixed",
                "Move old pieces to an archive beside it.",
            )
    return Files(folder, workspace.config.committed, data)


def list_untold(
    workspace: Workspace, document: Document, data: bytes | None = None
) -> Iterator[tuple[str, Summary]]:
    """Give the sessions' files that a document does not tell of, the newest first, as summaries.

    Left out are those that are still in progress, and those that became pieces. Where the document
    was read in part, its bytes, ``data``, tell of all that they name.

    Raises:
        FileError: the folder, or a file in it, can't be read.
    """
    from handoff_md.derived.posts import read_session_file

    folder, told = own_folder(workspace), index_sessions(document)
    whole = decode(data).text if data else ""
    is_part = len(document.source.text) < len(whole)
    words = frozenset(_WORDS.findall(whole) if is_part else ())
    named = {name: found for name in _list_files(folder) if (found := read_committed_name(name))}
    absorbed: tuple[str, ...] | None = None
    for found in sorted(named.values(), key=lambda one: (one.date, one.name), reverse=True):
        is_told = told.find(SessionKey(found.session_id, found.date, None))
        if is_told or str(found.session_id) in words:
            continue
        absorbed = _read_absorbed(folder) if absorbed is None else absorbed
        content = _read_file(folder / found.name)
        summary = read_session_file(found.name, content).summary
        if summary.status is not Status.IN_PROGRESS and tell_file(content) not in absorbed:
            yield found.name, summary


def _read_absorbed(folder: Path) -> tuple[str, ...]:
    """Give what tells the files that became pieces; nothing where that is damaged."""
    try:
        return read_form(_read_file(folder / FORM)).absorbed
    except (ContentError, FileError):
        return ()


def _read_file(path: Path, limit: int = MOST_BYTES) -> bytes:
    try:
        return read_regular(path, limit=limit, follow=False)
    except OSError as error:
        raise file_error("read", path, error) from error


def is_aside(name: str) -> bool:
    """Tell whether a file is nobody's business, as a hidden one and a README are."""
    return name.startswith(".") or name.casefold() in _ASIDE


def _list_files(folder: Path) -> Iterator[str]:
    """Give the names of what lies in the folder; hidden files and a README are nobody's business.

    Raises:
        FileError: one is no regular file.
    """
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if is_aside(entry.name):
                    continue
                if not stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode):
                    raise FileError(
                        f"{entry.path} is not a regular file",
                        "The folder is flat, and has no links: move it away.",
                    )
                yield entry.name
    except FileNotFoundError:
        return
    except OSError as error:
        raise file_error("read the folder", folder, error) from error


def build_digest(document: bytes) -> str:
    """Give what tells one build from another, whatever a checkout makes of its line endings."""
    return digest(document.replace(b"\r\n", b"\n"))


def plan_files(files: Files, pieces: Pieces, document: bytes) -> dict[str, bytes | None]:
    """Give what the folder is to hold, by name; None for a piece or a session's file that goes.

    ``document`` is what the pieces give, which is the last build then.
    """
    wanted: dict[str, bytes | None] = {
        HEAD: pieces.head,
        TAIL: pieces.tail,
        FORM: write_form(pieces.form),
        **pieces.files,
        **pieces.sessions,
        ORDER: write_order(pieces.order),
        BUILT: record_build(document),
    }
    if not (files.folder / ATTRIBUTES).exists():
        wanted[ATTRIBUTES] = MERGE_BOTH
    for name in files.data:
        if is_piece_name(name) or read_committed_name(name):
            wanted.setdefault(name, None)
    return wanted


def record_build(document: bytes) -> bytes:
    """Write the record of a build."""
    return f"{build_digest(document)}\n".encode("ascii")
