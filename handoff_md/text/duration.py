"""Durations as people write them: ``90``, ``90s``, ``5m``, ``1h30m``."""

from __future__ import annotations

import re
from typing import Final

FORMS: Final = "seconds such as 90, or a time such as 90s, 5m or 1h30m, a year at most"

_NUMBER: Final = r"[0-9]+(?:\.[0-9]+)?"
# A text: `re` compiles it for the few commands that are given a duration.
_DURATION: Final = (
    rf"(?i)(?:(?P<h>{_NUMBER})\s*h)?\s*(?:(?P<m>{_NUMBER})\s*m(?:in)?)?"
    rf"\s*(?:(?P<s>{_NUMBER})\s*s?)?"
)
_SECONDS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0}
_LONGEST: Final = 366 * 86_400.0


def read_duration(text: str) -> float | None:
    """Give a duration in seconds, of one of the `FORMS`; None where the text is none."""
    found = re.fullmatch(_DURATION, text.strip())
    parts = {unit: part for unit, part in found.groupdict().items() if part} if found else {}
    seconds = sum(float(part) * _SECONDS[unit] for unit, part in parts.items())
    return seconds if parts and seconds <= _LONGEST else None
