"""HG010: a branch changes what only the main branch may, where HANDOFF.md is built."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.change import CommitChange
from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import CommitFinding, Severity
from handoff_md.linter.options import Profile
from handoff_md.linter.rule import commit_rule


@commit_rule("HG010", "built-off-main", severity=Severity.ERROR, profile=Profile.DERIVED)
def check(change: CommitChange, context: Context) -> Iterator[CommitFinding]:
    """
    A commit that is not on the main branch changes HANDOFF.md or an old piece of it.

    ## Why

    In the profile `derived` a branch adds its session's file to `.agents/handoff.d`, and nothing
    else. HANDOFF.md is built on the main branch: two branches that both commit it conflict. Old
    pieces, and sessions' files that the main branch has, are edited, moved and deleted there, too:
    git may carry an edit of a file that another branch has deleted into a new one that is like it.
    Which commit it was is told with `--commits`; [HR004](HR004.md) finds what is left of it in the
    files.

    ```text bad
    * (topic) docs: reword the old entries
    |   M .agents/handoff.d/2025-12-17-entry-18-numbers.md
    * (main) chore: start
    ```

    ```text good
    * (topic) docs(session): log session 20
    |   A .agents/handoff.d/2025-12-18-session-20.md
    * (main) chore: start
    ```
    """
    if not change.is_off_main:
        return
    if change.is_edit:
        name = context.layout.handoff
        yield CommitFinding(f"{name} is changed off the main branch, and is built there", name)
    for path in change.pieces:
        yield CommitFinding(f"{path} is an old piece, and is changed off the main branch", path)
