"""How far a session's work came, in a word."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """How far a session came, as its front matter says; a summary without one is complete."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    BLOCKED = "blocked"
    IN_PROGRESS = "in-progress"
