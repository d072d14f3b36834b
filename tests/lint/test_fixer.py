from __future__ import annotations

import pytest

from handoff_md.linter.context import Context
from handoff_md.linter.fixer import Fixed, find_breaking, fix_page
from handoff_md.linter.page import PageKind, make_page
from handoff_md.linter.rule import load_rules
from handoff_md.syntax.parse import parse
from handoff_md.text.edit import Edit, make_patch
from handoff_md.text.source import Source
from handoff_md.text.span import Span

ENTRY = "### 2025-12-{}: {}\n\nText.\n\n"
COMMENT = "<!-- handoff-md: ignore[HE006] on purpose, see ADR-7 -->"


def fix(text: str, *codes: str, unsafe: bool = False) -> Fixed:
    page = make_page(PageKind.HANDOFF, "H.md", text)
    return fix_page(page, load_rules(codes), Context(), unsafe=unsafe)


def test_a_suppression_that_the_run_itself_makes_idle_stays_and_is_reported() -> None:
    entries = [ENTRY.format(day, f"On day {day}") for day in (20, 16, 19, 18, 17, 13, 15, 14)]
    entries[1] = f"{COMMENT}\n{entries[1]}"
    text = f"# Handoff\n\n## Recent Sessions\n\n{''.join(entries)}"
    fixed = fix(text, "HE006", "HN001", unsafe=True)
    days = [entry.date.day for entry in fixed.page.entries if entry.date]
    assert days == sorted(days, reverse=True)
    assert f"{COMMENT}\n### 2025-12-16" in fixed.page.source.text
    assert [found.code for found in fixed.remaining] == ["HN001"]


def test_the_patch_makes_the_fixed_page_and_touches_the_lines_that_changed() -> None:
    fixed = fix("# H\n\n" + "a\r\nb\n" * 500, "HX004")
    assert fixed.patch.apply() == fixed.page.source
    assert len(fixed.patch.edits) == 500
    assert all(len(edit.span) <= len("a\r\n") for edit in fixed.patch.edits)


@pytest.mark.parametrize(
    "text",
    [
        "What is open:\n- {}\n- b\n",
        "{} # text\n",
        "Foo\n=== {}\n",
        "Foo\n--- {}\n",
        "- a\n\n{}\n\n- b\n",
        "- a\n\n{}\n\n    code\n",
        "<div>\nraw\n{}\nraw\n</div>\n",
        "[a]: b {}\n",
    ],
)
def test_a_safe_fix_that_would_make_other_blocks_is_not_made(text: str) -> None:
    bad = text.format("<!-- handoff-md: ignore[HX001] idle -->")
    good = "Kept.\n\nText. <!-- handoff-md: ignore[HX001] idle -->\n\n"
    fixed = fix(f"{good}{bad}\n{good}", "HN001", "HX001")
    assert fixed.page.source.text == f"Kept.\n\nText.\n\n{bad}\nKept.\n\nText.\n\n"
    assert len(fixed.fixed) == 2
    assert [found.fix for found in fixed.remaining] == [None]


@pytest.mark.parametrize(
    ("text", "span", "new"),
    [
        ("# A\n\ntext\n\nmore\n", (5, 11), ""),
        ("# A\n\ntext\n", (3, 3), "\n\n> added\n"),
        ("- a\n- b\n", (2, 3), "c"),
        ("text <!-- x -->\n", (4, 15), ""),
        ("# A\r\n\r\ntext\r\n", (3, 5), "\n"),
        ("", (0, 0), "# A\n"),
    ],
)
def test_what_is_taken_out_whole_or_written_anew_breaks_nothing(
    text: str, span: tuple[int, int], new: str
) -> None:
    patch = make_patch(Source(text), [Edit(Span(*span), new)])
    assert not find_breaking(parse(text), patch, parse(patch.apply()))


def test_the_edit_that_breaks_a_block_is_named_and_others_are_not() -> None:
    text = "one x\n\n- a\n- b\n\ntwo x\n\nFoo\nx===\n\nthree x\n"
    places = [place for place, char in enumerate(text) if char == "x"]
    edits = [Edit(Span(place, place + 1), "") for place in places]
    patch = make_patch(Source(text), edits)
    breaking = find_breaking(parse(text), patch, parse(patch.apply()))
    assert edits[2] in breaking
    assert edits[0] not in breaking
    assert edits[3] not in breaking
