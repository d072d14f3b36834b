"""Folders with a document and summaries, for the command to work on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = """\
# Handoff

**Last Updated**: 2025-12-17

## Recent Sessions

### 2025-12-17: The basket keeps its items (Session 18)

- Items are kept.

### 2025-12-16: First checkout (Session 17)

- Paying works.
"""


def write_tree(folder: Path, document: str | bytes = DOCUMENT, **summaries: str) -> Path:
    """Write ``.agents/HANDOFF.md`` and summaries (``s19="body"``), an hour old; give its path."""
    handoff = folder / ".agents" / "HANDOFF.md"
    temp = handoff.parent / "temp"
    temp.mkdir(parents=True)
    handoff.write_bytes(document.encode() if isinstance(document, str) else document)
    for name, body in summaries.items():
        path = temp / f"handoff-session-{name[1:]}-summary.md"
        path.write_text(body, encoding="utf-8", newline="")
        os.utime(path, (1_766_000_000, 1_766_000_000))
    return handoff


def summary(title: str, body: str = "Words.\n", date: str = "2025-12-18") -> str:
    return f"---\ntitle: {title}\ndate: {date}\n---\n\n{body}"
