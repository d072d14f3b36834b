"""HG003: a merge drops what one of its sides has written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handoff_md.linter.change import CommitChange, Version, words_of
from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import CommitFinding, Severity
from handoff_md.linter.rule import commit_rule
from handoff_md.semantics.entries.items import (
    Item,
    ItemKind,
    find_apart,
    find_lacking,
    find_unlike,
    is_beyond_limit,
)
from handoff_md.text.span import Span

_NAMES = {
    ItemKind.ENTRY: "entry",
    ItemKind.PART: "part of a parallel section",
    ItemKind.ROW: "table row",
}
_LONGEST = 80


@commit_rule("HG003", "entry-lost-in-merge", severity=Severity.ERROR)
def check(change: CommitChange, _context: Context) -> Iterator[CommitFinding]:
    r"""
    A merge lacks an entry, or a row of a session table, that one of its parents has added.

    ## Why

    When both sides have changed HANDOFF.md git asks a person or an agent to choose, and what the
    choice leaves out is gone without a word: neither side has removed it.

    Added is what a parent has and the common ancestor lacks. It is not lost if it stands elsewhere
    in the document, under another heading, or in another document of the merge; nor if its section
    is headed `(Last N)` and is full. The place is where the entry should stand.

    ```text bad
    *   Merge branch 'topic'
    |\
    | * + ### 2025-12-18: Read the protocol (Session 19)
    * | + ### 2025-12-18: Keep the look-ups (Session 20)

    after the merge: Session 20 alone
    ```

    ```text good
    *   Merge branch 'topic'
    |\
    | * + ### 2025-12-18: Read the protocol (Session 19)
    * | + ### 2025-12-18: Keep the look-ups (Session 20)

    after the merge: both
    ```
    """
    reported: list[Item] = []
    for number, version in enumerate(change.before):
        if len(change.parents) < 2 or version is None:  # noqa: PLR2004 - a merge
            continue
        lost = _find_lost(change, number, version)
        for item in find_lacking(lost, reported):
            reported.append(item)
            yield CommitFinding(
                f"The {_NAMES[item.kind]} `{_shorten(item.name)}` that parent {number + 1} "
                f"({change.parents[number][:12]}) has added is missing from this merge",
                item.name,
                _place(change, version, item),
                sessions=item.session_ids,
            )


def _find_lost(change: CommitChange, number: int, version: Version) -> tuple[Item, ...]:
    """Give what a parent has added and the merge lacks, in the parent's order."""
    kept = change.after.items if change.after else ()
    theirs = {
        (item.name, item.body)
        for other, its in enumerate(change.before)
        if other != number and its
        for item in its.items
    }
    brought = [item for item in kept if (item.name, item.body) in theirs]
    own = [item for item in kept if (item.name, item.body) not in theirs]
    lost = find_lacking(find_apart(version.items, brought), own)
    left = [item for item in lost if not is_beyond_limit(item, kept)]
    added = _find_added(change, number, version, left)
    if not added:
        return ()
    words = words_of(added, version.source)
    return find_unlike(added, change.history.elsewhere(change.commit, words))


def _find_added(
    change: CommitChange, number: int, version: Version, items: Sequence[Item]
) -> Sequence[Item]:
    """Give the items that are new since a common ancestor, and that no other parent removed."""
    new: set[int] = set()
    for other, its in enumerate(change.before):
        if other == number or not items:
            continue
        bases = change.history.bases(change.parents[number], change.parents[other])
        fresh = _ids(version.items)
        for base in bases:
            fresh &= _ids(find_lacking(version.items, base.items))
        gone = _ids(find_lacking(version.items, its.items if its else ()))
        items = [item for item in items if id(item) in fresh or id(item) not in gone]
        new |= fresh
    return [item for item in items if id(item) in new]


def _ids(items: Sequence[Item]) -> set[int]:
    return {id(item) for item in items}


def _place(change: CommitChange, version: Version, lost: Item) -> Span:
    """Give the heading in the merge of what follows the lost item in its parent, else the start."""
    places = {item.name: item.place for item in (change.after.items if change.after else ())}
    behind = version.items[version.items.index(lost) + 1 :]
    return next((places[item.name] for item in behind if item.name in places), Span(0, 0))


def _shorten(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
