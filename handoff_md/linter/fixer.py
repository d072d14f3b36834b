"""Makes fixes, again and again until none is left; each step keeps all entries, or is not made."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import accumulate

from msgspec.structs import replace

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Diagnostic, Fix, Safety
from handoff_md.linter.engine import UNUSED, check_page
from handoff_md.linter.page import Page, PageKind
from handoff_md.linter.rule import Rule
from handoff_md.semantics.entries.identity import recorded_sessions
from handoff_md.syntax.grammar import EntryKind, read_entry_heading
from handoff_md.syntax.nodes import Document, Entry
from handoff_md.syntax.session_id import SessionId
from handoff_md.text.alignment import narrow
from handoff_md.text.edit import Edit, Patch, compose, make_patch
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_MOST_ROUNDS = 100


Choose = Callable[[Sequence[Diagnostic]], Sequence[Diagnostic]]


class Fixed(Value):
    """A page after its fixes: what was fixed, by which patch, and what remains to be reported."""

    page: Page
    patch: Patch
    fixed: tuple[Diagnostic, ...]
    remaining: tuple[Diagnostic, ...]


class _Made(Value):
    """A page after one round of fixes: its patch against the page before, and what was found."""

    page: Page
    patch: Patch
    found: Sequence[Diagnostic]


def fix_page(
    page: Page,
    rules: Sequence[Rule],
    context: Context,
    *,
    unsafe: bool,
    choose: Choose = lambda found: found,
) -> Fixed:
    """Make the safe fixes of a page, and the unsafe ones where asked for.

    Fixes that overlap are made one after the other. One that would lose or change an entry is not
    made; neither is a safe one that would make other blocks of the lines around it: such a finding
    remains, without a fix. Of suppressions only those go that were idle before; what these fixes
    have made idle remains. What was fixed counts lines of the text that it was found in.

    Args:
        page: the page as it is.
        rules: those that find what is to be fixed.
        context: what they may ask.
        unsafe: make unsafe fixes too.
        choose: which of the findings are to be fixed, and reported where they remain.
    """
    fixed: list[Diagnostic] = []
    patch = make_patch(page.source, ())
    remaining = choose(check_page(page, rules, context))
    idle = _find_idle(remaining)
    for _ in range(_MOST_ROUNDS):
        wanted = [
            found for found in _spare(remaining, idle) if _is_wanted(found.fix, unsafe=unsafe)
        ]
        made = _make_any(page, wanted)
        if made is None:
            unsound = set(wanted)
            remaining = [
                replace(found, fix=None) if found in unsound else found for found in remaining
            ]
            break
        page, patch = made.page, compose(patch, made.patch)
        fixed += made.found
        remaining = choose(check_page(page, rules, context))
        idle = frozenset(_carry(idle, made.patch))
    return Fixed(page, narrow(patch), tuple(fixed), tuple(remaining))


def _find_idle(found: Sequence[Diagnostic]) -> frozenset[Span]:
    """Give the places of the suppressions that silence nothing."""
    return frozenset(diagnostic.span for diagnostic in found if diagnostic.code == UNUSED)


def _spare(found: Sequence[Diagnostic], idle: AbstractSet[Span]) -> Iterator[Diagnostic]:
    """Leave out the findings whose fix would take out a suppression that is not among the idle."""
    unused = [diagnostic for diagnostic in found if diagnostic.code == UNUSED]
    spared = {diagnostic.fix for diagnostic in unused if diagnostic.span not in idle}
    for diagnostic in found:
        if diagnostic.code != UNUSED or diagnostic.fix not in spared:
            yield diagnostic


def _carry(spans: AbstractSet[Span], patch: Patch) -> Iterator[Span]:
    """Give where spans stand after a patch; those that it touches are left out."""
    edits, passed, moved = patch.edits, 0, 0
    for span in sorted(spans):
        while passed < len(edits) and edits[passed].span.end <= span.start:
            moved += len(edits[passed].text) - len(edits[passed].span)
            passed += 1
        if passed == len(edits) or edits[passed].span.start >= span.end:
            yield Span(span.start + moved, span.end + moved)


def _make_any(page: Page, wanted: Sequence[Diagnostic]) -> _Made | None:
    """Make as many fixes as are sound together, the safe ones first; None where none is sound."""
    safe = [found for found in wanted if found.fix and found.fix.safety is Safety.SAFE]
    unsafe = [found for found in wanted if found.fix and found.fix.safety is Safety.UNSAFE]
    for group in (safe, unsafe):
        left = group
        while left:
            made = _make(page, _disjoint(left))
            if isinstance(made, _Made):
                return made
            left = [found for found in left if found.fix not in made]
    return None


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


def _make(page: Page, chosen: Sequence[Diagnostic]) -> _Made | AbstractSet[Fix]:
    """Make fixes together, or fewer of them where together they lose an entry.

    Give what was made, or else the fixes that are not sound.
    """
    fixes = {found.fix for found in chosen if found.fix}
    patch = make_patch(page.source, (edit for fix in fixes for edit in fix.edits))
    new = page.with_text(patch.apply())
    safe = all(fix.safety is Safety.SAFE for fix in fixes)
    if safe and page.kind is not PageKind.IGNORE:
        breaking = find_breaking(page.document, patch, new.document)
        if breaking:
            return {fix for fix in fixes if not breaking.isdisjoint(fix.edits)}
    # Only the handoff document has entries: a log's title may look like one, and be what is fixed.
    if page.kind is not PageKind.HANDOFF or _keeps_entries(
        page.document, new.document, in_order=safe
    ):
        return _Made(new, patch, chosen)
    return fixes if len(fixes) == 1 else _make(page, chosen[: len(chosen) // 2])


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


class _Block(Value):
    """A block: what it is, its first line (from 0), and the one behind its last."""

    kind: tuple[str, str, int, bool]
    start: int
    end: int


def find_breaking(old: Document, patch: Patch, new: Document) -> frozenset[Edit]:
    """Find the edits of a patch that make other blocks of the lines around them.

    A block that an edit takes out whole may go, and a line that is written anew may be any block.
    Every other block has to stay what it is: its kind, its depth, the line that it starts in, and
    for the paragraphs of a list whether it is loose. Where blocks far from any edit change, it is
    the edits next to them that are named.
    """
    moves = _Moves.of(patch, new.source)
    before = {
        (block.kind, moves.line_after(block.start)): block
        for block in _find_blocks(old)
        if not moves.takes_out(block)
    }
    after = {(block.kind, block.start): block for block in _find_blocks(new)}
    changed = [
        (key[1], before.get(key) or after[key])
        for key in before.keys() ^ after.keys()
        if key[1] not in moves.written
    ]
    within = {
        edit for line, block in changed for edit in moves.around(line, block.end - block.start)
    }
    return frozenset(within or {edit for line, _ in changed for edit in moves.next_to(line)})


def _find_blocks(document: Document) -> Iterator[_Block]:
    for token in document.blocks.tokens:
        if token.map and token.type != "inline":
            kind = (token.type, token.tag, token.level, token.hidden)
            start, end = (line + document.first_line for line in token.map)
            yield _Block(kind, start, end)


class _Moves(Value):
    """Where a patch moves lines to.

    ``moved`` tells how far what comes behind the first edits is moved, for each number of them.
    ``lines`` is the line (from 0) of the new text in which each edit begins, and ``written`` are
    those that hold new text.
    """

    patch: Patch
    new: Source
    starts: Sequence[int]
    ends: Sequence[int]
    moved: Sequence[int]
    lines: Sequence[int]
    written: frozenset[int]

    @classmethod
    def of(cls, patch: Patch, new: Source) -> _Moves:
        edits = patch.edits
        moved = list(accumulate((len(edit.text) - len(edit.span) for edit in edits), initial=0))
        places = [edit.span.start + shift for edit, shift in zip(edits, moved, strict=False)]
        written = {
            line
            for edit, place in zip(edits, places, strict=True)
            if edit.text
            for line in range(new.line_of(place), new.line_of(place + len(edit.text) - 1) + 1)
        }
        return cls(
            patch,
            new,
            [edit.span.start for edit in edits],
            [edit.span.end for edit in edits],
            moved,
            [new.line_of(place) for place in places],
            frozenset(written),
        )

    def line_after(self, line: int) -> int:
        """Give the new line of what starts an old one, or of what stands in its place."""
        offset = self.patch.source.line_offset(line)
        passed = bisect_right(self.ends, offset)
        if passed < len(self.starts):
            offset = min(offset, self.starts[passed])
        return self.new.line_of(offset + self.moved[passed])

    def takes_out(self, block: _Block) -> bool:
        """Tell whether one edit takes out all lines of a block, but for line endings."""
        source, last = self.patch.source, max(block.end - 1, block.start)
        index = bisect_right(self.starts, source.line_offset(block.start)) - 1
        end = source.line_offset(last) + len(source.line_text(last).rstrip())
        return index >= 0 and self.ends[index] >= end

    def around(self, line: int, height: int) -> Sequence[Edit]:
        """Give the edits in the lines of a block of the new text, and in the one above it."""
        first = bisect_left(self.lines, line - 1)
        return self.patch.edits[first : bisect_left(self.lines, line + height)]

    def next_to(self, line: int) -> Sequence[Edit]:
        """Give the closest edit before a line of the new text, and the closest one behind."""
        index = bisect_left(self.lines, line)
        return self.patch.edits[max(index - 1, 0) : index + 1]
