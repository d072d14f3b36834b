"""Documents as people type them, judged before they were read: what stands in ``case.toml``.

``read`` are the entries, each by its first id and its date, or ``none``, or ``unsure``; ``also``
are other readings that do no harm.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cases import cases, settings

from handoff_md.errors import HandoffError
from handoff_md.semantics.entries.section import EntriesSection, find_entries_section
from handoff_md.syntax.form.form import FormHints
from handoff_md.syntax.nodes import Document, Entry
from handoff_md.syntax.parse import parse


def _tell(entry: Entry) -> str:
    first = entry.session_ids[0] if entry.session_ids else None
    number = str(first.number) if first and str(first).isdigit() else str(first or "-")
    return f"{number} {entry.date or '-'}"


def _section_of(document: Document) -> EntriesSection | None:
    try:
        return find_entries_section(document)
    except HandoffError:
        return None


def _is_as_judged(document: Document, judged: Any) -> bool:  # noqa: ANN401 - as the case has it
    if judged == "unsure":
        return _section_of(document) is None
    told = [_tell(entry) for entry in document.entries]
    return told == ([] if judged == "none" else judged)


@pytest.mark.parametrize("case", cases("judged"))
def test_a_document_is_read_as_it_was_judged(case: Path) -> None:
    wanted = settings(case)
    document = parse((case / "input.md").read_bytes(), hints=FormHints(wanted["name"]))
    readings = [wanted["read"], *wanted.get("also", ())]
    told = [_tell(entry) for entry in document.entries]
    assert any(_is_as_judged(document, reading) for reading in readings), told
    section = _section_of(document)
    if section and told and "order" in wanted:
        assert section.order.newest_first is (wanted["order"] == "newest-first")
