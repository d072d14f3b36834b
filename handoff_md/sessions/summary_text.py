"""Writes the text of a summary that the tool makes for a session."""

from __future__ import annotations

from handoff_md.ledger.records import Claim
from handoff_md.syntax.front_matter import write_value
from handoff_md.syntax.status import Status
from handoff_md.text.source import encode


def compose_summary(claim: Claim, title: str, status: Status, body: str) -> bytes:
    """Write the summary: its front matter, and its body."""
    fields = {
        "session": claim.id,
        "title": title,
        "date": claim.date,
        "agent": claim.agent,
        "status": status.value,
        "log": claim.log,
    }
    lines = [f"{key}: {write_value(value)}" for key, value in fields.items() if value]
    return encode("---\n" + "\n".join(lines) + "\n---\n\n" + body.strip("\n") + "\n")
