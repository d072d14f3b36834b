"""What the entries of a document say of their sessions' logs, and which logs they may mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from handoff_md.semantics.identity import Recorded
from handoff_md.semantics.logs import LogIndex
from handoff_md.syntax.grammar import EntryKind, LogName
from handoff_md.syntax.nodes import Entry, Heading


@dataclass(frozen=True, slots=True)
class Unlinked:
    """A session that names no log of its own, and the logs that may be its: none, one or several.

    ``fitting`` is None where it isn't known which logs there are.
    """

    recorded: Recorded
    fitting: tuple[LogName, ...] | None

    @property
    def heading(self) -> Heading:
        """Give the heading of the session's entry or part."""
        return (self.recorded.part or self.recorded.entry).heading


def names_logs(entries: Sequence[Entry]) -> bool:
    """Tell whether it is a document's way to name logs: at least half of its entries do."""
    single = [entry for entry in entries if entry.kind is not EntryKind.PARALLEL]
    naming = sum(entry.log is not None for entry in single)
    naming += sum(part.log is not None for entry in entries for part in entry.parts)
    total = len(single) + sum(len(entry.parts) for entry in entries)
    return 2 * naming >= total > 0


def unlinked_sessions(
    recorded: Sequence[Recorded], known: Callable[[], LogIndex | None]
) -> Iterator[Unlinked]:
    """Give the sessions that name no log, those aside of whom nothing can be said.

    These are the ones that a heading lists together, outside of parts of their own. Which logs are
    ``known`` is asked only if there is such a session.
    """
    for found in recorded:
        if found.key.log is None and (found.part or len(found.entry.session_ids) == 1):
            if found.part is None and found.entry.kind is EntryKind.PARALLEL:
                continue
            logs = known()
            fitting = logs.find(found.key.session_id, found.key.date) if logs else None
            yield Unlinked(found, fitting)
