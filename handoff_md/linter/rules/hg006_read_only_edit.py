"""HG006: HANDOFF.md changes on a branch though only the main branch may."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.change import CommitChange
from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import CommitFinding, Severity
from handoff_md.linter.options import Profile
from handoff_md.linter.rule import commit_rule


@commit_rule("HG006", "read-only-edit", severity=Severity.ERROR, profile=Profile.READ_ONLY)
def check(change: CommitChange, context: Context) -> Iterator[CommitFinding]:
    """
    A commit that is not on the main branch changes HANDOFF.md.

    ## Why

    In the profile `read-only` sessions write their logs and summaries, and HANDOFF.md is updated
    on the main branch alone: so no two branches can change it at once. The main branch is the
    setting `main-branch`, else what the remote's HEAD names, else `main` or `master`. A merge
    that takes over the document of one of its parents changes nothing.

    ```text bad
    * (topic) feat(cache): keep the look-ups
    |   M .agents/HANDOFF.md
    * (main) chore: start
    ```

    ```text good
    * (topic) feat(cache): keep the look-ups
    |   A .agents/sessions/2025-12-18-session-20-look-ups.md
    * (main) chore: start
    ```
    """
    if change.is_edit and change.is_off_main:
        name = context.layout.handoff
        yield CommitFinding(f"{name} is changed off the main branch", name)
