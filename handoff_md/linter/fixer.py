"""Makes fixes, again and again until none is left; each step keeps all entries, or is not made."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, insort
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Diagnostic, Fix, Safety
from handoff_md.linter.engine import check_page
from handoff_md.linter.page import Page, PageKind, make_page
from handoff_md.linter.rule import Rule
from handoff_md.semantics.identity import recorded_sessions
from handoff_md.syntax.grammar import EntryKind, read_entry_heading
from handoff_md.syntax.nodes import Document, Entry
from handoff_md.syntax.session_id import SessionId
from handoff_md.text.edit import make_patch
from handoff_md.text.span import Span

_MOST_ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Fixed:
    """A page after its fixes: what was fixed, and what remains to be reported."""

    page: Page
    fixed: tuple[Diagnostic, ...]
    remaining: tuple[Diagnostic, ...]


def fix_page(page: Page, rules: Sequence[Rule], context: Context, *, unsafe: bool) -> Fixed:
    """Make the safe fixes of a page, and the unsafe ones where asked for.

    Fixes that overlap are made one after the other. One that would lose or change an entry is not
    made, and its finding remains. What was fixed counts lines of the text that it was found in.
    """
    fixed: list[Diagnostic] = []
    remaining = check_page(page, rules, context)
    for _ in range(_MOST_ROUNDS):
        wanted = [found for found in remaining if _is_wanted(found.fix, unsafe=unsafe)]
        page, made = _make_any(page, wanted)
        if not made:
            break
        fixed += made
        remaining = check_page(page, rules, context)
    return Fixed(page, tuple(fixed), remaining)


def _make_any(page: Page, wanted: Sequence[Diagnostic]) -> tuple[Page, Sequence[Diagnostic]]:
    """Make as many fixes as are sound together; none where none is sound."""
    while wanted:
        new, made, unsound = _make(page, _disjoint(wanted))
        if made:
            return new, made
        refused = {found.fix for found in unsound}
        wanted = [found for found in wanted if found.fix not in refused]
    return page, ()


def _is_wanted(fix: Fix | None, *, unsafe: bool) -> bool:
    return fix is not None and (unsafe or fix.safety is Safety.SAFE)


def _disjoint(wanted: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Choose the first of all that overlap; the others come in the next round.

    Findings that share one fix are mended by it together.
    """
    chosen: list[Diagnostic] = []
    fixes: set[Fix] = set()
    taken: list[Span] = []
    for diagnostic in wanted:
        fix = diagnostic.fix
        if fix is None:
            continue
        spans = [edit.span for edit in fix.edits]
        if fix not in fixes:
            if any(_meets_any(span, taken) for span in spans):
                continue
            fixes.add(fix)
            for span in spans:
                insort(taken, span)
        chosen.append(diagnostic)
    return chosen


def _meets_any(span: Span, taken: Sequence[Span]) -> bool:
    """Tell whether a span meets any of those taken: sorted, and apart from each other."""
    place = bisect_left(taken, span)
    return any(_meet(span, other) for other in taken[max(place - 1, 0) : place + 1])


def _meet(one: Span, other: Span) -> bool:
    """Tell whether two edits can't be made at once; two at one place can't."""
    if one.start == other.start:
        return True
    return one.start < other.end and other.start < one.end


def _make(
    page: Page, chosen: Sequence[Diagnostic]
) -> tuple[Page, Sequence[Diagnostic], Sequence[Diagnostic]]:
    """Make fixes together, or fewer of them where together they are not sound."""
    fixes = {found.fix for found in chosen if found.fix}
    new = _apply(page, fixes)
    if new:
        return new, chosen, ()
    if len(fixes) == 1:
        return page, (), chosen
    return _make(page, chosen[: len(chosen) // 2])


def _apply(page: Page, fixes: AbstractSet[Fix]) -> Page | None:
    """Give the page with fixes made; None where an entry would be lost or become another.

    Only the handoff document has entries: a log's title may look like one, and be what is fixed.
    """
    edits = [edit for fix in fixes for edit in fix.edits]
    new = make_page(
        page.kind,
        page.path,
        make_patch(page.source, edits).apply(),
        entries_heading=page.entries_heading,
    )
    if page.kind is not PageKind.HANDOFF:
        return new
    safe = all(fix.safety is Safety.SAFE for fix in fixes)
    return new if _keeps_entries(page.document, new.document, in_order=safe) else None


def _keeps_entries(old: Document, new: Document, *, in_order: bool) -> bool:
    if not in_order:
        told, known = _told(new), {what for what, _ in _told(new)}
        return all(
            (what, date) in told or (date is None and what in known) for what, date in _told(old)
        )
    before, after = old.entries, new.entries
    return len(before) == len(after) and all(map(_is_kept, before, after))


def _told(document: Document) -> set[tuple[SessionId | str, dt.date | None]]:
    """Give the sessions and titles that a document tells of, with their dates.

    A parallel section's title is but its sessions and date.
    """
    told: set[tuple[SessionId | str, dt.date | None]] = set()
    for found in recorded_sessions(document):
        told.add((found.key.session_id, found.key.date))
    for entry in document.entries:
        told.update((part.title, part.date or entry.date) for part in entry.parts)
        if not _is_parallel(entry):
            told.add((entry.title, entry.date))
    return told


def _is_parallel(entry: Entry) -> bool:
    """Tell whether an entry is a parallel section, or would be one but for its heading's form."""
    if entry.kind is EntryKind.PARALLEL:
        return True
    heading = read_entry_heading(entry.title)
    return heading is not None and heading.kind is EntryKind.PARALLEL


def _is_kept(old: Entry, new: Entry) -> bool:
    """Tell whether an entry is still the same; it may have become known by a link to its log."""
    same_ids = old.session_ids == new.session_ids or not old.session_ids
    return same_ids and old.date in (None, new.date)
