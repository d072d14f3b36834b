"""Each folder of fixtures/merge and fixtures/containment is a merge, with what comes of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from cases import cases, expect, settings

from handoff_md.errors import HandoffError
from handoff_md.merge.rendering import ENTRY, SECTION
from handoff_md.merge.request import MergeOptions, SessionLog, Surroundings
from handoff_md.merge.result import SummaryMerge
from handoff_md.merge.summaries import merge_summaries
from handoff_md.syntax.parse import parse
from handoff_md.syntax.session_id import read_session_id
from handoff_md.syntax.summary import Summary, parse_summary

_FOLDER = ".agents/temp"
_NAME = "handoff-session-19-summary.md"
_PLAIN = (
    b"# Handoff\n\n[doc]: https://doc.example.org/\n\n## Recent Sessions\n\n## Notes\n\n[doc]\n"
)


@pytest.mark.parametrize("case", [*cases("merge"), *cases("containment")])
def test_a_merge_comes_to_what_its_case_expects(case: Path, update_golden: bool) -> None:  # noqa: FBT001 - a fixture
    wanted = settings(case)
    document = case / "handoff.md"
    before = document.read_bytes() if document.exists() else _PLAIN
    summaries = list(_summaries(case))
    try:
        merge = _merge(before, summaries, wanted)
    except HandoffError as error:
        text = f"error: {error.message}\nhint: {error.hint}\n"
        expect(case, "report.txt", text.encode(), update=update_golden)
        return
    expect(case, "report.txt", _report(merge).encode(), update=update_golden)
    if not merge.patch.edits:
        assert merge.content == before
        return
    expect(case, "expected.md", merge.content, update=update_golden)
    again = _merge(merge.content, summaries, wanted)
    assert again.content == merge.content
    assert not again.merged


def _options(*, single: bool = False, **others: Any) -> dict[str, Any]:  # noqa: ANN401 - as the case has it
    return {**others, "rendering": ENTRY if single else SECTION}


def _summaries(case: Path) -> list[Summary]:
    single = case / "summary.md"
    if single.exists():
        return [parse_summary(single.read_bytes(), name=f"{_FOLDER}/{_NAME}")]
    return [
        parse_summary(path.read_bytes(), name=f"{_FOLDER}/{path.name}")
        for path in sorted((case / "summaries").iterdir())
    ]


def _merge(before: bytes, summaries: list[Summary], wanted: dict[str, Any]) -> SummaryMerge:
    logs = {
        f"{_FOLDER}/handoff-session-{number}-summary.md": SessionLog(path)
        for number, path in wanted.get("logs", {}).items()
    }
    known = wanted.get("exists")
    missing = [read_session_id(number) for number in wanted.get("missing", ())]
    return merge_summaries(
        parse(before),
        summaries,
        orchestrator=wanted.get("orchestrator", "22"),
        date=wanted.get("date"),
        today=dt.date(2025, 12, 18),
        options=MergeOptions(**_options(**wanted.get("options", {}))),
        surroundings=Surroundings(
            logs=logs,
            exists=None if known is None else lambda _, path: path in known,
            missing=[found for found in missing if found],
        ),
    )


def _report(merge: SummaryMerge) -> str:
    """Give what the user is told, one line for each session, note and problem."""
    lines = ["refused"] if merge.refused else []
    for found in merge.sessions:
        lines.append(f"Session {found.session_id}: {found.outcome}")
        lines += [f"  note: {note}" for note in found.notes]
        lines += [f"  problem: {problem}" for problem in found.problems]
    return "\n".join(lines) + "\n"
