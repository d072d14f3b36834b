"""The public names are there, typed, lazy and pure."""

from __future__ import annotations

import datetime as dt
import inspect
import subprocess
import sys

import pytest

import handoff_md

HANDOFF = b"# Handoff\n\n## Recent Sessions\n\n### 2025-12-17: Before (Session 18)\n\nText.\n"
SUMMARY = b"# Session 19: Consolidate\n\nDone.\n"


def test_the_public_names_are_these_and_no_others() -> None:
    assert sorted(handoff_md.__all__) == [
        "ContentError",
        "Diagnostic",
        "Document",
        "Entry",
        "HandoffError",
        "LintOptions",
        "MergeOptions",
        "Outcome",
        "SessionId",
        "SessionLog",
        "SessionOutcome",
        "Summary",
        "SummaryMerge",
        "Surroundings",
        "__version__",
        "lint",
        "merge_summaries",
        "parse",
        "parse_summary",
    ]
    assert dir(handoff_md) == sorted(handoff_md.__all__)


@pytest.mark.parametrize("name", handoff_md.__all__)
def test_every_public_name_resolves_and_is_documented(name: str) -> None:
    found = getattr(handoff_md, name)
    if name != "__version__":
        assert inspect.getdoc(found)


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'merge_everything'"):
        _ = handoff_md.merge_everything


def test_importing_the_package_loads_no_other_module_of_it() -> None:
    code = (
        "import sys, handoff_md; "
        "print(sorted(m for m in sys.modules if m.startswith(('handoff_md.', 'markdown_it'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_api_loads_nothing_that_touches_the_outside() -> None:
    code = (
        "import sys, handoff_md\n"
        "for name in handoff_md.__all__: getattr(handoff_md, name)\n"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in"
        " {'git', 'click', 'rich', 'mdformat', 'filelock', 'subprocess'}"
        " or m.startswith(('handoff_md.git', 'handoff_md.store', 'handoff_md.app'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_merge_by_the_api_gives_the_documented_format() -> None:
    document = handoff_md.parse(HANDOFF)
    summary = handoff_md.parse_summary(SUMMARY, name="handoff-session-19-summary.md")
    result = handoff_md.merge_summaries(
        document, [summary], orchestrator="22", date=dt.date(2025, 12, 18)
    )
    assert [str(found.session_id) for found in result.merged] == ["19"]
    assert result.content == (
        b"# Handoff\n\n## Recent Sessions\n\n"
        b"### Parallel Sessions 19 (2025-12-18)\n\n"
        b"**Orchestrator**: Session 22\n**Parallel Executions**: 1 agent\n\n"
        b"#### Session 19: Consolidate\n\nDone.\n\n"
        b"### 2025-12-17: Before (Session 18)\n\nText.\n"
    )
    assert document.to_bytes() == HANDOFF


def test_an_entry_tells_ids_title_date_heading_and_span() -> None:
    (entry,) = handoff_md.parse(HANDOFF).entries
    assert [str(session_id) for session_id in entry.session_ids] == ["18"]
    assert (entry.title, entry.date) == ("Before", dt.date(2025, 12, 17))
    assert entry.heading.level == 3
    assert HANDOFF[entry.span.start :].startswith(b"### 2025-12-17")


def test_the_linter_by_the_api_is_callable_whatever_was_imported_before() -> None:
    code = (
        "import handoff_md.linter.engine, handoff_md\n"
        "found = handoff_md.lint(handoff_md.parse('<<<<<<< a\\n=======\\n>>>>>>> b\\n'))\n"
        "print([one.code for one in found])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['HX001', 'HX001', 'HX001']"


def test_the_api_selects_rules_and_refuses_unknown_ones() -> None:
    document = handoff_md.parse(
        HANDOFF.replace(b"18)", b"18)\n\n### 2025-12-17: Again (Session 18)")
    )
    assert [one.code for one in handoff_md.lint(document, select=["HE003"])] == ["HE003"]
    assert not handoff_md.lint(document, select=["HE003"], ignore=["duplicate-session"])
    with pytest.raises(handoff_md.HandoffError, match="no rule 'HE999'"):
        handoff_md.lint(document, select=["HE999"])
