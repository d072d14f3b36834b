"""The formats for hosts: read by readers and schemas not ours, and cut as the hosts cut."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from cases import cases
from jsonschema import Draft202012Validator
from junitparser import Failure, JUnitXml, TestCase, TestSuite
from markdown_it import MarkdownIt
from msgspec.structs import replace
from report_cases import PATH, make_finding, read_case

from handoff_md.linter.diagnostic import Diagnostic, Fix, Safety, Severity
from handoff_md.linter.reporters import Format, report
from handoff_md.linter.reporters.github_report import MOST as MOST_ANNOTATIONS
from handoff_md.linter.reporters.markdown_report import MOST_BYTES
from handoff_md.linter.reporters.sarif_report import MOST as MOST_RESULTS
from handoff_md.text.edit import Edit, make_patch
from handoff_md.text.source import Source, decode
from handoff_md.text.span import Span

CASES = cases("lint_reports")
HEADING = {"code": "HE003", "message": "Twice", "mark": "Title"}
TITLE = decode("Title\n")


def closed(**properties: object) -> dict[str, object]:
    """Describe an object that has these properties, and no others."""
    return {"type": "object", "properties": properties, "additionalProperties": False}


def whole(**properties: object) -> dict[str, object]:
    """Describe an object that has all of these properties, and no others."""
    return closed(**properties) | {"required": list(properties)}


TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": 1}
# Source: GitLab's documentation, CI/CD, testing, Code Quality, "Code Quality report format".
GITLAB = {
    "type": "array",
    "items": whole(
        description=TEXT,
        check_name=TEXT,
        fingerprint={"type": "string", "minLength": 1},
        severity={"enum": ["info", "minor", "major", "critical", "blocker"]},
        location=whole(
            path={"type": "string", "not": {"pattern": r"^\./"}},
            lines=closed(begin=COUNT, end=COUNT) | {"required": ["begin"]},
        ),
    ),
}
# Source: reviewdog, proto/rdf/reviewdog.proto; its JSON has the messages' fields.
POSITION = closed(line=COUNT, column=COUNT)
RANGE = closed(start=POSITION, end=POSITION) | {"required": ["start"]}
RDJSON = closed(
    source=closed(name=TEXT, url=TEXT),
    severity={"enum": ["ERROR", "WARNING", "INFO"]},
    diagnostics={
        "type": "array",
        "items": closed(
            message=TEXT,
            location=closed(path=TEXT, range=RANGE),
            severity={"enum": ["ERROR", "WARNING", "INFO"]},
            code=closed(value=TEXT, url=TEXT),
            suggestions={"type": "array", "items": whole(range=RANGE, text=TEXT)},
        )
        | {"required": ["message", "location"]},
    },
) | {"required": ["diagnostics"]}


def check(schema: Mapping[str, object], written: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    Draft202012Validator.check_schema(schema)
    told = json.loads(written)
    Draft202012Validator(schema).validate(told)
    return told


@pytest.mark.parametrize("case", CASES)
def test_gitlab_is_what_its_schema_says_and_no_two_have_one_fingerprint(case: Path) -> None:
    findings, sources = read_case(case)
    told = check(GITLAB, report(Format.GITLAB, [*findings, *findings], sources))
    assert len({issue["fingerprint"] for issue in told}) == 2 * len(findings)
    assert check(GITLAB, report(Format.GITLAB, [], {})) == []


@pytest.mark.parametrize("case", CASES)
def test_rdjson_is_what_its_schema_says_and_its_suggestions_are_the_fixes(case: Path) -> None:
    findings, sources = read_case(case)
    told = check(RDJSON, report(Format.RDJSON, findings, sources))
    for found, diagnostic in zip(findings, told["diagnostics"], strict=True):
        source = sources[found.path]
        place = diagnostic["location"]["range"]
        if found.commit:
            assert place == {"start": {"line": found.start.line}}
        else:
            assert cut(source, place) == source.slice(found.span).encode()
        assert ("suggestions" in diagnostic) == (found.fix is not None)
        for suggestion in diagnostic.get("suggestions", ()):
            assert found.fix
            fixed = make_patch(source, found.fix.edits).apply().to_bytes()
            assert apply(source, suggestion) == fixed


def offsets(source: Source, place: dict[str, dict[str, int]]) -> tuple[int, int]:
    """Read a range as reviewdog does: lines that LF ends, and columns that count bytes."""
    lines = source.to_bytes().split(b"\n")
    start, end = (
        sum(len(line) + 1 for line in lines[: at["line"] - 1]) + at["column"] - 1
        for at in (place["start"], place["end"])
    )
    return start, end


def cut(source: Source, place: dict[str, dict[str, int]]) -> bytes:
    start, end = offsets(source, place)
    return source.to_bytes()[start:end]


def apply(source: Source, suggestion: dict[str, Any]) -> bytes:
    start, end = offsets(source, suggestion["range"])
    data = source.to_bytes()
    return data[:start] + str(suggestion["text"]).encode() + data[end:]


def test_a_fix_of_several_edits_is_one_suggestion_unless_it_takes_many_lines() -> None:
    source = decode("# é Title\n\nwörds and words\n" + "\n" * 60 + "end\n")

    def fixed(last: int) -> dict[str, Any]:
        edits = (Edit(Span(2, 3), "漢"), Edit(Span(last, last + 1), "X"))
        found = replace(make_finding(source, HEADING), fix=Fix("mend it", edits, Safety.UNSAFE))
        told = check(RDJSON, report(Format.RDJSON, [found], {PATH: source}))
        assert isinstance(told, dict)
        return told

    (found,) = fixed(12)["diagnostics"]
    (suggestion,) = found["suggestions"]
    assert apply(source, suggestion).decode().startswith("# 漢 Title\n\nwXrds")
    assert "suggestions" not in fixed(len(source.text) - 2)["diagnostics"][0]


def test_a_suggestion_never_writes_stars_over_a_secret() -> None:
    secret = f"ghp_{'a1B2' * 9}"
    source = decode(f"Title {secret} end\n")
    edits = (Edit(Span(0, 1), "t"), Edit(Span(len(source.text) - 2, len(source.text) - 1), "D"))
    found = replace(make_finding(source, HEADING), fix=Fix("mend it", edits, Safety.SAFE))
    written = report(Format.RDJSON, [found], {PATH: source})
    assert "suggestions" not in check(RDJSON, written)["diagnostics"][0]
    assert secret not in written


@pytest.mark.parametrize("case", CASES)
def test_junit_has_a_failed_test_for_each_finding(case: Path) -> None:
    findings, sources = read_case(case)
    tests = list(read_junit(report(Format.JUNIT, findings, sources)))
    assert len(tests) == len(findings)
    for test in tests:
        (failure,) = test.result
        assert isinstance(failure, Failure)
        assert failure.type in set(Severity)
    assert sorted(test.name.split()[0] for test in tests) == sorted(f.code for f in findings)


def test_junit_without_findings_is_one_test_that_has_passed() -> None:
    (test,) = read_junit(report(Format.JUNIT, [], {}))
    assert test.is_passed


def test_junit_holds_no_character_that_xml_has_not() -> None:
    hostile = "".join(map(chr, (0, 1, 0x1B, 0x7F, 0xD800, 0xDCFF, 0xFFFE, 0xFFFF))) + "<&>\"']]>"
    found = replace(make_finding(TITLE, HEADING), message=hostile, path=hostile)
    (test,) = read_junit(report(Format.JUNIT, [found], {}))
    assert test.result[0].message.endswith("<&>\"']]>")


def read_junit(written: str) -> Iterator[TestCase]:
    read = JUnitXml.fromstring(written.encode())
    assert (read.tests, read.failures) == (len(list(cases_of(read))), failures_of(read))
    yield from cases_of(read)


def cases_of(read: JUnitXml) -> Iterator[TestCase]:
    for suite in read:
        assert isinstance(suite, TestSuite)
        assert suite.tests == len(list(suite))
        yield from suite


def failures_of(read: JUnitXml) -> int:
    return sum(1 for test in cases_of(read) if test.result)


@pytest.mark.parametrize("case", CASES)
def test_markdown_is_two_tables_of_plain_text(case: Path) -> None:
    findings, sources = read_case(case)
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(
        report(Format.MARKDOWN, findings, sources)
    )
    blocks = [token.type for token in tokens if token.level == 0 and token.nesting > 0]
    assert blocks == ["heading_open", "table_open", "table_open"]
    rows = [token for token in tokens if token.type == "tr_open"]
    assert len(rows) == 2 + len(findings) + len({found.code for found in findings})
    marks = {child.type for token in tokens for child in token.children or ()}
    assert marks <= {"text", "link_open", "link_close", "text_special"}


def many(counts: dict[Severity, int], text: str = "Twice") -> Sequence[Diagnostic]:
    """Make many findings, infos before warnings before errors."""
    found = make_finding(TITLE, {**HEADING, "message": text})
    return [
        replace(found, severity=severity, code="HE003" if number % 3 else "HE006")
        for severity in reversed(Severity)
        for number in range(counts.get(severity, 0))
    ]


def test_github_makes_ten_annotations_of_a_kind_and_the_last_counts_the_others() -> None:
    counts = {Severity.ERROR: 30, Severity.WARNING: 10, Severity.INFO: 3}
    lines = report(Format.GITHUB, many(counts, "a ##[error] b\n::error::c"), {}).splitlines()
    commands = [line.split(" ")[0] for line in lines if line.startswith("::")]
    assert commands.count("::error") == MOST_ANNOTATIONS
    assert (commands.count("::warning"), commands.count("::notice")) == (10, 3)
    assert "::error title=21 more of the severity error::14 HE003, 7 HE006; " in "\n".join(lines)
    start = next(number for number, line in enumerate(lines) if line.startswith("::group::21 more"))
    listed = lines[start + 1 : -1]
    assert lines[-1] == "::endgroup::"
    assert len(listed) == 21
    assert all(line.startswith("error .agents/") and "##[" not in line for line in listed)


def test_sarif_has_the_worst_findings_that_code_scanning_shows_and_counts_the_others() -> None:
    found = many({Severity.ERROR: 10, Severity.WARNING: MOST_RESULTS, Severity.INFO: 2})
    (run,) = json.loads(report(Format.SARIF, found, {}))["runs"]
    assert len(run["results"]) == MOST_RESULTS
    assert [result["level"] for result in run["results"][:11]].count("error") == 10
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"] == "12 more findings are left out: 8 HE003, 4 HE006"


def test_a_summary_in_markdown_fits_and_counts_what_it_leaves_out() -> None:
    found = many(
        {Severity.ERROR: 1, Severity.INFO: 30_000}, "A message of forty characters or so.."
    )
    written = report(Format.MARKDOWN, found, {})
    assert MOST_BYTES - 1000 < len(written.encode()) < MOST_BYTES + 1000
    assert written.startswith("## handoff-md: 1 error and 30,000 infos in 1 file\n")
    shown = written.count("| HE00")
    assert f"{30_001 - shown:,} more: " in written.splitlines()[-1]
