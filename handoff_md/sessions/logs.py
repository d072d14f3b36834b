"""Finds the log of a session among those of a checkout."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from handoff_md.errors import FileError
from handoff_md.semantics.logs.own_log import fits
from handoff_md.store.files import check_file, read_bytes
from handoff_md.syntax.grammar import LogName, read_log_name
from handoff_md.syntax.log import read_log_title
from handoff_md.syntax.session_id import SessionId
from handoff_md.syntax.summary import Summary
from handoff_md.value import Value

LOG = "a session log"
"""What `LOG_LIMIT` is for."""

LOG_LIMIT = 8 * 1024 * 1024
"""The most bytes that a session log may have."""


class LogIndex(Value):
    """The session logs of a checkout, by their numbers.

    ``root`` is the checkout's root and ``folder`` where the logs lie, relative to it with ``/``.
    """

    root: Path
    folder: str
    by_number: Mapping[int, Sequence[LogName]]


class FoundLog(Value):
    """A session's log: its path relative to its root, and its title where the summary has none.

    ``name`` is None for a log whose file is named in a way of its own.
    """

    path: str
    name: LogName | None
    title: str


def list_logs(root: Path, folder: str) -> LogIndex:
    """List the session logs of a checkout; a folder that can't be read has none."""
    by_number: defaultdict[int, list[LogName]] = defaultdict(list)
    try:
        names = sorted(path.name for path in (root / folder).iterdir())
    except OSError:
        names = []
    for name in names:
        log = read_log_name(name)
        if log and log.session_id.number is not None:
            by_number[log.session_id.number].append(log)
    return LogIndex(root, folder, by_number)


def find_log(
    summary: Summary, session_id: SessionId, indexes: Sequence[LogIndex]
) -> tuple[FoundLog | None, str]:
    """Find the log that front matter names, else the one whose name has the session's id and date.

    Returns:
        The log, and a note where none was chosen though there is a trace of one. Numbers restart,
        so of several that fit none is taken.

    Raises:
        FileError: the log lies outside its checkout, or can't be read.
    """
    if summary.log:
        for root, path in _named_places(summary, indexes):
            if path.exists():
                return _read(root, path, summary), ""
        return None, f"names a log that does not exist: {summary.log}"
    number = -1 if session_id.number is None else session_id.number
    for index in indexes:
        logs = index.by_number.get(number, ())
        fitting = [log for log in logs if fits(log, session_id, summary.date)]
        if len(fitting) > 1:
            names = ", ".join(log.name for log in fitting)
            return None, f"has several logs that may be its own ({names}): name one with `log:`"
        if fitting:
            return _read(index.root, index.root / index.folder / fitting[0].name, summary), ""
    return None, ""


def _named_places(summary: Summary, indexes: Sequence[LogIndex]) -> Iterator[tuple[Path, Path]]:
    """Give where front matter's path may lead: from the root, from the summary, from the logs."""
    folder = summary.path.rpartition("/")[0]
    for index in indexes:
        for base in ("", folder, index.folder):
            yield index.root, Path(os.path.normpath(index.root / base / summary.log))


def _read(root: Path, path: Path, summary: Summary) -> FoundLog:
    """Make sure of a log's place, and read its title where the summary has none of its own."""
    if not path.is_relative_to(root):
        raise FileError(f"the log {path} lies outside {root}")
    title = ""
    if summary.title:
        check_file(path, root=root, limit=LOG_LIMIT, limit_of=LOG)
    else:
        title = read_log_title(read_bytes(path, root=root, limit=LOG_LIMIT, limit_of=LOG))
    return FoundLog(path.relative_to(root).as_posix(), read_log_name(path.name), title)
