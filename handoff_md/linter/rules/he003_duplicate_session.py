"""HE003: a session is entered once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Fix, Safety, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.entries.identity import (
    Recorded,
    claimed_sessions,
    heading_words,
    is_continued,
)
from handoff_md.semantics.entries.rearrange import are_copies, remove
from handoff_md.syntax.grammar import EntryKind
from handoff_md.syntax.nodes import Entry, Section
from handoff_md.text.span import Span

_Siblings = Mapping[int, tuple[Sequence[Section | Entry], int]]


@rule("HE003", "duplicate-session", severity=Severity.ERROR, fix=Safety.UNSAFE)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    Two entries, or an entry and a part of a parallel section, tell of the same session.

    ## Why

    A merge of branches brings an entry in twice, and both are then edited apart. A reader can't
    know which one holds. Sessions are the same if their logs are; where a log is not known, if id
    and date are. An equal number alone says nothing: numbers restart. An entry whose heading says
    that it continues another one is no duplicate.

    If two entries are copies of each other, the fix takes the later one out.

    ```markdown bad
    ## Recent Sessions

    ### 2025-12-18: Cache the look-ups (Session 19)

    Done.

    ### 2025-12-18: Cache all look-ups (Session 19)

    Done, and measured.
    ```

    ```markdown bad
    ## Recent Sessions

    ### 2025-12-18: Cache the look-ups (Session 19)

    Done.

    ### 2025-12-18: Cache the look-ups (Session 19)

    Done.
    ```

    ```markdown fixed
    ## Recent Sessions

    ### 2025-12-18: Cache the look-ups (Session 19)

    Done.
    ```

    ```markdown good
    ## Recent Sessions

    ### 2025-12-19: Cache the look-ups (Session 1)

    ### 2025-12-18: Read the protocol, continued (Session 1)

    ### 2025-12-18: Read the protocol (Session 1)
    ```
    """
    told, siblings = _Told(), _siblings(page)
    torn_off = {
        heading.span.start: section.entry
        for section in page.parallel_sections
        for heading, _ in section.torn_off_parts
    }
    for recorded in page.recorded:
        if not _is_entered(page, recorded):
            continue
        twin = told.find(recorded)
        told.add(recorded)
        home = torn_off.get(recorded.entry.heading.span.start, recorded.entry)
        if twin is None or twin.entry is home:
            continue
        line = page.source.position(_place(twin).start).line
        yield Finding(
            _place(recorded),
            f"Session {recorded.key.session_id} is already entered in line {line}",
            _fix(page, twin, recorded, siblings),
            (_place(twin),),
            (recorded.key.session_id,),
        )


class _Told(Struct):
    """The sessions that the document has told of so far: the first of each log, id and date."""

    by_log: dict[str, Recorded] = field(default_factory=dict)
    by_day: dict[tuple[object, ...], Recorded] = field(default_factory=dict)
    without_log: dict[tuple[object, ...], Recorded] = field(default_factory=dict)

    def find(self, recorded: Recorded) -> Recorded | None:
        """Give the first that is the same session, as `is_same_session` judges."""
        key = recorded.key
        if key.log and key.log in self.by_log:
            return self.by_log[key.log]
        if key.date is None:
            return None
        known = self.without_log if key.log else self.by_day
        return known.get((key.session_id, key.date))

    def add(self, recorded: Recorded) -> None:
        key = recorded.key
        day = (key.session_id, key.date)
        self.by_day.setdefault(day, recorded)
        if key.log:
            self.by_log.setdefault(key.log, recorded)
        else:
            self.without_log.setdefault(day, recorded)


def _is_entered(page: Page, recorded: Recorded) -> bool:
    """Tell whether an entry is the session's own: no sequel, and no section about it elsewhere."""
    entry = recorded.entry
    if entry.kind is EntryKind.PARALLEL:
        return True
    words = heading_words(page.source, entry)
    if is_continued(words):
        return False
    return entry.kind is EntryKind.DATED or bool(claimed_sessions(words, entry.session_ids))


def _place(recorded: Recorded) -> Span:
    return (recorded.part or recorded.entry).heading.text


def _fix(page: Page, twin: Recorded, recorded: Recorded, siblings: _Siblings) -> Fix | None:
    """Take out an entry that is a copy of a sibling; elsewhere it may be there for its place."""
    entry = recorded.entry
    if twin.part or recorded.part or not are_copies(page.source, twin.entry, entry):
        return None
    headed, index = siblings.get(entry.span.start, ((), 0))
    if not headed or siblings.get(twin.entry.span.start, ((), 0))[0] is not headed:
        return None
    return Fix("take out the copy", (remove(page.source, headed, index),), Safety.UNSAFE)


def _siblings(page: Page) -> _Siblings:
    """Give the siblings of each entry, and its place among them, by where the entry starts."""
    families = [
        [node for node in nodes if isinstance(node, Section | Entry)] for nodes in page.families
    ]
    return {
        node.span.start: (headed, index) for headed in families for index, node in enumerate(headed)
    }
