"""One commit as rules about history see it: what it made of the handoff document and the logs."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from handoff_md.semantics.entries.identity import SessionKey
from handoff_md.semantics.entries.items import Item, ItemKind, find_lacking, find_unlike
from handoff_md.syntax.grammar import LogName
from handoff_md.syntax.session_id import SessionId
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.value import Value

# What hosting services and git write for commits that join others: GitHub `Title (#12)`, GitLab
# `Title (!12)` and `See merge request group/project!12`, Bitbucket `… (pull request #12)`, Azure
# `Merged PR 12: …`, and `git merge --squash`.
_SQUASH = lazy_pattern(
    r"\A[^\n]*\((?:pull request )?[#!][0-9]+\)[ \t]*(?:\n|\Z)"
    r"|\AMerged? (?:PR [0-9]+:|pull request |branch |remote-tracking branch |commit |tag |in )"
    r"|^Squashed commit of the following:"
    r"|^See merge request \S*![0-9]+",
    re.MULTILINE,
)
_REVERT = lazy_pattern(
    r"\ARevert(?: \"|: |\()|\Arevert(?:\([^()\n]*\))?!?: |^This reverts commit ", re.MULTILINE
)


class Version(Value):
    """A version of the handoff document: its text, and what it tells of sessions."""

    source: Source
    items: tuple[Item, ...]


class AddedLog(Value):
    """A session log that a commit brings: its path, and what its name says."""

    path: str
    name: LogName


class History(Value):
    """What rules may ask of the history around a commit; worked out when it is asked for.

    Attributes:
        bases: gives the document's versions at the best common ancestors of two commits.
        elsewhere: gives what other documents of a commit tell, of those that name any of the items.
        had_before: tells whether the document, up to a commit, has ever had an item's heading.
        moved_logs: gives the paths of the logs that a commit has moved from where its parent had
            them.
    """

    bases: Callable[[str, str], tuple[Version, ...]]
    elsewhere: Callable[[str, Sequence[str]], tuple[Item, ...]]
    had_before: Callable[[str, str], bool]
    moved_logs: Callable[[str, str], frozenset[str]]


class CommitChange(Value, dict=True, gc=True):
    """A commit: what it says, and what became of the document and the logs.

    Attributes:
        commit: its full id.
        parents: those of its parents, in their order.
        message: the commit message.
        sessions: the values of its ``Handoff-Session`` trailers.
        orchestrators: the values of its ``Handoff-Orchestrator`` trailers.
        after: the document as the commit leaves it, None where there is none.
        before: the document of each parent, None where it has none.
        added_logs: the logs that its first parent lacks, renamed ones left out.
        is_edit: the document differs from that of each parent.
        is_off_main: the main branch does not have the commit.
        history: what lies around it.
        date: the day it was made, the later of its author's and its committer's; None where nobody
            knows.
        pieces: the files of pieces that stood in a parent, and that it edits, moves or deletes.
        unaccounted: the files that a branch which ends here changes without a session.
    """

    commit: str
    parents: tuple[str, ...]
    message: str
    sessions: tuple[str, ...]
    orchestrators: tuple[str, ...]
    after: Version | None
    before: tuple[Version | None, ...]
    added_logs: tuple[AddedLog, ...]
    is_edit: bool
    is_off_main: bool
    history: History
    date: dt.date | None = None
    pieces: tuple[str, ...] = ()
    unaccounted: tuple[str, ...] = ()

    @property
    def is_joint(self) -> bool:
        """Tell whether the commit brings what others have made: a merge, a squash, a revert."""
        return (
            len(self.parents) > 1
            or _SQUASH.search(self.message) is not None
            or _REVERT.search(self.message) is not None
        )

    @cached_property
    def added(self) -> tuple[Item, ...]:
        """Give the items that the first parent's document lacks; none where that did not exist."""
        if self.after is None or not self.parents or self.before[0] is None:
            return ()
        return find_lacking(self.after.items, self.before[0].items)

    def find_new(self, items: Sequence[Item]) -> tuple[Item, ...]:
        """Give those of the added items that nothing before has told of.

        One that another document told of was moved, and one that the document had at an earlier
        time is restored.
        """
        if not items or self.after is None:
            return ()
        parent, source = self.parents[0], self.after.source
        others = self.history.elsewhere(parent, words_of(items, source))
        return tuple(
            item
            for item in find_unlike(items, others)
            if not self.history.had_before(parent, heading_of(item, source))
        )


def heading_of(item: Item, source: Source) -> str:
    """Give an item's heading as it is written; its first line where it has several."""
    return source.slice(item.place).partition("\n")[0].strip()


def words_of(items: Sequence[Item], source: Source) -> tuple[str, ...]:
    """Give the words by which another document that tells of the items can be found."""
    headings = [heading_of(item, source) for item in items if item.kind is not ItemKind.ROW]
    logs = [key.log for item in items for key in item.keys if key.log]
    return tuple(dict.fromkeys([*headings, *logs]))


def find_sessions(items: Iterable[Item]) -> tuple[SessionId, ...]:
    """Give the ids of the sessions that items are about, each session once, in their order."""
    known: list[SessionKey] = []
    for key in (key for item in items for key in item.keys):
        if not any(_may_be_one(key, other) for other in known):
            known.append(key)
    return tuple(sorted((key.session_id for key in known), key=lambda found: found.order))


def name_ids(ids: Sequence[SessionId]) -> str:
    """Write ids as in a sentence: ``19, 20 and 21``."""
    *first, last = map(str, ids)
    return f"{', '.join(first)} and {last}" if first else last


def _may_be_one(one: SessionKey, other: SessionKey) -> bool:
    """Tell whether two keys are one session, as far as they tell."""
    if one.log and other.log:
        return one.log == other.log
    return one.session_id == other.session_id and not (
        one.date and other.date and one.date != other.date
    )
