"""Which entries a new version of a document adds to an old one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from handoff_md.semantics.entries.identity import (
    Recorded,
    SessionKey,
    index_sessions,
    is_same_session,
    recorded_sessions,
)
from handoff_md.semantics.entries.own_claims import claimed_sessions
from handoff_md.syntax.grammar import EntryKind
from handoff_md.syntax.nodes import Document, Entry


def added_outside_parallel(old: Document, new: Document) -> tuple[SessionKey, ...]:
    """Give the sessions whose entries, outside of parallel sections, are in ``new`` alone.

    An entry is not added where ``old`` tells of its session, or has an entry headed alike; one
    that names no session, or is about several, counts for none. Each session is given once, in the
    document's order.
    """
    known = index_sessions(old)
    added = (
        recorded.key
        for recorded in _outside_parallel(new, _headings(old))
        if known.find(recorded.key) is None
    )
    return _distinct(added)


def _headings(document: Document) -> Counter[str]:
    return Counter(_heading(document, entry) for entry in document.entries)


def _heading(document: Document, entry: Entry) -> str:
    return " ".join(document.source.slice(entry.heading.text).split())


def _outside_parallel(new: Document, old_headings: Counter[str]) -> Iterable[Recorded]:
    """Give what entries tell of whose heading is new; equal headings are paired off by number."""
    fresh: set[int] = set()
    for entry in new.entries:
        heading = _heading(new, entry)
        if old_headings[heading]:
            old_headings[heading] -= 1
        elif entry.kind is not EntryKind.PARALLEL:
            fresh.add(entry.span.start)
    return (
        found
        for found in recorded_sessions(new)
        if found.entry.span.start in fresh and _is_its_own(new, found.entry)
    )


def _is_its_own(document: Document, entry: Entry) -> bool:
    """Tell whether an entry is of the sessions that it lists, not about them: a retrospective."""
    ids = entry.session_ids
    return len(ids) < 2 or bool(claimed_sessions(_heading(document, entry), ids))  # noqa: PLR2004 - several


def _distinct(keys: Iterable[SessionKey]) -> tuple[SessionKey, ...]:
    found: list[SessionKey] = []
    for key in keys:
        if not any(_is_one(key, other) for other in found):
            found.append(key)
    return tuple(found)


def _is_one(key: SessionKey, other: SessionKey) -> bool:
    return key == other or is_same_session(key, other)
