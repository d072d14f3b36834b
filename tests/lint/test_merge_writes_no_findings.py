"""What a merge writes breaks none of the rules about text, entries and parallel sections."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from cases import cases

from handoff_md.linter.context import Context
from handoff_md.linter.engine import check_page
from handoff_md.linter.page import PageKind, make_page
from handoff_md.linter.rule import list_rules, load_rules

_RULES = load_rules(
    [code for code in list_rules() if code.startswith(("HX", "HE", "HP", "HD", "HN"))]
)
_PLAIN = b"# Handoff\n\n## Recent Sessions\n\n## Notes\n"
# What a merge is asked for, and lint has to see: one day's session twice, an entry below a fold.
_ASKED_FOR = {
    "last-updated-can-be-left-alone": ["HE008"],
    "a-log-of-another-session-or-day-is-noted": ["HE004"],
    "an-undated-session-of-another-orchestrator-is-another": ["HE003"],
    "folded-entries-at-the-top-get-the-section-below-their-fold": ["HE006"],
}

_CASES = [
    case
    for kind in ("merge", "containment")
    for case in cases(kind)
    if (case.values[0] / "expected.md").exists()
]


def _findings(content: bytes) -> Counter[tuple[str, ...]]:
    page = make_page(PageKind.HANDOFF, ".agents/HANDOFF.md", content)
    return Counter(found.fingerprint for found in check_page(page, _RULES, Context()))


@pytest.mark.parametrize("case", _CASES)
def test_a_merge_adds_no_finding(case: Path) -> None:
    document = case / "handoff.md"
    before = _findings(document.read_bytes() if document.exists() else _PLAIN)
    added = _findings((case / "expected.md").read_bytes()) - before
    assert [code for code, *_ in added] == _ASKED_FOR.get(case.name, [])
