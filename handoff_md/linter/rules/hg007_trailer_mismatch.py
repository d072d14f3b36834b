"""HG007: a commit's trailers and its entries name different sessions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handoff_md.linter.change import CommitChange, find_sessions, name_ids
from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import CommitFinding, Severity
from handoff_md.linter.rule import commit_rule
from handoff_md.semantics.entries.items import Item, ItemKind
from handoff_md.syntax.session_id import SessionId, read_session_id


@commit_rule("HG007", "trailer-mismatch", severity=Severity.ERROR)
def check(change: CommitChange, _context: Context) -> Iterator[CommitFinding]:
    """
    The `Handoff-Session` trailers of a commit and the entries that it adds name other sessions.

    ## Why

    Programs find a session's commit by its trailer. One that names a session whose entry is not
    there, or that leaves one out, makes them find nothing, or believe that a session was merged.

    A trailer is right if the commit adds or changes the entry of its session; an orchestrator's
    own entry needs none. A commit without these trailers claims nothing. Not judged are merges,
    squash merges and reverts.

    ```text bad
    docs(handoff): merge parallel sessions 19, 20

    Handoff-Session: 19
    Handoff-Session: 21

        +### Parallel Sessions 19, 20 (2025-12-18)
    ```

    ```text good
    docs(handoff): merge parallel sessions 19, 20

    Handoff-Session: 19
    Handoff-Session: 20

        +### Parallel Sessions 19, 20 (2025-12-18)
    ```
    """
    if not change.sessions or change.is_joint:
        return
    claimed, unread = _read(change.sessions)
    for value in unread:
        yield CommitFinding(f"The trailer `Handoff-Session: {value}` holds no session's id", value)
    named = [*claimed, *_read(change.orchestrators)[0]]
    added = [item for item in change.added if item.kind is not ItemKind.ROW]
    unnamed = [
        item
        for item in added
        if not all(_is_among(session_id, named) for session_id in item.session_ids)
    ]
    for item in change.find_new(unnamed):
        ids = find_sessions([item])
        yield CommitFinding(
            f"The commit adds the entry of Session {name_ids(ids)}, which no trailer names",
            item.name,
            item.place,
            sessions=ids,
        )
    if added or change.orchestrators:
        yield from _find_absent(claimed, _altered(change))


def _read(values: Sequence[str]) -> tuple[list[SessionId], list[str]]:
    """Read the ids of trailers, several in one with commas between; and what is no id."""
    words = [word.strip() for value in values for word in value.split(",")]
    read = [(word, read_session_id(word)) for word in words if word]
    return [found for _, found in read if found], [word for word, found in read if not found]


def _altered(change: CommitChange) -> list[Item]:
    """Give the items that the commit adds or changes."""
    before = change.before[0].items if change.before and change.before[0] else ()
    known = {(item.name, item.body) for item in before}
    after = change.after.items if change.after else ()
    return [item for item in after if (item.name, item.body) not in known]


def _find_absent(claimed: Sequence[SessionId], altered: Sequence[Item]) -> Iterator[CommitFinding]:
    told = [session_id for item in altered for session_id in item.session_ids]
    for session_id in claimed:
        if not _is_among(session_id, told):
            yield CommitFinding(
                f"A trailer names Session {session_id}, whose entry the commit neither adds nor "
                "changes",
                f"Handoff-Session: {session_id}",
                sessions=(session_id,),
            )


def _is_among(session_id: SessionId, others: Sequence[SessionId]) -> bool:
    """Tell whether an id can be one of others; a log's name, for one, leaves a suffix out."""
    return any(
        session_id == other
        or (
            session_id.number is not None
            and session_id.number == other.number
            and not (session_id.suffix and other.suffix)
        )
        for other in others
    )
