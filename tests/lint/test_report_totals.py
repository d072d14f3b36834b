from __future__ import annotations

import pytest
from msgspec.structs import replace
from report_cases import make_finding

from handoff_md.linter.diagnostic import Diagnostic, Fix, Safety, Severity
from handoff_md.linter.reporters.totals import write_fixes, write_statistics, write_summary
from handoff_md.text.source import Source
from handoff_md.text.span import Span

SOURCE = Source("# Title\n\nwords\n")
ERROR = make_finding(SOURCE, {"code": "HE003", "message": "Twice", "mark": "Title"})
WARNING = replace(ERROR, code="HE006", name="entries-out-of-order", severity=Severity.WARNING)


def fixable(found: Diagnostic, safety: Safety) -> Diagnostic:
    return replace(found, fix=Fix("mend \x1b[31mit", (), safety))


SAFE, UNSAFE = fixable(ERROR, Safety.SAFE), fixable(WARNING, Safety.UNSAFE)


@pytest.mark.parametrize(
    ("found", "fixed", "expected"),
    [
        ([], [], "All checks passed (3 files)."),
        ([], [SAFE], "Fixed 1 finding. All checks passed (3 files)."),
        ([ERROR], [], "Found 1 error in 1 file."),
        ([WARNING] * 1200, [], "Found 1,200 warnings in 1 file."),
        (
            [ERROR, replace(ERROR, path="other.md"), WARNING],
            [SAFE, SAFE],
            "Fixed 2 findings. Found 2 errors and 1 warning in 2 files.",
        ),
        ([SAFE], [], "Found 1 error in 1 file; 1 fixable with --fix."),
        ([UNSAFE], [], "Found 1 warning in 1 file; 1 fixable with --unsafe-fixes."),
        (
            [SAFE, UNSAFE, replace(ERROR, severity=Severity.INFO)],
            [],
            (
                "Found 1 error, 1 warning and 1 info in 1 file; 1 fixable with --fix.\n"
                "1 more fixable with --unsafe-fixes."
            ),
        ),
    ],
)
def test_the_last_line_sums_up(
    found: list[Diagnostic], fixed: list[Diagnostic], expected: str
) -> None:
    assert write_summary(found, fixed, checked=3) == f"{expected}\n"


def test_findings_about_commits_are_summed_up_by_commit() -> None:
    found = [replace(ERROR, commit=name * 40) for name in "aab"]
    assert write_summary(found, checked=9, unit="commit") == "Found 3 errors in 2 commits.\n"
    assert write_summary([], checked=1, unit="commit") == "All checks passed (1 commit).\n"


def test_statistics_count_each_rule_and_begin_with_the_most_frequent() -> None:
    assert write_statistics([WARNING, SAFE, WARNING]) == (
        "2  HE006       entries-out-of-order\n1  HE003  [*]  duplicate-session\n"
    )
    assert write_statistics([]) == ""


def test_fixes_are_listed_by_file_and_steer_no_terminal() -> None:
    other = replace(SAFE, path="b\x1b.md", start=SOURCE.position(9), span=Span(9, 10))
    assert write_fixes([SAFE, other, UNSAFE]) == (
        ".agents/HANDOFF.md\n  1:3  HE003  mend ␛[31mit\n  1:3  HE006  mend ␛[31mit\n"
        "b␛.md\n  3:1  HE003  mend ␛[31mit\n"
    )
