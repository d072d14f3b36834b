"""HG002: a commit brings the logs of several sessions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handoff_md.linter.change import AddedLog, CommitChange, name_ids
from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import CommitFinding, Severity
from handoff_md.linter.rule import commit_rule
from handoff_md.semantics.entries.items import ItemKind
from handoff_md.syntax.session_id import SessionId, read_session_id


@commit_rule("HG002", "bundled-logs", severity=Severity.WARNING)
def check(change: CommitChange, _context: Context) -> Iterator[CommitFinding]:
    """
    A commit adds the logs of two or more sessions.

    ## Why

    Each session commits its own log. A commit that holds several was made in a checkout that they
    share, or at the end of a day, and its message tells of one of them at most.

    A log that was only renamed or moved is not added. Right are an orchestrator's commit that names
    these sessions in trailers, and one that enters them as a parallel section. Not judged are
    merges, squash merges, reverts, and the first commit.

    ```text bad
    docs(session): log session 20

        A .agents/sessions/2025-12-18-session-19-protocol.md
        A .agents/sessions/2025-12-18-session-20-look-ups.md
    ```

    ```text good
    docs(session): log session 20

        A .agents/sessions/2025-12-18-session-20-look-ups.md
    ```
    """
    if len(change.added_logs) < 2 or change.is_joint or not change.parents:  # noqa: PLR2004 - a bundle
        return
    told = _told(change)
    logs = [log for log in change.added_logs if log.name.session_id.stem not in told]
    if len(_sessions(logs)) > 1:
        moved = change.history.moved_logs(change.parents[0], change.commit)
        logs = [log for log in logs if log.path not in moved]
    ids = _sessions(logs)
    if len(ids) > 1:
        yield CommitFinding(
            f"One commit adds the logs of {len(ids)} sessions: {name_ids(ids)}",
            logs[0].path,
            path=logs[0].path,
            sessions=ids,
        )


def _told(change: CommitChange) -> frozenset[int | str | None]:
    """Give the stems of the sessions that the trailers name, or that are entered as parallel.

    A log's name may have no more of an id.
    """
    named = (read_session_id(value) for value in (*change.sessions, *change.orchestrators))
    parts = (item.session_ids for item in change.added if item.kind is ItemKind.PART)
    ids = (*named, *(session_id for ids in parts for session_id in ids))
    return frozenset(found.stem for found in ids if found)


def _sessions(logs: Sequence[AddedLog]) -> tuple[SessionId, ...]:
    """Give the ids of the sessions that logs are of; those of two days are two sessions."""
    known = {(log.name.session_id, log.name.date): log.name.session_id for log in logs}
    return tuple(sorted(known.values(), key=lambda found: found.order))
