"""The corpus's documents and logs give the findings about text and entries that were reviewed.

`fixtures/lint_reviewed/documents.toml` lists them by code and place, each group with its judgement.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Diagnostic
from handoff_md.linter.engine import check_page
from handoff_md.linter.fixer import fix_page
from handoff_md.linter.page import Page, PageKind, make_page
from handoff_md.linter.rule import list_rules, load_rules

_FOLDER = Path(os.environ.get("HANDOFF_MD_CORPUS", "/nowhere"))
_LIST = Path(__file__).parents[1] / "fixtures/lint_reviewed/documents.toml"
_LISTED = tomllib.loads(_LIST.read_text("utf-8"))
_REVIEWED = _LISTED["finding"]
_PLACES = [place for group in _REVIEWED for place in group["places"]]
_NAMES = sorted({*_LISTED["silent"], *(place.rsplit(":", 2)[0] for place in _PLACES)})
_RULES = load_rules(
    [code for code in list_rules() if code.startswith(("HX", "HE", "HP", "HD", "HN"))]
)

# Counted by hand in handoff/b5a0db072.md: the dates of the 45 dated entries below "Recent
# Sessions" run 20 (7 times), 19, 18 (20 times), 17 (4), 18 (6), 17 (6), 20. Newest first, the four
# of the 17th stand above six of the 18th, and the last of the 20th below all: five are out of
# place. The header says the 21st, and no entry is later. The table promises ten rows, and has ten.
_DOCUMENT = "ai-agents/handoff/b5a0db072.md"
_BY_HAND = {"HE006": [2238, 2271, 2313, 2335, 2936], "HE008": [], "HE009": []}

# The markers of handoff/490cf7c37.md, and what is wrong outside the conflict.
_CONFLICTED = "ai-agents/handoff/490cf7c37.md"
_MARKERS = [6, 9, 12]

pytestmark = pytest.mark.skipif(
    not all((_FOLDER / name).is_file() for name in _NAMES),
    reason="HANDOFF_MD_CORPUS names no folder that holds the documents",
)


def _page(name: str) -> Page:
    file = name.rpartition("/")[2]
    kind = PageKind.HANDOFF
    if "-session-" in file:
        kind = PageKind.LOG
    elif file == "SESSION-PROTOCOL.md":
        kind = PageKind.PROTOCOL
    return make_page(kind, name, (_FOLDER / name).read_bytes())


def _find(name: str) -> tuple[Diagnostic, ...]:
    return check_page(_page(name), _RULES, Context())


def test_every_reviewed_finding_is_judged_true_with_a_reason() -> None:
    for group in _REVIEWED:
        assert group["judged"] is True
        assert group["why"]
        assert group["places"]


@pytest.mark.parametrize("name", _NAMES)
def test_a_document_gives_the_reviewed_findings(name: str) -> None:
    reviewed = sorted(
        (group["code"], place)
        for group in _REVIEWED
        for place in group["places"]
        if place.startswith(f"{name}:")
    )
    assert sorted((found.code, f"{name}:{found.start}") for found in _find(name)) == reviewed


def test_order_header_and_count_agree_with_a_count_by_hand() -> None:
    found = _find(_DOCUMENT)
    assert {
        code: [diagnostic.start.line for diagnostic in found if diagnostic.code == code]
        for code in _BY_HAND
    } == _BY_HAND


def test_committed_markers_are_found_and_nothing_that_follows_from_them() -> None:
    found = _find(_CONFLICTED)
    assert [d.start.line for d in found if d.code == "HX001"] == _MARKERS
    assert not [d for d in found if d.start.line < _MARKERS[-1] and d.code != "HX001"]
    assert not [d for d in found if d.fix]
    assert {d.code for d in found} == {"HX001", "HE001", "HE006", "HE009"}


@pytest.mark.parametrize("name", _NAMES)
def test_fixing_a_real_document_settles_and_keeps_every_line(name: str) -> None:
    page = _page(name)
    fixed = fix_page(page, _RULES, Context(), unsafe=True)
    again = fix_page(fixed.page, _RULES, Context(), unsafe=True)
    assert not again.fixed
    assert again.page.raw.to_bytes() == fixed.page.raw.to_bytes()
    assert not [found for found in fixed.remaining if found.fix]
    before, after = (sorted(one.raw.to_bytes().splitlines()) for one in (page, fixed.page))
    changed = [line for line in before if line not in after]
    assert len(before) == len(after)
    assert len(changed) <= 1, "only a count is written anew; all other lines are moved"
