"""Waits for sessions: until all that is expected is there, finished, and no longer written to."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress

from handoff_md.app.joint import ask_remote
from handoff_md.app.merge.branches import fetch_first
from handoff_md.app.merge.collect import Wanted, list_inboxes, read_wanted
from handoff_md.app.merge.earlier import merged_before
from handoff_md.app.merge.report import Waiting, Watch
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.workspace import Workspace
from handoff_md.config import Config
from handoff_md.errors import FileError, GitError
from handoff_md.sessions.inbox import (
    SETTLED_SECONDS,
    Inbox,
    SummaryFile,
    is_settled,
    list_summary_files,
    read_summary,
)
from handoff_md.syntax.session_id import SessionId
from handoff_md.syntax.summary import Status, read_summary_status
from handoff_md.text.source import decode
from handoff_md.value import Value

_POLL_SECONDS = 0.2
_FETCH_SECONDS = 30.0
_SETTLE_SECONDS = SETTLED_SECONDS + 1.0
SETTLING = "was written to a moment ago"


class Awaited(Value):
    """Where to collect from, and whether all summaries there have settled."""

    inboxes: tuple[Inbox, ...]
    settled: bool


def wait_for_sessions(
    workspace: Workspace,
    request: MergeRequest,
    orchestrator: SessionId,
    watch: Watch,
    done_before: AbstractSet[SessionId] = frozenset(),
) -> Awaited:
    """Return once all is there that is expected, or when the time is up.

    Sessions that this orchestrator's latest merges were about are not waited for; those of
    ``done_before`` count as ready as well.

    What is missing then is the merge's to report. A summary that was written to a moment ago gets
    three seconds to settle even without ``--wait``; only its name and times are looked at. Where
    branches were to be fetched they are so again, each half minute, and a remote that sessions tell
    of themselves is asked again.
    """
    wanted = read_wanted(request, orchestrator)
    merged = merged_before(workspace, orchestrator, request.run) if wanted.expected else {}
    start = fetched = time.monotonic()
    while True:
        inboxes = list_inboxes(workspace, request)
        passed = time.monotonic() - start
        unfinished = _unfinished(inboxes, wanted, workspace.config, peek=request.wait > 0)
        waiting = Waiting(
            _sorted(
                done_before | {known for known, reason in unfinished.items() if not reason},
            ),
            [(known, unfinished[known]) for known in _sorted(unfinished) if unfinished[known]],
            _sorted(set(wanted.expected) - set(unfinished) - set(merged) - done_before),
            request.expect_count or 0,
            request.wait - passed,
        )
        if _is_over(waiting, passed):
            return Awaited(inboxes, settled=SETTLING not in unfinished.values())
        watch.on_wait(waiting)
        time.sleep(_POLL_SECONDS)
        asks = request.fetch or workspace.uses_refs
        if asks and time.monotonic() - fetched >= _FETCH_SECONDS:
            with suppress(GitError):  # it was reached before, and is asked again
                ask_remote(workspace)
                fetch_first(workspace, request, watch)
            fetched = time.monotonic()


def _is_over(waiting: Waiting, passed: float) -> bool:
    if not (waiting.unfinished or waiting.missing or len(waiting.ready) < waiting.wanted):
        return True
    settling = any(reason == SETTLING for _, reason in waiting.unfinished)
    return waiting.left <= 0 and not (settling and passed < _SETTLE_SECONDS)


def _unfinished(
    inboxes: Sequence[Inbox], wanted: Wanted, config: Config, *, peek: bool
) -> dict[SessionId, str]:
    """Say of each session that has a summary why it is not ready; nothing where it is.

    ``peek`` reads those that have settled for their status.
    """
    found: dict[SessionId, str] = {}
    for inbox in inboxes:
        for summary_file in list_summary_files(inbox)[0]:
            if not wanted.takes(summary_file.session_id):
                continue
            reason = found.get(summary_file.session_id, "")
            if not is_settled(summary_file):
                reason = SETTLING
            elif peek and _status(summary_file, config.max_summary_size) is Status.IN_PROGRESS:
                reason = reason or "is still in progress"
            found[summary_file.session_id] = reason
    return found


def _sorted(ids: Iterable[SessionId]) -> list[SessionId]:
    return sorted(ids, key=lambda known: known.order)


def _status(summary_file: SummaryFile, limit: int) -> Status:
    """Read a summary's status; one that can't be read is for the merge to report."""
    try:
        data = read_summary(summary_file, limit=limit)
    except FileError:
        return Status.COMPLETE
    return read_summary_status(decode(data))
