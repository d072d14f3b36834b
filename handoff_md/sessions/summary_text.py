"""Writes the text of a summary that the tool makes for a session."""

from __future__ import annotations

import datetime as dt

from handoff_md.defaults import HANDOFF
from handoff_md.ledger.ids import time_of_day
from handoff_md.ledger.records import Claim
from handoff_md.syntax.front_matter import write_value
from handoff_md.syntax.summary import Status
from handoff_md.text.source import encode


def compose_summary(
    claim: Claim, title: str, status: Status, body: str, *, zone: dt.tzinfo | None = None
) -> bytes:
    """Write the summary: its front matter, in which times are told in a zone, and its body."""
    fields = {
        "session": claim.id,
        "title": title,
        "date": claim.date,
        "time": time_of_day(claim, zone),
        "agent": claim.agent,
        "status": status.value,
        "log": claim.log,
        "document": claim.document if claim.document != HANDOFF else "",
    }
    lines = [f"{key}: {write_value(value)}" for key, value in fields.items() if value]
    return encode("---\n" + "\n".join(lines) + "\n---\n\n" + body.strip("\n") + "\n")
