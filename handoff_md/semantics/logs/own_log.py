"""Which session log is whose: by the path that a summary or an entry names, else by id and date."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote

from handoff_md.semantics.document.links import resolve, split_relative
from handoff_md.semantics.entries.identity import Recorded
from handoff_md.syntax.grammar import EntryKind, LogName, read_log_links, read_log_name
from handoff_md.syntax.nodes import Document, Entry, Heading, Lead
from handoff_md.syntax.session_id import SessionId
from handoff_md.text.span import Span
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.syntax.links import Link
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


class Unlinked(Value):
    """A session that names no log of its own, and the logs that may be its: none, one or several.

    ``fitting`` is None where it isn't known which logs there are.
    """

    recorded: Recorded
    fitting: tuple[LogName, ...] | None

    @property
    def heading(self) -> Heading | Lead:
        """Give the heading of the session's entry or part."""
        return (self.recorded.part or self.recorded.entry).heading


def names_logs(entries: Sequence[Entry]) -> bool:
    """Tell whether it is a document's way to name logs: at least half of its entries do."""
    single = [entry for entry in entries if entry.kind is not EntryKind.PARALLEL]
    naming = sum(entry.log is not None for entry in single)
    naming += sum(part.log is not None for entry in entries for part in entry.parts)
    total = len(single) + sum(len(entry.parts) for entry in entries)
    return 2 * naming >= total > 0


def linked_logs(links: Sequence[Link], span: Span) -> Iterator[LogName]:
    """Give the logs that links in a span lead to, by reference or inline.

    Args:
        links: those of the document, in its order.
        span: of an entry or a part.
    """
    start, end = (bisect_left(links, place, key=_start) for place in (span.start, span.end))
    for link in links[start:end]:
        parts = split_relative(link.href)
        log = read_log_name(unquote(parts[0]).rpartition("/")[2]) if parts else None
        if log:
            yield log


def _start(link: Link) -> int:
    return link.span.start


def unlinked_sessions(
    recorded: Sequence[Recorded],
    known: Callable[[], LogIndex | None],
    links: Callable[[], Sequence[Link]],
) -> Iterator[Unlinked]:
    """Give the sessions that name no log, those aside of whom nothing can be said.

    These are the ones that a heading lists together, outside of parts of their own. Which logs are
    ``known``, and which ``links`` the document has, is asked only if there is such a session.
    """
    for found in recorded:
        if found.key.log is None and (found.part or len(found.entry.session_ids) == 1):
            if found.part is None and found.entry.kind is EntryKind.PARALLEL:
                continue
            stem = found.key.session_id.stem
            own = linked_logs(links(), (found.part or found.entry).span)
            if any(log.session_id.stem == stem for log in own):
                continue
            logs = known()
            fitting = logs.find(found.key.session_id, found.key.date) if logs else None
            yield Unlinked(found, fitting)
