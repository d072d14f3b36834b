"""What a merge or its preview is asked for, and how it tells of its progress."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

from handoff_md.syntax.session_id import SessionId
from handoff_md.value import Value


class MergeRequest(Value, kw_only=True):
    """The options of ``merge``, and what the outside knows: the folder, the day, the orchestrator.

    Attributes:
        directory: where the command runs.
        today: the date to fall back on.
        ids: the sessions to merge; empty for all that are found.
        orchestrator: the id given by option or environment.
        date: the section's date.
        expect: ids that must be there.
        expect_count: how many sessions must be there.
        wait: the seconds to wait for what is expected.
        allow_partial: merge the rest where some can't be merged.
        sources: further folders to collect from, which are only read.
        worktrees: collect from linked worktrees as well.
        into: the heading of the section to merge into.
        create_section: add the section where there is none.
        replace: put other content in the place of what is there.
        commit: make the commit, and archive.
        message: the commit message's own words.
        verify: let hooks check the commit.
        keep: leave the summaries where they are.
        format: format the summaries with mdformat.
        dry_run: write nothing.
        single: make an entry of its own for the one session that ``ids`` names, unless a run is
            active by then.
        time: when that session ended, in a zone; None where it is not known.
        outside: sessions that are not of the active run, and are passed over.
        run: the token of the run that is merged; empty outside of one.
    """

    directory: Path
    today: dt.date
    ids: tuple[str, ...] = ()
    orchestrator: str | None = None
    date: dt.date | None = None
    expect: tuple[str, ...] = ()
    expect_count: int | None = None
    wait: float = 0.0
    allow_partial: bool = False
    sources: tuple[Path, ...] = ()
    worktrees: bool = True
    into: str | None = None
    create_section: bool = False
    replace: bool = False
    commit: bool = True
    message: str | None = None
    verify: bool = True
    keep: bool = False
    format: bool = False
    dry_run: bool = False
    single: bool = False
    time: dt.time | None = None
    outside: tuple[str, ...] = ()
    run: str = ""


class Waiting(Value):
    """One look at what is awaited: which sessions are ready, which not and why, and for how long.

    ``missing`` are expected sessions without a summary; ``unfinished`` pairs an id with the
    reason. ``wanted`` is how many must be ready, 0 where only the rest must settle. ``left`` is
    in seconds.
    """

    ready: Sequence[SessionId]
    unfinished: Sequence[tuple[SessionId, str]]
    missing: Sequence[SessionId]
    wanted: int
    left: float


class Watch(Value):
    """Callbacks for progress: the lock is held by another, or sessions are awaited."""

    on_lock: Callable[[], None] = lambda: None
    on_wait: Callable[[Waiting], None] = lambda _waiting: None
