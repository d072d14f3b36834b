"""The commit message of a merge, with its trailers."""

from __future__ import annotations

from collections.abc import Sequence

from handoff_md.syntax.session_id import SessionId

_LONGEST_SUBJECT = 72


def write_message(orchestrator: SessionId, ids: Sequence[SessionId], own: str | None) -> str:
    """Write the message that names every session.

    ``own`` are the user's words for its upper part; the trailers stand below them all the same.
    """
    trailers = [
        f"Handoff-Orchestrator: {orchestrator}",
        *(f"Handoff-Session: {session_id}" for session_id in ids),
    ]
    words = own.strip() if own and own.strip() else _subject(ids)
    return f"{words}\n\n" + "\n".join(trailers) + "\n"


def write_entry_message(session_id: SessionId, own: str | None) -> str:
    """Write the message of a commit that adds one session's own entry."""
    words = own.strip() if own and own.strip() else f"docs(handoff): add session {session_id}"
    return f"{words}\n\nHandoff-Session: {session_id}\n"


def write_removal_message(orchestrator: str, ids: Sequence[str]) -> str:
    """Write the message of a commit that only removes summaries which were merged before.

    It names the sessions in its subject alone: a trailer would say that this commit merges them.
    """
    if len(ids) == 1:
        subject = f"docs(handoff): archive the summary of session {ids[0]}"
    else:
        subject = f"docs(handoff): archive the summaries of sessions {', '.join(ids)}"
    if len(subject) > _LONGEST_SUBJECT:
        subject = f"docs(handoff): archive {len(ids)} merged summaries"
    return f"{subject}\n\nHandoff-Orchestrator: {orchestrator}\n"


def _subject(ids: Sequence[SessionId]) -> str:
    if len(ids) == 1:
        return f"docs(handoff): merge session {ids[0]}"
    named = f"docs(handoff): merge parallel sessions {', '.join(map(str, ids))}"
    if len(named) <= _LONGEST_SUBJECT:
        return named
    return f"docs(handoff): merge {len(ids)} parallel sessions"
