"""The key ``entries-order`` in a section whose text is not read as entries."""

from __future__ import annotations

import pytest

from handoff_md.merge.request import MergeOptions
from handoff_md.merge.summaries import merge_summaries
from handoff_md.syntax.form.form import FormHints
from handoff_md.syntax.parse import parse
from handoff_md.syntax.summary import parse_summary

_SUMMARY = parse_summary(
    b"---\nsession: 41\ntitle: Jam\ndate: 2026-07-02\n---\n# Jam\n\nBoiled.\n",
    name=".agents/temp/handoff-session-41-summary.md",
)
_NEW = "### Parallel Sessions 41 (2026-07-02)"
_TABLE = "| Date | What |\n|---|---|\n| 2026-06-12 | Bread |\n| 2026-06-10 | Soup |"
_FOLDED = "<details><summary>2026-06-12 Bread</summary>\n\nBaked.\n\n</details>"
_WEEKDAYS = "### Monday\n\nBread.\n\n### Tuesday\n\nSoup."


@pytest.mark.parametrize("text", [_TABLE, _FOLDED, _WEEKDAYS])
@pytest.mark.parametrize("order", ["newest-first", "newest-last"])
def test_a_configured_order_holds_beside_text_that_is_not_read(text: str, order: str) -> None:
    before = f"# Handoff\n\n## Log\n\nAll days.\n\n{text}\n\n---\n\n## End\n"
    hints = FormHints("HANDOFF.md", order=order)
    options = MergeOptions(into="## Log")
    document = parse(before.encode(), hints=hints)
    content = merge_summaries(document, [_SUMMARY], orchestrator="99", options=options).content
    place = content.decode().index(_NEW)
    assert (place < content.decode().index(text)) is (order == "newest-first")
    assert content.decode().index("All days.") < place < content.decode().index("## End")
    again = parse(content, hints=hints)
    assert [one.number for entry in again.entries for one in entry.session_ids] == [41]
