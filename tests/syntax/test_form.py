from __future__ import annotations

from pathlib import Path

import pytest
from cases import cases, expect, settings

from handoff_md.preview.why import explain_form
from handoff_md.syntax.form.form import FormHints
from handoff_md.syntax.nodes import Document, Entry
from handoff_md.syntax.parse import parse, reread


def _describe(entry: Entry) -> str:
    ids = ",".join(map(str, entry.session_ids)) or "-"
    time = f" {entry.time.isoformat()}" if entry.time else ""
    last = f" to {entry.last}" if entry.last else ""
    return f"{ids} | {entry.date}{time}{last} | {entry.title}"


def _report(document: Document, heading: str) -> bytes:
    lines = list(explain_form(document, "document", entries_heading=heading or None))
    lines += map(_describe, document.entries)
    return ("\n".join(lines) + "\n").encode()


@pytest.mark.parametrize("case", cases("form"))
def test_the_form_of_a_document_is_what_its_case_expects(case: Path, update_golden: bool) -> None:  # noqa: FBT001 - a fixture
    told = settings(case)
    hints = FormHints(told.get("name", "HANDOFF.md"), told.get("heading", ""))
    content = (case / "input.md").read_bytes()
    document = parse(content, hints=hints)
    assert document.to_bytes() == content
    expect(case, "form.txt", _report(document, hints.heading), update=update_golden)


TIMED = (
    "# Log\n\n## 2026-03-05 — Seeds\n**Time:** 08:10\n\n## 2026-03-05 — Water\n**Time:** 17:45\n"
)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_time_in_a_field_is_read_whatever_ends_the_lines(newline: str) -> None:
    entries = parse(TIMED.replace("\n", newline)).entries
    assert [str(entry.time) for entry in entries] == ["08:10:00", "17:45:00"]


@pytest.mark.parametrize("text", [TIMED, "---\ntitle: x\n---\n" + TIMED, "> " * 60 + "deep\n", ""])
def test_a_document_read_anew_is_what_its_text_is_by_those_hints(text: str) -> None:
    hints = FormHints("HANDOFF.md", "## 2026-03-05 — Seeds")
    assert reread(parse(text), hints) == parse(text, hints=hints)
