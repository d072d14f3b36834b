"""Fixes settle, lose nothing, and touch nothing but what they are about; on any document."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lint_documents import any_document, faulty

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Safety
from handoff_md.linter.engine import check_page
from handoff_md.linter.fixer import Fixed, fix_page
from handoff_md.linter.options import LintOptions
from handoff_md.linter.page import Page, PageKind, make_page
from handoff_md.linter.rule import list_rules, load_rules
from handoff_md.semantics.entries.identity import recorded_sessions

_RULES = load_rules(
    [code for code in list_rules() if code.startswith(("HX", "HE", "HP", "HD", "HN"))]
)
_CONTEXT = Context(LintOptions(required_fields=("Status",)))


def _page(content: bytes) -> Page:
    return make_page(PageKind.HANDOFF, ".agents/HANDOFF.md", content)


def _fix(content: bytes, *, unsafe: bool) -> tuple[Page, Fixed]:
    """Fix a document, and demand that fixing it again finds the same and changes nothing.

    Only suppressions that the first fixes have made idle go the second time.
    """
    page = _page(content)
    fixed = fix_page(page, _RULES, _CONTEXT, unsafe=unsafe)
    assert fixed.patch.source == page.source
    assert fixed.patch.apply() == fixed.page.source
    again = fix_page(fixed.page, _RULES, _CONTEXT, unsafe=unsafe)
    if again.fixed:
        assert {found.code for found in again.fixed} == {"HN001"}
        settled = fix_page(again.page, _RULES, _CONTEXT, unsafe=unsafe)
        assert not settled.fixed
    else:
        assert again.page.raw.to_bytes() == fixed.page.raw.to_bytes()
        assert again.remaining == fixed.remaining
    return page, fixed


def _lines(page: Page) -> Counter[str]:
    """Count the lines that hold anything, whatever ends them."""
    text = page.source.text.replace("\r\n", "\n").replace("\r", "\n")
    return Counter(line for line in text.split("\n") if line.strip())


def _check_findings(page: Page) -> None:
    length, last = len(page.source.text), (0, "")
    for found in check_page(page, _RULES, _CONTEXT):
        assert 0 <= found.span.start <= found.span.end <= length
        assert found.message
        assert not found.message.endswith(".")
        assert (found.span.start, "") >= (last[0], "")
        last = (found.span.start, found.code)
        for edit in found.fix.edits if found.fix else ():
            assert edit.span.end <= length
            assert page.source.slice(edit.span) != edit.text, "a fix that changes nothing"


def _check_safe(content: bytes) -> None:
    page, fixed = _fix(content, unsafe=False)
    assert all(found.fix and found.fix.safety is Safety.SAFE for found in fixed.fixed)
    old, new = page.entries, fixed.page.entries
    assert [entry.date for entry in new] == [
        entry.date or new[n].date for n, entry in enumerate(old)
    ]
    assert [entry.log for entry in new] == [entry.log for entry in old]
    lost = _lines(page) - _lines(fixed.page)
    assert lost.total() <= len(fixed.fixed)


def _check_unsafe(content: bytes) -> None:
    page, fixed = _fix(content, unsafe=True)
    known = {found.key.session_id for found in recorded_sessions(fixed.page.document)}
    assert {found.key.session_id for found in recorded_sessions(page.document)} <= known
    # A line is gone where a fix has written it anew; a copy that was taken out leaves its twin.
    lost = set(_lines(page)) - set(_lines(fixed.page))
    edits = sum(len(found.fix.edits) for found in fixed.fixed if found.fix)
    assert len(lost) <= edits


def _check(seed: int) -> None:
    rng = Random(seed)  # noqa: S311 - repeatable, not secret
    content = any_document(rng)
    _check_findings(_page(content))
    _check_safe(content)
    _check_unsafe(content)


@given(st.integers(0, 2**32))
@settings(max_examples=100, deadline=None)
def test_fixes_of_any_document_settle_and_lose_nothing(seed: int) -> None:
    _check(seed)


@pytest.mark.full
def test_fixes_of_ten_thousand_documents_settle_and_lose_nothing() -> None:
    for seed in range(10_000):
        _check(seed)


def test_the_documents_have_all_the_mistakes_that_fixes_are_for() -> None:
    found: set[str] = set()
    for seed in range(150):
        page = _page(faulty(Random(seed)))  # noqa: S311 - repeatable, not secret
        found |= {fixed.code for fixed in fix_page(page, _RULES, _CONTEXT, unsafe=True).fixed}
    fixable = {rule.code for rule in _RULES if rule.fix}
    assert fixable <= found


def test_moving_entries_keeps_every_byte_of_each() -> None:
    moved = 0
    order = load_rules(["HE006", "HP005"])
    for seed in range(150):
        content = faulty(Random(seed))  # noqa: S311 - repeatable, not secret
        page = _page(content)
        fixed = fix_page(page, order, _CONTEXT, unsafe=True)
        moved += bool([found for found in fixed.fixed if found.code == "HE006"])
        before, after = page.raw.to_bytes(), fixed.page.raw.to_bytes()
        sorted_ids = any("names sessions" in found.message for found in fixed.fixed)
        if not sorted_ids:
            assert sorted(before) == sorted(after)
            assert Counter(before.split()) == Counter(after.split())
    assert moved > 10
