"""The proof of a merge, on results that no merge comes to: each is wrong, or right, in one way."""

from __future__ import annotations

import pytest

from handoff_md.syntax.versions import VersionParser
from handoff_md.text.source import Source
from handoff_md.threeway.conflict import Merged
from handoff_md.threeway.proof import find_defect
from handoff_md.threeway.unit import make_root, outline_of

BASE = "# Handoff\n\n## Notes\n\nBuild with make.\n\n## Next\n\nShip it.\n"
SESSIONS = "| Session | Date | Work |\n|---|---|---|\n| 18 | 2025-12-17 | Old |\n"
FOLD = (
    "# Handoff\n\n## Recent Sessions\n\n### 2025-12-18: Cache (Session 19)\n\nDone.\n\n"
    "<details>\n<summary>Older</summary>\n\n"
    "### 2025-12-17: Build (Session 18)\n\nDone, too.\n\n"
)


def judge(base: str, ours: str, theirs: str, result: str, *, alike: str = "") -> str | None:
    """Say what is wrong with a result; both sides have removed the lines ``alike``."""
    parser = VersionParser()
    before, mine, yours, found = (
        tree for text in (base, ours, theirs, result) if (tree := parser.parse(Source(text)))
    )
    outline = tuple(outline_of(make_root(found), -1))
    merged = Merged((result,), outline=outline, alike=((alike, ""),) if alike else ())
    return find_defect(before, mine, yours, found, merged)


def judge_change(before: str, result: str) -> str | None:
    """Say what is wrong with a result other than what is the same in all versions."""
    assert judge(before, before, before, before) is None
    return judge(before, before, before, result)


def test_a_section_that_stands_there_twice_is_doubled() -> None:
    notes = "## Notes\n\nBuild with make.\n\n"
    assert judge_change(BASE, BASE.replace(notes, notes * 2)) == "line lost or doubled: ## Notes"


def test_a_result_has_the_sections_that_were_put_together() -> None:
    parser = VersionParser()
    tree = parser.parse(Source(BASE))
    assert tree is not None
    for outline in ((), ((0, "# Handoff"), (1, "## Notes"), (2, "## Next"))):
        assert find_defect(tree, tree, tree, tree, Merged((BASE,), outline=outline)) == (
            "the result has other sections than were put together"
        )


def test_what_stands_in_sections_that_nobody_has_changed_counts_as_well() -> None:
    base = "# A\n\nSame.\n\n# B\n\nSame.\n\nEnd.\n"
    ours, theirs = base + "\nMine.\n", base + "\nYours.\n"
    both = base.replace("End.", "Same.\n\nEnd.") + "\nMine.\n\nYours.\n"
    assert judge(base, ours, theirs, both) == "line lost or doubled: Same."
    assert judge(base, ours, theirs, both, alike="Same.") is None


def test_lines_count_by_their_words_wherever_they_begin() -> None:
    assert judge_change("- One\n- Two\n", "- One\n  - Two\n") is None
    assert judge_change("- One\n- Two\n", "- One\n- Too\n") == "line lost or doubled: - Two"


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        ("```\na\n```\n\n<div>\nb\n</div>\n", "```\na\n<div>\nb\n</div>\n```\n", "<div>"),
        ("```\na\n```\n\n| b |\n| - |\n", "```\na\n\n| b |\n| - |\n```\n", "| b |"),
        ("~~~\na\n~~~\n\n```\nb\n```\n", "~~~\na\n```\n~~~\n\nb\n\n```\n", "```"),
    ],
    ids=["raw HTML", "a table", "the end of a fence at the end"],
)
def test_a_block_is_lost_though_each_of_its_lines_is_there(
    before: str, after: str, lost: str
) -> None:
    assert judge_change(before, after) == f"block lost or doubled: {(lost, True)}"


def test_a_row_of_a_session_is_lost_where_a_line_of_it_is_left_outside_of_the_table() -> None:
    one, other = "| 19 | 2025-12-18 | A |\n", "| 19 | 2025-12-19 | B |\n"
    lost = "row lost or doubled: ('19', '2025-12-18')"
    assert judge_change(SESSIONS + one, f"{SESSIONS}\n{one}") == lost
    swapped = f"{SESSIONS}{other}\n{one}"
    assert judge_change(f"{SESSIONS}{one}\n{other}", swapped) == lost
    parts = SESSIONS.replace("Session", "Part")
    assert judge_change(parts + one, f"{parts}\n{one}") is None


def test_what_a_side_has_added_stands_in_that_sides_order() -> None:
    one, other = "\n## One\n\nFirst.\n", "\n## Other\n\nSecond.\n"
    ours = BASE + one + other
    assert judge(BASE, ours, BASE, ours) is None
    assert judge(BASE, ours, BASE, BASE + other + one) == (
        "the result has another order than a side: Other"
    )


def test_an_entry_that_comes_out_of_its_fold_is_lost_there() -> None:
    outside = FOLD.replace("### 2025-12-17", "</details>\n\n### 2025-12-17")
    assert str(judge_change(f"{FOLD}</details>\n", outside)).startswith("entry lost or doubled")
