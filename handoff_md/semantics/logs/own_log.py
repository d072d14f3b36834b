"""Which session log is a session's own: by the path that a summary names, else by id and date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from handoff_md.semantics.document.links import resolve
from handoff_md.syntax.grammar import LogName, read_log_links, read_log_name
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.session_id import SessionId
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.syntax.summary import Summary


class LogIndex(Value):
    """The session logs that are known: their paths by file name, their names by the id's stem.

    Paths are relative to the repository's root; a file whose name is no log's is left out.
    """

    paths: Mapping[str, str]
    by_stem: Mapping[int | str, tuple[LogName, ...]]

    def find(self, session_id: SessionId, date: dt.date | None) -> tuple[LogName, ...]:
        """Give the logs that may be a session's, sorted; ``date`` is None where it isn't known."""
        if session_id.stem is None:
            return ()
        logs = self.by_stem.get(session_id.stem, ())
        return tuple(log for log in logs if fits(log, session_id, date))


def index_logs(paths: Iterable[str]) -> LogIndex:
    """Index the logs at some paths; of two files with one name, the first counts."""
    by_name: dict[str, str] = {}
    by_stem: dict[int | str, list[LogName]] = {}
    for path in paths:
        log = read_log_name(path.rpartition("/")[2])
        if log and log.session_id.stem is not None and log.name not in by_name:
            by_name[log.name] = path
            by_stem.setdefault(log.session_id.stem, []).append(log)
    return LogIndex(by_name, {stem: tuple(logs) for stem, logs in by_stem.items()})


def fits(log: LogName, session_id: SessionId, date: dt.date | None) -> bool:
    """Tell whether a log's name allows it to be a session's; stems are not compared again."""
    if not session_id.is_plain and not log.slug.casefold().startswith(session_id.suffix):
        return False
    return date is None or log.date == date


def find_summary_logs(
    summary: Summary, logs: LogIndex, logs_folder: str, exists: Callable[[str], bool]
) -> tuple[str, ...]:
    """Give the paths of the logs that may be a summary's own: the one that it names, else by name.

    Front matter's path may start from the root, from the summary's folder or from the logs'.
    """
    if summary.log:
        bases = ("", summary.path.rpartition("/")[0], logs_folder)
        places = (resolve(base, summary.log) for base in bases)
        return tuple(place for place in places if place and exists(place))[:1]
    if summary.session_id is None:
        return ()
    found = logs.find(summary.session_id, summary.date)
    return tuple(logs.paths[log.name] for log in found)


def other_session_of_log(summary: Summary) -> LogName | None:
    """Give the log that a summary names, where its name is that of another session's.

    Plain numbers and drawn ids are compared; suffixes and hashes are not in the name of a log.
    """
    log = read_log_name(summary.log.rpartition("/")[2])
    own = summary.session_id
    if log is None or own is None or not own.is_plain:
        return None
    return log if log.session_id.stem != own.stem else None


def labelled_logs(document: Document) -> Mapping[str, SessionId]:
    """Give the logs that a document links to anywhere, and the ids that it calls them by.

    A label may add a suffix that the log's name does not tell (``57-PR201``).
    """
    source, text = document.source, document.source.text
    found: dict[str, SessionId] = {}
    place, seen = text.find("-session-"), -1
    while place >= 0:
        line = source.line_of(place)
        if line != seen:
            for link in read_log_links(source.line_text(line)):
                found.setdefault(link.log.name, link.session_id)
        seen = line
        place = text.find("-session-", place + 1)
    return found
