"""HS007: a session log names a commit that the repository does not have."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.logs.words import find_commit_ids


@rule("HS007", "unknown-commit", severity=Severity.WARNING)
def check(page: Page, context: Context) -> Iterator[Finding]:
    """
    A commit that a session log names is not in the repository.

    ## Why

    The commit is evidence of what was done. Where it is missing it was mistyped, or a rebase or a
    squash has replaced it: the log should name the one that has the work now.

    Looked at are hexadecimal ids in a line, or below a heading, that speaks of commits, outside of
    code blocks, paths and addresses; each is reported once. In a shallow or partial clone nothing
    is said.

    ```markdown bad
    # Session 19

    - **Starting Commit**: `3462a28`
    ```

    ```markdown good
    # Session 19

    - **Starting Commit**: not noted
    - The colour is `3462a28`.
    ```
    """
    unknown = context.around.unknown_commits
    if unknown is None:
        return
    places = list(find_commit_ids(page.document, page.code_lines))
    missing = unknown(page.source.slice(place) for place in places) if places else ()
    told: set[str] = set()
    for place in places:
        name = page.source.slice(place)
        if name in missing and name not in told:
            told.add(name)
            yield Finding(place, f"The repository has no commit `{name}`")
