"""HE001: a heading among the entries does not head one as the others do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.entries.identity import is_placeholder
from handoff_md.syntax.form.periods import read_period
from handoff_md.syntax.grammar import EntryKind, read_entry_heading
from handoff_md.syntax.nodes import Entry, Node, Section
from handoff_md.text.pattern import lazy_pattern

_FEWEST = 3  # headings that make a shape
_MOST_OTHERS = 4  # one in so many may differ; with more, the document has no one shape

_MAIN = 2  # the level of a document's main sections
_STAGE = lazy_pattern(r"(?i)\W*(?:week|sprint|phase|milestone|release|version|v[0-9]|q[1-4]\b)")


@rule("HE001", "malformed-entry-heading", severity=Severity.WARNING)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    A heading among the entries lacks what the headings of the others have.

    ## Why

    An entry is found by its heading: by its date, or by its session. One without is passed over
    when entries are ordered, merged and counted.

    The shape is the document's own: if at least three of four entries are headed by a date, each
    should be; else, if as many are headed by a session's id, each should be. A document that mixes
    shapes is left alone, and so are headings before the first entry and behind the last one, unless
    they head an entry of another shape. Headings of a month, a week or a phase may part entries, as
    may any where entries stand among a document's main sections. An entry that only holds a
    session's place, as ``Session 4: [Pending]`` does, may lack anything.

    ```markdown bad
    ## Recent Sessions

    ### 2025-12-20: Cache the look-ups (Session 21)

    ### Session 20 Completion

    ### 2025-12-19: Read the protocol (Session 19)

    ### 2025-12-18: Set up the project (Session 18)
    ```

    ```markdown good
    ## Recent Sessions

    ### 2025-12-20: Cache the look-ups (Session 21)

    ### 2025-12-20: Completion (Session 20)

    ### 2025-12-19: Read the protocol (Session 19)

    ### 2025-12-18: Set up the project (Session 18)

    ### Archive
    ```
    """
    section = page.entries_section
    if section is None:
        return
    read = [
        (entry, heading)
        for entry in section.entries
        if entry.kind is not EntryKind.PARALLEL
        and not is_placeholder(page.document, entry)
        and (heading := read_entry_heading(page.source.slice(entry.heading.text)))
    ]
    between = _between(section.nodes, page)
    if len(between) * (_MOST_OTHERS - 1) > len(read):
        return
    undated = [entry for entry, heading in read if not (heading.date or _by_form(entry).date)]
    unnumbered = [
        entry for entry, heading in read if not (heading.session_ids or _by_form(entry).session_ids)
    ]
    if _are_few(undated, len(read)):
        yield from _report(undated, "has no date", len(read) - len(undated))
    elif _are_few(unnumbered, len(read)):
        yield from _report(unnumbered, "names no session", len(read) - len(unnumbered))
    apart = section.level > _MAIN and len(read) >= _FEWEST
    for node in between if apart else ():
        message = (
            f"The heading names neither a date nor a session, and stands among {len(read)} entries"
        )
        yield Finding(node.heading.text, message)


def _by_form(entry: Entry) -> Entry:
    """Give an entry with what the form reads in its heading, and nothing from its log."""
    return replace(entry, date=None, session_ids=()) if entry.log else entry


def _are_few(others: Sequence[Entry], count: int) -> bool:
    return count - len(others) >= _FEWEST and len(others) * _MOST_OTHERS <= count


def _report(others: Sequence[Entry], what: str, count: int) -> Iterator[Finding]:
    for entry in others:
        message = f"The heading {what}, unlike those of the {count} other entries"
        yield Finding(entry.heading.text, message, sessions=entry.session_ids)


def _between(nodes: Sequence[Node], page: Page) -> list[Section]:
    """Give the sections between entries, of their level, that have not escaped from a summary."""
    places = [index for index, node in enumerate(nodes) if isinstance(node, Entry)]
    if not places:
        return []
    levels = {node.heading.level for node in nodes if isinstance(node, Entry)}
    escaped = {one.heading for section in page.parallel_sections for one in section.escaped}
    return [
        node
        for node in nodes[places[0] : places[-1]]
        if isinstance(node, Section)
        and node.heading.level in levels
        and node.heading not in escaped
        and not _parts_entries(page.source.slice(node.heading.text))
    ]


def _parts_entries(words: str) -> bool:
    """Tell whether a heading is of a month, a week or a phase."""
    return bool(_STAGE.match(words)) or read_period(words) is not None
