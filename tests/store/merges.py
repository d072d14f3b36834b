"""Journals for the tests of the store."""

from __future__ import annotations

from handoff_md.ledger.records import Journal, JournalSession


def session(number: int, *, digest: str = "d", archived_to: str | None = None) -> JournalSession:
    return JournalSession(
        id=f"{number:02}",
        title=f"Title of {number}",
        date="2025-12-18",
        log=None,
        summary=f"/repository/.agents/temp/handoff-session-{number:02}-summary.md",
        digest=digest,
        tracked=False,
        archived_to=archived_to,
    )


def journal(name: str, *sessions: JournalSession) -> Journal:
    return Journal(
        name=name,
        handoff="/repository/.agents/HANDOFF.md",
        old_digest="0" * 64,
        new_digest="1" * 64,
        message="docs(handoff): merge\n\nHandoff-Session: 19\n",
        head="2" * 40,
        commit_wanted=True,
        orchestrator="22",
        date="2025-12-18",
        no_verify=False,
        keep=False,
        sessions=sessions,
    )
