"""What a merge or its preview is asked for."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from handoff_md.merge.rendering import SECTION, Rendering
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
        branches: collect from these branches as well, which are patterns of their short names.
        fetch: fetch the branches first, those of the configuration included.
        into: the heading of the section to merge into.
        create_section: add the section where there is none.
        replace: put other content in the place of what is there.
        commit: make the commit, and archive.
        message: the commit message's own words.
        verify: let hooks check the commit.
        keep: leave the summaries where they are.
        format: format the summaries with mdformat.
        dry_run: write nothing.
        rendering: how the document tells of the sessions.
        time: when the session of an own entry ended, in a zone; None where it is not known.
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
    branches: tuple[str, ...] = ()
    fetch: bool = False
    into: str | None = None
    create_section: bool = False
    replace: bool = False
    commit: bool = True
    message: str | None = None
    verify: bool = True
    keep: bool = False
    format: bool = False
    dry_run: bool = False
    rendering: Rendering = SECTION
    time: dt.time | None = None
    outside: tuple[str, ...] = ()
    run: str = ""
