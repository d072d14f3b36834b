"""HG008: a branch brings no session."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.change import CommitChange
from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import CommitFinding, Severity
from handoff_md.linter.rule import commit_rule

_SHOWN = 3


@commit_rule("HG008", "missing-session", severity=Severity.ERROR)
def check(change: CommitChange, _context: Context) -> Iterator[CommitFinding]:
    """
    A branch changes files, and brings no session log, entry or summary that tells of it.

    ## Why

    What no session tells of is missing from the next one's context. It is looked for with
    `lint --require-session A..B` alone, over all commits of the branch together: what B has changed
    since it left A. Any session log, summary or new entry that it brings will do.

    The handoff document, the protocol, logs and summaries need no session themselves. Which other
    files need none is configured with `session-exempt`.

    ```text bad
    src/cache.py       | 12 ++++++------
    ```

    ```text good
    .agents/sessions/2025-12-18-session-19-cache.md | 40 ++++++++
    src/cache.py                                    | 12 ++++++------
    ```
    """
    paths = change.unaccounted
    if paths:
        files = "1 file" if len(paths) == 1 else f"{len(paths):,} files"
        listed = ", ".join((*paths[:_SHOWN], *(["…"] if len(paths) > _SHOWN else [])))
        yield CommitFinding(
            f"The branch changes {files} ({listed}), and brings no session log, entry or summary",
            "",
        )
