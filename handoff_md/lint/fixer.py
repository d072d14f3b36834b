"""Makes fixes, again and again until none is left; each step keeps all entries, or is not made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handoff_md.lint.context import Context
from handoff_md.lint.diagnostic import Diagnostic, Fix, Safety
from handoff_md.lint.engine import check_page
from handoff_md.lint.page import Page, make_page
from handoff_md.lint.rule import Rule
from handoff_md.semantics.identity import recorded_sessions
from handoff_md.syntax.nodes import Document, Entry
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
    refused: set[tuple[str, ...]] = set()
    for _ in range(_MOST_ROUNDS):
        remaining = check_page(page, rules, context)
        wanted = [
            found
            for found in remaining
            if _is_wanted(found.fix, unsafe=unsafe) and found.fingerprint not in refused
        ]
        if not wanted:
            break
        page, made, unsound = _make(page, _disjoint(wanted))
        fixed += made
        refused.update(found.fingerprint for found in unsound)
    return Fixed(page, tuple(fixed), remaining)


def _is_wanted(fix: Fix | None, *, unsafe: bool) -> bool:
    return fix is not None and (unsafe or fix.safety is Safety.SAFE)


def _disjoint(wanted: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Choose the first of all that overlap; the others come in the next round."""
    chosen: list[Diagnostic] = []
    taken: list[Span] = []
    for diagnostic in wanted:
        spans = [edit.span for edit in diagnostic.fix.edits] if diagnostic.fix else []
        if not any(_meet(span, other) for span in spans for other in taken):
            chosen.append(diagnostic)
            taken += spans
    return chosen


def _meet(one: Span, other: Span) -> bool:
    """Tell whether two edits can't be made at once; two at one place can't."""
    if one.start == other.start:
        return True
    return one.start < other.end and other.start < one.end


def _make(
    page: Page, chosen: Sequence[Diagnostic]
) -> tuple[Page, Sequence[Diagnostic], Sequence[Diagnostic]]:
    """Make fixes together, or one alone where together they are not sound."""
    new = _apply(page, chosen)
    if new:
        return new, chosen, ()
    if len(chosen) == 1:
        return page, (), chosen
    unsound = [found for found in chosen if _apply(page, (found,)) is None]
    if unsound:
        return page, (), unsound
    return _make(page, chosen[:1])


def _apply(page: Page, chosen: Sequence[Diagnostic]) -> Page | None:
    """Give the page with fixes made; None where an entry would be lost or become another."""
    edits = [edit for found in chosen if found.fix for edit in found.fix.edits]
    new = make_page(
        page.kind,
        page.path,
        make_patch(page.source, edits).apply(),
        entries_heading=page.entries_heading,
    )
    safe = all(found.fix is None or found.fix.safety is Safety.SAFE for found in chosen)
    return new if _keeps_entries(page.document, new.document, in_order=safe) else None


def _keeps_entries(old: Document, new: Document, *, in_order: bool) -> bool:
    if not in_order:
        kept = {(found.key.session_id, found.key.date) for found in recorded_sessions(new)}
        return all(
            (found.key.session_id, found.key.date) in kept for found in recorded_sessions(old)
        )
    before, after = old.entries, new.entries
    return len(before) == len(after) and all(map(_is_kept, before, after))


def _is_kept(old: Entry, new: Entry) -> bool:
    """Tell whether an entry is still the same; it may have become known by a link to its log."""
    same_ids = old.session_ids == new.session_ids or not old.session_ids
    return same_ids and old.date in (None, new.date)
