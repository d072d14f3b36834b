"""Finds summaries in folders, reads each once, and finds the session's log beside it."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from msgspec.structs import replace

from handoff_md.errors import FileError
from handoff_md.reading import read_regular
from handoff_md.semantics.summaries.committed import CommittedName
from handoff_md.sessions.logs import CheckoutLogs, FoundLog, find_log
from handoff_md.store.files import OutsideError, digest, file_error, read_bytes
from handoff_md.syntax.grammar import SUMMARY_NAME, is_nearly_summary, read_log_name
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.syntax.summary import Summary, parse_summary
from handoff_md.value import Value

SETTLED_SECONDS = 2.0


class Inbox(Value):
    """A checkout whose summaries are collected.

    ``root`` is the checkout's own root, ``folder`` where its summaries lie, relative to the root
    with ``/``. One that is only read keeps its summaries. ``stands_for`` is the folder of a
    checkout that links in the summaries are meant to start from, where that is another. ``copies``
    is where ``session end`` keeps copies of what it has written; None where nothing has.
    ``without`` are names of files that are not to be collected. ``committed`` are summaries as
    branches hold them: then there is no folder, and ``notes`` say what of the branches is not seen.
    """

    root: Path
    folder: str
    read_only: bool = False
    stands_for: str = ""
    copies: Path | None = None
    without: frozenset[str] = frozenset()
    committed: tuple[CommittedSummary, ...] | None = None
    notes: tuple[str, ...] = ()

    @property
    def why_unread(self) -> str:
        """Say why its folder can't be read: something else stands in its place; else nothing."""
        place = self.root
        for name in self.folder.split("/"):
            place /= name
            if not place.is_dir():
                told = f"{place} is no folder: no summaries are read there"
                return told if os.path.lexists(place) else ""
        return ""

    @property
    def holds_copies(self) -> bool:
        """Tell whether these are the copies themselves, which serve where the summary is gone."""
        return self.copies == self.root / self.folder


class CommittedSummary(Value):
    """A summary as a branch holds it at its tip.

    ``branch`` is the branch's short name, ``commit`` its tip, ``path`` the summary's there. ``log``
    is the log that it names, where the branch has that; ``log_is`` what the branch has there
    instead, such as ``a symbolic link``. ``odd`` says why its bytes were not read.
    """

    branch: str
    commit: str
    path: str
    name: CommittedName
    data: bytes
    log: str = ""
    odd: str = ""
    log_is: str = ""


class SummaryFile(Value, dict=True, gc=True):
    """A summary file: where it lies, and which session its name says it is from.

    One that is ``committed`` lies in a branch; its ``name`` is what it would have in the folder of
    the summaries.
    """

    inbox: Inbox
    name: str
    session_id: SessionId
    committed: CommittedSummary | None = None

    @cached_property
    def path(self) -> Path:
        """Give the file's absolute path; of one that is committed, where it would lie."""
        return self.inbox.root / self.inbox.folder / self.name

    @cached_property
    def origin(self) -> str:
        """Give what tells it from all others: its path, or as git names it, ``BRANCH:PATH``."""
        held = self.committed
        return f"{held.branch}:{held.path}" if held else str(self.path)

    @property
    def relative(self) -> str:
        """Give the path relative to its checkout's root, as links in it see it."""
        return f"{self.inbox.stands_for or self.inbox.folder}/{self.name}"


class OpenedSummary(Value, dict=True, gc=True):
    """A summary: what it says, its bytes, None where it can't be read, and its session's log."""

    file: SummaryFile
    summary: Summary
    data: bytes | None
    log: FoundLog | None = None
    notes: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """Give the SHA-256 of its bytes; empty where it can't be read."""
        return "" if self.data is None else digest(self.data)


def list_summary_files(inbox: Inbox) -> tuple[tuple[SummaryFile, ...], tuple[str, ...]]:
    """List the summaries of an inbox, and the names there that are nearly summaries, but none.

    A folder that does not exist is empty.

    Raises:
        FileError: the folder can't be read.
    """
    if inbox.committed is not None:
        return tuple(_of_branch(inbox, held) for held in inbox.committed), ()
    folder = inbox.root / inbox.folder
    try:
        names = sorted(entry.name for entry in os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return (), ()
    except OSError as error:
        raise file_error("read", folder, error) from error
    summary_files: list[SummaryFile] = []
    odd: list[str] = []
    for name in names:
        if name in inbox.without:
            continue
        match = SUMMARY_NAME.fullmatch(name)
        session_id = read_session_id(match["id"]) if match else None
        if session_id:
            summary_files.append(SummaryFile(inbox, name, session_id))
        elif match or is_nearly_summary(name):
            odd.append(name)
    return tuple(summary_files), tuple(odd)


def _of_branch(inbox: Inbox, held: CommittedSummary) -> SummaryFile:
    session_id = held.name.session_id
    return SummaryFile(inbox, session_id.summary_name, session_id, held)


def is_settled(summary_file: SummaryFile) -> bool:
    """Tell whether a summary was last written at least two seconds ago; one that is gone was.

    One that equals its copy was written whole, by ``session end``; one that is committed is whole.
    """
    if summary_file.committed:
        return True
    try:
        age = time.time() - summary_file.path.stat().st_mtime
    except OSError:
        return True
    if age >= SETTLED_SECONDS or age < -SETTLED_SECONDS:
        return True
    try:
        return _is_handed_over(summary_file, read_regular(summary_file.path))
    except OSError:
        return False


def _is_handed_over(summary_file: SummaryFile, data: bytes) -> bool:
    """Tell whether a summary is as ``session end`` wrote it: a copy of it is kept."""
    if summary_file.inbox.copies is None:
        return False
    try:
        return read_regular(summary_file.inbox.copies / summary_file.name) == data
    except OSError:
        return False


def open_summary(
    summary_file: SummaryFile, *, limit: int, checkouts: Sequence[CheckoutLogs]
) -> OpenedSummary:
    """Read a summary and find its session's log; what is wrong stands in the summary's problems.

    Args:
        summary_file: the summary.
        limit: the most bytes accepted.
        checkouts: the logs of the checkouts where its own may lie, the likeliest first.
    """
    try:
        data = read_summary(summary_file, limit=limit)
    except FileError as error:
        unread = parse_summary(b"", name=summary_file.relative, origin=summary_file.origin)
        return OpenedSummary(
            summary_file, replace(unread, problems=(_clause(error, summary_file),)), None
        )
    summary = parse_summary(data, name=summary_file.relative, origin=summary_file.origin)
    held = summary_file.committed
    if held and summary.date not in (None, held.name.date):
        problem = f"is of {held.name.date} by its name, but of {summary.date} in front matter"
        summary = replace(summary, problems=(*summary.problems, problem))
    try:
        log, note = find_log(summary, summary_file.session_id, checkouts)
    except FileError as error:
        problem = _clause(error, summary_file, checkouts)
        refused = replace(summary, problems=(*summary.problems, problem))
        return OpenedSummary(summary_file, refused, data)
    if held and held.log_is:
        problem = f"names a log that is {held.log_is} on its branch, no file: {summary.log}"
        refused = replace(summary, problems=(*summary.problems, problem))
        return OpenedSummary(summary_file, refused, data)
    if log is None and summary.log:
        # Its session's end has seen the log, which may be on another branch only.
        is_seen = held.log == summary.log if held else _is_handed_over(summary_file, data)
        if is_seen:
            log, note = FoundLog(summary.log, read_log_name(summary.log.rpartition("/")[2]), ""), ""
    if log and log.name and summary.date is None:
        summary = replace(summary, date=log.name.date)
    return OpenedSummary(summary_file, summary, data, log, (note,) if note else ())


def read_summary(summary_file: SummaryFile, *, limit: int) -> bytes:
    """Read a summary's bytes (FileError: it can't be read, or is larger than ``limit``)."""
    held = summary_file.committed
    if held is None:
        return read_bytes(summary_file.path, root=summary_file.inbox.root, limit=limit)
    if held.odd:
        raise FileError(f"{summary_file.path} {held.odd}")
    return held.data


def _clause(
    error: FileError, summary_file: SummaryFile, checkouts: Sequence[CheckoutLogs] = ()
) -> str:
    """Say it without the summary's path, which stands beside it, and without any folder's.

    It may end in the document, which is no place for where things lie on one machine.
    """
    said = error.message.replace(str(summary_file.path), "it")
    if isinstance(error, OutsideError):
        said = f"{said.partition(' leads to ')[0]} leads out of the repository"
    for root in (summary_file.inbox.root, *(one.root for one in checkouts)):
        said = said.replace(f"{root}{os.sep}", "")
    return f"can't be used: {said}"
