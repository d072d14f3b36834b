"""What a session is told that begins where something is broken: all that can be read, and that."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

from handoff_md.app.context import FRAME
from handoff_md.app.hook.sessions import tell_session
from handoff_md.app.workspace import open_workspace
from handoff_md.briefing.chapters import quote
from handoff_md.errors import HandoffError
from handoff_md.text.visible import shorten

_BROKEN: Final = "Something is broken here, so nothing was claimed; handoff-md doctor tells more:"


def tell_broken(directory: Path, now: dt.datetime, error: HandoffError) -> str:
    """Give the text of a session without a claim, with what is broken in a line of its own."""
    lines = f"{_BROKEN}\n{quote(shorten(error.message))}"
    try:
        return tell_session(open_workspace(directory), None, now, lines)
    except HandoffError:
        return f"{FRAME}\n{lines}"
