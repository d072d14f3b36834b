"""What a merge of summaries is asked for, and what the outside knows of the summaries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence

from msgspec import field

from handoff_md import defaults
from handoff_md.merge.rendering import SECTION, Rendering
from handoff_md.syntax.session_id import SessionId
from handoff_md.syntax.summary import Summary
from handoff_md.value import Value


class SessionLog(Value):
    """A session's log: its path relative to the repository's root, and its own title, if any.

    ``ignored_by`` is the file whose rule has git ignore it: no entry links what no commit has.
    """

    path: str
    title: str = ""
    ignored_by: str = ""


class MergeOptions(Value):
    """How to merge; the defaults are the tool's own.

    ``handoff`` is the document's path relative to the repository's root. ``into`` names the
    section for this once, ``entries_heading`` always. ``partial`` merges the rest where some
    session can't be merged. ``replace`` puts a session's new content in the place of what the
    document has. ``format`` formats the summaries with mdformat. ``rendering`` is how sessions are
    told of: in a parallel section, or the one there is in an entry of its own, which says the
    ``time`` at which the session ended where the document's others have one.
    """

    handoff: str = defaults.HANDOFF
    entries_heading: str | None = None
    into: str | None = None
    create_section: bool = False
    update_last_updated: bool = True
    require_logs: bool = False
    partial: bool = False
    replace: bool = False
    format: bool = False
    rendering: Rendering = SECTION
    time: dt.time | None = None


class Surroundings(Value):
    """What the outside knows of the summaries; each keyed by a summary's origin.

    ``logs`` are the sessions' logs; ``exists`` tells whether a path relative to the repository's
    root names a file or folder, as seen from that summary; ``merged_before`` are summaries whose
    very content a finished merge has recorded; ``missing`` are sessions that were expected.
    ``conflicting`` are summaries whose sessions have others that differ, with clauses that say so.
    """

    logs: Mapping[str, SessionLog] = field(default_factory=dict)
    exists: Callable[[Summary, str], bool] | None = None
    merged_before: Collection[str] = frozenset()
    missing: Sequence[SessionId] = ()
    conflicting: Mapping[str, Sequence[str]] = field(default_factory=dict)
