"""HG001: a commit brings the entries of several sessions."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.change import Change, find_sessions, name_ids
from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import CommitFinding, Severity
from handoff_md.linter.rule import commit_rule
from handoff_md.semantics.items import ItemKind


@commit_rule("HG001", "bundled-entries", severity=Severity.ERROR)
def check(change: Change, _context: Context) -> Iterator[CommitFinding]:
    """
    A commit adds the entries of two or more sessions, outside a parallel section.

    ## Why

    Agents that share a checkout commit each other's work: the commit says one session's words, and
    holds what several have done. None of them can be reverted, or found in the log, by itself.
    Sessions that ran in parallel belong in one `Parallel Sessions` section, which
    `handoff-md merge` writes and commits with a trailer for each of them.

    An entry that was only moved or edited is not added, nor is one that comes back: from another
    document, or from an earlier version of this one. An entry without a session's id counts for
    none. Not judged are merges, squash merges (`Title (#12)`, `Title (!12)`, `Merged PR 12: …`,
    `Squashed commit of the following:`), reverts, and the commit that brings the document itself.

    ```text bad
    feat(cache): keep the look-ups

        +### 2025-12-18: Keep the look-ups (Session 20)
        +### 2025-12-18: Read the protocol (Session 19)
    ```

    ```text good
    docs(handoff): merge parallel sessions 19, 20

        +### Parallel Sessions 19, 20 (2025-12-18)
        +#### Session 19: Read the protocol
        +#### Session 20: Keep the look-ups
    ```
    """
    added = [item for item in change.added if item.kind is ItemKind.ENTRY and item.keys]
    if len(added) < 2 or change.is_joint or len(find_sessions(added)) < 2:  # noqa: PLR2004 - a bundle
        return
    new = change.find_new(added)
    ids = find_sessions(new)
    if len(new) > 1 and len(ids) > 1:
        yield CommitFinding(
            f"One commit adds the entries of {len(ids)} sessions outside a parallel section: "
            f"{name_ids(ids)}",
            new[0].name,
            new[0].place,
            sessions=ids,
        )
