"""HE002: one date and title head two entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Fix, Safety, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.entries.rearrange import are_copies, remove
from handoff_md.syntax.grammar import EntryKind
from handoff_md.syntax.nodes import Entry, Heading, Node, Section
from handoff_md.text.pattern import lazy_pattern

_MOST_COMPARED = 8
_ORNAMENT = lazy_pattern(r"[*_`]|[^\w\x00-\x7f]+\s*$")  # emphasis, and emoji at the end
_TIME = lazy_pattern(r"\b[0-9]{1,2}:[0-9]{2}\b")
_Known = dict[tuple[object, ...], list[Entry]]


@rule("HE002", "duplicate-entry", severity=Severity.ERROR, fix=Safety.UNSAFE)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    Two entries among the same have one date and one title.

    ## Why

    A merge of branches brings an entry in twice, and both are then edited apart. Entries of
    different sessions, logs or times of the day may well have one title; entries without a date, or
    without a title, are duplicates only where their texts are equal. Sections of one heading and
    level count as one, for a whole section can come in twice.

    If the texts are equal, the fix takes the later entry out. It is unsafe, for nothing that stands
    in a file twice by intent can be told from what does by mistake.

    ```markdown bad
    ## Recent Sessions

    ### 2025-12-19: Read the protocol

    Done.

    ### 2025-12-18: Cache the look-ups

    Done.

    ### 2025-12-18: Cache the look-ups

    Done.
    ```

    ```markdown fixed
    ## Recent Sessions

    ### 2025-12-19: Read the protocol

    Done.

    ### 2025-12-18: Cache the look-ups

    Done.
    ```

    ```markdown good
    ## Recent Sessions

    ### 2025-12-18: Answer the review (Session 20)

    ### 2025-12-18: Answer the review (Session 19)
    ```
    """
    known: dict[tuple[str, int], _Known] = {}
    for nodes in page.families:
        headed = [node for node in nodes if isinstance(node, Section | Entry)]
        yield from _check_siblings(page, headed, known.setdefault(_section(page, nodes), {}))


def _section(page: Page, nodes: Sequence[Node]) -> tuple[str, int]:
    """Give the words and level of the heading that nodes stand below; none at the top level."""
    first = nodes[0] if nodes else None
    if not isinstance(first, Heading):
        return "", 0
    return " ".join(page.source.slice(first.text).casefold().split()), first.level


def _check_siblings(
    page: Page, headed: Sequence[Section | Entry], first: _Known
) -> Iterator[Finding]:
    for index, entry in enumerate(headed):
        if not isinstance(entry, Entry) or entry.kind is EntryKind.PARALLEL:
            continue
        words = page.source.slice(entry.heading.text)
        title = " ".join(_ORNAMENT.sub("", entry.title).casefold().split())
        times = (entry.time, entry.last, *_TIME.findall(words))
        key = (title, entry.date, times, entry.heading.level)
        known = first.setdefault(key, [])
        twin = _twin(page, known, entry, named=bool(title and entry.date))
        known.append(entry)
        if twin:
            yield _finding(page, headed, index, twin)


def _twin(page: Page, known: list[Entry], entry: Entry, *, named: bool) -> Entry | None:
    """Give the first entry of equal heading that a given one repeats.

    Of a crowd of equal headings, a few are looked at: it is no crowd of mistakes.
    """
    for other in known[:_MOST_COMPARED]:
        if other.log and entry.log and other.log != entry.log:
            continue
        if other.session_ids and entry.session_ids and other.session_ids != entry.session_ids:
            continue
        if named or are_copies(page.source, other, entry):
            return other
    return None


def _finding(page: Page, headed: Sequence[Section | Entry], index: int, twin: Entry) -> Finding:
    entry = headed[index]
    fix = None
    if are_copies(page.source, twin, entry):
        edit = remove(page.source, headed, index)
        fix = Fix("take out the copy", (edit,), Safety.UNSAFE)
    line = page.source.position(twin.heading.text.start).line
    ids = entry.session_ids if isinstance(entry, Entry) else ()
    what = "An entry of this date and title" if twin.date and twin.title else "An equal entry"
    return Finding(
        entry.heading.text,
        f"{what} already stands in line {line}",
        fix,
        (twin.heading.text,),
        ids,
    )
