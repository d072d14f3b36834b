"""What the entries of a document say of their sessions' logs, and which logs they may mean."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote

from handoff_md.semantics.document.links import split_relative
from handoff_md.semantics.entries.identity import Recorded
from handoff_md.semantics.logs.own_log import LogIndex
from handoff_md.syntax.grammar import EntryKind, LogName, read_log_name
from handoff_md.syntax.nodes import Entry, Heading, Lead
from handoff_md.text.span import Span
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.syntax.links import Link


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
