"""Finds the log of a session among those of a checkout."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from handoff_md.errors import FileError
from handoff_md.semantics.logs.own_log import LogIndex, index_logs
from handoff_md.store.files import check_file, read_bytes
from handoff_md.syntax.grammar import LogName, read_log_name
from handoff_md.syntax.session_id import SessionId
from handoff_md.syntax.summary import Summary
from handoff_md.syntax.title import read_log_title
from handoff_md.value import Value

LOG = "a session log"
"""What `LOG_LIMIT` is for."""

LOG_LIMIT = 8 * 1024 * 1024
"""The most bytes that a session log may have."""


class CheckoutLogs(Value):
    """The session logs of a checkout, named relative to their folder.

    ``root`` is the checkout's root and ``folder`` where the logs lie, relative to it with ``/``.
    """

    root: Path
    folder: str
    index: LogIndex


class FoundLog(Value):
    """A session's log: its path relative to its root, and its title where the summary has none.

    ``name`` is None for a log whose file is named in a way of its own.
    """

    path: str
    name: LogName | None
    title: str


def list_logs(root: Path, folder: str) -> CheckoutLogs:
    """List the session logs of a checkout; a folder that can't be read has none."""
    try:
        names = sorted(path.name for path in (root / folder).iterdir())
    except OSError:
        names = []
    return CheckoutLogs(root, folder, index_logs(names))


def find_log(
    summary: Summary, session_id: SessionId, checkouts: Sequence[CheckoutLogs]
) -> tuple[FoundLog | None, str]:
    """Find the log that front matter names, else the one whose name has the session's id and date.

    Returns:
        The log, and a note where none was chosen though there is a trace of one. Numbers restart,
        so of several that fit none is taken.

    Raises:
        FileError: the log lies outside its checkout, is a folder, or can't be read.
    """
    if summary.log:
        lies_outside = False
        for root, path in _named_places(summary, checkouts):
            if not path.exists():
                continue
            if not path.is_relative_to(root):
                lies_outside = True
            elif path.is_dir():
                raise FileError(f"the log that it names is a folder: {summary.log}")
            else:
                return _read(root, path, summary), ""
        if lies_outside:
            raise FileError(f"the log that it names lies outside of the repository: {summary.log}")
        return None, f"names a log that does not exist: {summary.log}"
    for checkout in checkouts:
        fitting = checkout.index.find(session_id, summary.date)
        if len(fitting) > 1:
            names = ", ".join(log.name for log in fitting)
            return None, f"has several logs that may be its own ({names}): name one with `log:`"
        if fitting:
            place = checkout.root / checkout.folder / fitting[0].name
            return _read(checkout.root, place, summary), ""
    return None, ""


def _named_places(
    summary: Summary, checkouts: Sequence[CheckoutLogs]
) -> Iterator[tuple[Path, Path]]:
    """Give where front matter's path may lead: from the root, from the summary, from the logs."""
    folder = summary.path.rpartition("/")[0]
    for checkout in checkouts:
        for base in ("", folder, checkout.folder):
            yield checkout.root, Path(os.path.normpath(checkout.root / base / summary.log))


def _read(root: Path, path: Path, summary: Summary) -> FoundLog:
    """Make sure of a log, and read its title where the summary has none of its own."""
    title = ""
    if summary.title:
        check_file(path, root=root, limit=LOG_LIMIT, limit_of=LOG)
    else:
        title = read_log_title(read_bytes(path, root=root, limit=LOG_LIMIT, limit_of=LOG))
    return FoundLog(path.relative_to(root).as_posix(), read_log_name(path.name), title)
