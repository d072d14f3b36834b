"""HG001: a commit brings the entries of several sessions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handoff_md.linter.change import CommitChange, find_sessions, name_ids
from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import CommitFinding, Severity
from handoff_md.linter.options import Profile
from handoff_md.linter.rule import commit_rule
from handoff_md.semantics.entries.identity import claimed_sessions
from handoff_md.semantics.entries.items import Item, ItemKind
from handoff_md.syntax.grammar import read_log_name
from handoff_md.syntax.session_id import SessionId


@commit_rule("HG001", "bundled-entries", severity=Severity.ERROR)
def check(change: CommitChange, context: Context) -> Iterator[CommitFinding]:
    """
    A commit adds the entries of two or more sessions, outside a parallel section.

    ## Why

    Agents that share a checkout commit each other's work: the commit says one session's words, and
    holds what several have done. None of them can be reverted, or found in the log, by itself.
    Sessions that ran in parallel belong in one `Parallel Sessions` section, which
    `handoff-md merge` writes and commits with a trailer for each of them.

    An entry that was only moved or edited is not added, nor is one that comes back: from another
    document, or from an earlier version of this one. An entry without a session's id counts for
    none, and one that is headed as several sessions' ([HE010](HE010.md)) for each of them. A topic
    that mentions a session (`Next steps (Session 64)`, `Session 15 retrospective`) is no entry. Not
    judged are merges, squash merges (`Title (#12)`, `Title (!12)`, `Merged PR 12: …`, `Squashed
    commit of the following:`), reverts, and the commit that brings the document itself; nor any in
    the profile `derived`, where a build tells of all that was handed in since the last one.

    ```text bad
    feat(cache): keep the look-ups

        +### 2025-12-18: Keep the look-ups (Session 20)
        +### 2025-12-18: Read the protocol (Session 19)
    ```

    ```text good
    docs(handoff): merge parallel sessions 19, 20

        +### Parallel Sessions 19, 20 (2025-12-18)
        +#### Session 19: Read the protocol
        +#### Session 20: Keep the look-ups
    ```
    """
    if context.options.profile is Profile.DERIVED:
        return
    added = [item for item in change.added if item.kind is ItemKind.ENTRY and _is_own(item)]
    if change.is_joint or not _is_bundle(added):
        return
    new = change.find_new(added)
    if not _is_bundle(new):
        return
    ids = _ids(new)
    entries = "the entries" if len(new) > 1 else "one entry"
    yield CommitFinding(
        f"One commit adds {entries} of {len(ids)} sessions outside a parallel section: "
        f"{name_ids(ids)}",
        new[0].name,
        new[0].place,
        sessions=ids,
    )


def _is_own(item: Item) -> bool:
    """Tell whether an entry is a session's own: it has a date, a log, or calls itself by the id."""
    if not item.keys:
        return False
    logged = any(key.log for key in item.keys)
    return bool(item.date or logged or claimed_sessions(item.name, item.session_ids))


def _is_bundle(items: Sequence[Item]) -> bool:
    """Tell whether items are of several sessions: together, or one of them by its own heading."""
    together = len(items) > 1 and len(find_sessions(items)) > 1
    return together or any(_shared(item) for item in items)


def _ids(items: Sequence[Item]) -> tuple[SessionId, ...]:
    """Give the ids of all items, those too that one heading lists, in their order."""
    ids = list(find_sessions(items))
    ids += dict.fromkeys(found for item in items for found in _shared(item) if found not in ids)
    return tuple(sorted(ids, key=lambda found: found.order))


def _shared(item: Item) -> tuple[SessionId, ...]:
    """Give the sessions, if several, that an entry calls itself; none if its log is another's."""
    ids = claimed_sessions(item.name, item.session_ids)
    logs = [read_log_name(key.log) for key in item.keys if key.log]
    of_another = logs and not any(log and log.session_id in ids for log in logs)
    return ids if len(ids) > 1 and not of_another else ()
