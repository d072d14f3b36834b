"""Proves a clean merge before it is called one: nothing lost, nothing doubled, structure intact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from handoff_md.semantics.conflict_markers import find_conflict_markers
from handoff_md.syntax.nodes import Document, Entry, Heading, Part, Section, Table, walk
from handoff_md.syntax.table import split_row


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a merge says of itself: lines it has made, and those it gave up on purpose."""

    made: Sequence[str]
    dropped: Sequence[str]


def find_defect(
    base: Document, ours: Document, theirs: Document, result: Document, evidence: Evidence
) -> str | None:
    """Say what is wrong with a clean merge; None if it holds.

    Each heading, entry, row and line has to stand there as often as a three-way merge of its counts
    allows; reference definitions have to lead where the sides' do.
    """
    versions = (base, ours, theirs, result)
    if find_conflict_markers(result.source, result.blocks.tokens, result.first_line):
        return "the result holds a conflict marker"
    if result.blocks.too_deep is not None:
        return "the result nests too deep to be parsed"
    checks = (
        ("entry", [Counter(_entries(document)) for document in versions], True),
        ("heading", [Counter(_headings(document)) for document in versions], False),
        ("row", [Counter(_session_rows(document)) for document in versions], True),
    )
    for name, counts, once in checks:
        wrong = _find_miscounted(counts, Counter(), Counter(), once=once)
        if wrong is not None:
            return f"{name} lost or doubled: {wrong}"
    made, dropped = (_count_lines(lines) for lines in (evidence.made, evidence.dropped))
    lines = [_count_lines(document.source.text.split("\n")) for document in versions]
    wrong = _find_miscounted(lines, made, dropped, once=False)
    if wrong is not None:
        return f"line lost or doubled: {wrong}"
    return _find_wrong_reference(versions)


def _find_miscounted(
    counts: Sequence[Counter[Hashable]],
    made: Counter[Hashable],
    dropped: Counter[Hashable],
    *,
    once: bool,
) -> Hashable | None:
    """Give what stands in the result less or more often than both sides' changes allow.

    Where both sides have added (or both removed) the same, anything from one side's change to the
    sum of both will do, unless it has to be there ``once``.
    """
    before, mine, yours, found = counts
    for key in before.keys() | mine.keys() | yours.keys() | found.keys():
        ours, theirs = mine[key] - before[key], yours[key] - before[key]
        together = before[key] + ours + theirs
        low = high = together
        if ours * theirs > 0:
            strongest = before[key] + (max(ours, theirs) if ours > 0 else min(ours, theirs))
            low, high = sorted((together, strongest))
            high = strongest if once else high
        if not low - dropped[key] <= found[key] - made[key] <= max(high, 0):
            return key
    return None


def _entries(document: Document) -> Iterator[Hashable]:
    for node in walk(document):
        if isinstance(node, Entry):
            yield document.source.slice(node.heading.text), node.log


def _headings(document: Document) -> Iterator[Hashable]:
    for node in walk(document):
        if isinstance(node, Heading):
            yield node.level, document.source.slice(node.text)


def _session_rows(document: Document) -> Iterator[Hashable]:
    source = document.source
    for node in walk(document):
        if isinstance(node, Table) and node.by_session:
            for row in node.children:
                yield tuple(
                    source.slice(cell).strip("*_ ") for cell in split_row(source, row.span)[:2]
                )


def _count_lines(lines: Sequence[str]) -> Counter[Hashable]:
    return Counter(line.strip() for line in lines if line.strip(" \t\r\n-*_"))


def _find_wrong_reference(versions: Sequence[Document]) -> str | None:
    """Name a link label that both sides define, and not alike."""
    before, mine, yours, found = (document.blocks.references for document in versions)
    for label in found:
        wanted = mine.get(label), yours.get(label)
        if wanted[0] != wanted[1] and found[label] not in (
            None,
            *(ref for ref in wanted if ref != before.get(label)),
        ):
            return f"link label {label!r} leads elsewhere"
        if None not in wanted and wanted[0] != wanted[1] and before.get(label) not in wanted:
            return f"link label {label!r} is defined by both sides, and not alike"
    return None


def outline_of(document: Document) -> Iterator[tuple[int, str]]:
    """Give each section's depth and heading, in the order of the text."""
    yield from _outline(document, document.children, 0)


def _outline(document: Document, nodes: Sequence[object], depth: int) -> Iterator[tuple[int, str]]:
    for node in nodes:
        if isinstance(node, Section | Entry | Part):
            yield depth, document.source.slice(node.heading.span)
            yield from _outline(document, node.children, depth + 1)
