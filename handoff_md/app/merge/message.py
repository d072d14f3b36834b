"""The commit message of a merge, with its trailers."""

from __future__ import annotations

from collections.abc import Sequence

from handoff_md.merge.result import SessionOutcome
from handoff_md.semantics.summaries.work_status import UNFINISHED
from handoff_md.syntax.session_id import SessionId

_LONGEST_SUBJECT = 72


def write_message(
    orchestrator: SessionId, sessions: Sequence[SessionOutcome], own: str | None
) -> str:
    """Write the message that names every session, and those whose work is not complete again.

    ``own`` are the user's words for its upper part; the trailers stand below them all the same.
    """
    ids = [session.session_id for session in sessions]
    trailers = [f"Handoff-Orchestrator: {orchestrator}", *_session_trailers(sessions)]
    return _with_trailers(own, _subject(ids), trailers)


def write_entry_message(sessions: Sequence[SessionOutcome], own: str | None) -> str:
    """Write the message of a commit that adds the own entry of the one session there is."""
    (session,) = sessions
    subject = f"docs(handoff): add session {session.session_id}"
    return _with_trailers(own, subject, _session_trailers(sessions))


def _session_trailers(sessions: Sequence[SessionOutcome]) -> list[str]:
    unfinished = [session for session in sessions if session.work in UNFINISHED]
    return [
        *(f"Handoff-Session: {session.session_id}" for session in sessions),
        *(f"Handoff-Status: {session.session_id} {session.work}" for session in unfinished),
    ]


def _with_trailers(own: str | None, subject: str, trailers: Sequence[str]) -> str:
    words = own.strip() if own and own.strip() else subject
    return f"{words}\n\n" + "\n".join(trailers) + "\n"


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
