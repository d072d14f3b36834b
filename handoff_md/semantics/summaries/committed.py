"""Names of the summaries that sessions commit: ``<date>-session-<id>.md``, in one flat folder.

The folder is `handoff_md.config.Config.committed`. A name is made and read here alone.
"""

from __future__ import annotations

import datetime as dt

from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.text.pattern import lazy_pattern
from handoff_md.value import Value

_NAME = lazy_pattern(r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})-session-(?P<id>[^/\n]{1,100})\.md")


class CommittedName(Value):
    """The file name of a committed summary, and what it says: the session's date, and its id."""

    name: str
    date: dt.date
    session_id: SessionId


def committed_name(date: dt.date, session_id: SessionId) -> str:
    """Name the committed summary of a session, as in ``2026-11-28-session-261128-k3f9.md``."""
    return f"{date.isoformat()}-session-{session_id}.md"


def read_committed_name(name: str) -> CommittedName | None:
    """Read a file name, without its folder; None where it is not a committed summary's."""
    match = _NAME.fullmatch(name)
    session_id = read_session_id(match["id"]) if match else None
    if match is None or session_id is None:
        return None
    try:
        date = dt.date.fromisoformat(match["date"])
    except ValueError:
        return None
    return CommittedName(name, date, session_id)


def is_committed_path(path: str) -> bool:
    """Tell whether a path is that of a committed summary, of whichever document of a repository."""
    folder, _, name = path.rpartition("/")
    return folder.endswith(".d") and read_committed_name(name) is not None
