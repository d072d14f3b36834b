from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

import pytest
from cases import cases, expect
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from report_cases import PATH, make_finding, read_case
from sarif_pydantic import Sarif

from handoff_md.linter.diagnostic import Diagnostic
from handoff_md.linter.reporters import Format, report
from handoff_md.text.source import Source, decode
from handoff_md.text.visible import count_columns

# A format without a file here has no case yet: it fails. SARIF's results have a test of their own.
FILES: dict[Format, str] = {
    chosen: f"{chosen}.txt" for chosen in Format if chosen is not Format.SARIF
}
FILES[Format.JSON] = "findings.json"
CASES = cases("lint_reports")
NOT_MODELLED = ["Run.columnKind"]  # SARIF 2.1.0, 3.14.17: the model keeps it without knowing it
ANSI = re.compile(r"\x1b\[[0-9;]*m")
HOSTILE = "ab \t\n\r\x1b\x00\x9b漢é\u0301\u202e\u200d👍🏽\ufe0f\udcff|^"
HEADING = {"code": "HE003", "message": "Twice", "mark": "Title"}


@pytest.mark.parametrize("chosen", FILES)
@pytest.mark.parametrize("case", CASES)
def test_a_format_writes_what_its_case_expects(
    case: Path,
    chosen: Format,
    update_golden: bool,  # noqa: FBT001 - a fixture
) -> None:
    written = report(chosen, *read_case(case))
    expect(case, FILES[chosen], written.encode(), update=update_golden)


@pytest.mark.parametrize("case", CASES)
def test_sarif_results_are_what_their_case_expects(
    case: Path,
    update_golden: bool,  # noqa: FBT001 - a fixture
) -> None:
    (run,) = json.loads(report(Format.SARIF, *read_case(case)))["runs"]
    written = json.dumps(run["results"], indent=2) + "\n"
    expect(case, "results.json", written.encode(), update=update_golden)


@pytest.mark.parametrize("case", CASES)
def test_colours_are_all_that_colours_add(case: Path) -> None:
    findings, sources = read_case(case)
    for chosen in Format:
        plain = report(chosen, findings, sources)
        colored = report(chosen, findings, sources, color=True)
        assert ANSI.sub("", colored) == plain
        assert (colored != plain) == chosen.is_for_people


@pytest.mark.parametrize("case", CASES)
def test_sarif_is_read_by_a_model_of_the_standard_that_knows_every_property(case: Path) -> None:
    findings, sources = read_case(case)
    log = Sarif.model_validate_json(report(Format.SARIF, findings, sources, root="/home/a b"))
    assert list(unknown_properties(log)) == NOT_MODELLED
    (run,) = log.runs
    assert run.tool.driver.name == "handoff-md"
    rules = run.tool.driver.rules or []
    for found, result in zip(findings, run.results or [], strict=True):
        assert result.rule_id == found.code
        assert rules[result.rule_index or 0].id == found.code
        place = (result.locations or [])[0].physical_location
        assert place is not None
        assert place.artifact_location is not None
        uri = unquote(place.artifact_location.uri or "", errors="surrogateescape")
        assert (uri, place.artifact_location.uri_base_id) == (found.path, "SRCROOT")


def unknown_properties(value: object) -> Iterator[str]:
    """Name the properties that a model has kept without knowing them."""
    if isinstance(value, list):
        for item in value:
            yield from unknown_properties(item)
    if isinstance(value, BaseModel):
        for key in value.model_extra or {}:
            yield f"{type(value).__name__}.{key}"
        for key in type(value).model_fields:
            yield from unknown_properties(getattr(value, key))


@pytest.mark.skipif(shutil.which("sarif") is None, reason="sarif-tools is not installed")
def test_sarif_tools_count_the_findings(tmp_path: Path) -> None:
    file = tmp_path / "handoff.sarif"
    file.write_text(report(Format.SARIF, *_two("Title\n\nTitle\n")))
    done = subprocess.run(
        ["sarif", "summary", str(file)], capture_output=True, text=True, check=True
    )
    assert "error: 2" in done.stdout


def test_fingerprints_hold_no_line_and_are_told_apart() -> None:
    before, after = (
        json.loads(report(Format.SARIF, *_two(text)))["runs"][0]["results"]
        for text in ("Title\n\nTitle\n", "New\n\nlines\n\nTitle\n\nTitle\n")
    )
    marks = [[result["partialFingerprints"] for result in results] for results in (before, after)]
    assert marks[0] == marks[1]
    assert marks[0][0] != marks[0][1]


def test_sarif_tells_each_rule_once_with_its_documentation() -> None:
    findings, sources = _two("Title\n\nTitle\n")
    (run,) = json.loads(report(Format.SARIF, findings, sources))["runs"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert (rule["id"], rule["name"]) == ("HE003", "duplicate-session")
    assert "## Why" in rule["help"]["markdown"]
    assert "originalUriBaseIds" not in run


def test_sarif_names_the_root_where_it_is_known() -> None:
    findings, sources = _two("Title\n\nTitle\n")
    (run,) = json.loads(report(Format.SARIF, findings, sources, root="/home/a b/x"))["runs"]
    assert run["originalUriBaseIds"] == {"SRCROOT": {"uri": "file:///home/a%20b/x/"}}


def test_nothing_found_is_nothing_for_people_and_an_empty_list_for_programs() -> None:
    assert [report(chosen, [], {}) for chosen in (Format.FULL, Format.CONCISE)] == ["", ""]
    assert report(Format.GITHUB, [], {}) == ""
    assert json.loads(report(Format.JSON, [], {})) == {"version": 1, "diagnostics": []}
    log = Sarif.model_validate_json(report(Format.SARIF, [], {}))
    assert log.runs[0].results == []


def test_a_finding_whose_text_is_not_known_has_neither_excerpt_nor_edits() -> None:
    source = decode("Title\n")
    fix = {"does": "drop it", "text": "", "safety": "safe"}
    found = make_finding(source, {**HEADING, "fix": fix})
    assert " | " not in report(Format.FULL, [found], {})
    assert json.loads(report(Format.JSON, [found], {}))["diagnostics"][0]["fix"] is None


def test_a_line_of_ten_million_characters_is_shown_at_once() -> None:
    source = decode("x" * 5_000_000 + " Title " + "漢" * 5_000_000)
    shown = report(Format.FULL, [make_finding(source, HEADING)] * 200, {PATH: source})
    assert max(map(count_columns, shown.splitlines())) <= 80
    assert shown.count("^^^^^") == 200


def test_a_finding_that_fills_the_width_has_one_mark_where_its_line_is_cut() -> None:
    source = decode("| " + "x" * 200 + " | rest |\n")
    for length in (15, 34, 35, 36, 200):
        finding = make_finding(source, {**HEADING, "mark": "x" * length})
        lines = report(Format.FULL, [finding], {PATH: source}, width=40).splitlines()
        (shown,) = (line for line in lines if line.startswith("1 | "))
        (carets,) = (line for line in lines if "^" in line)
        assert (shown.count("…"), max(len(shown), len(carets))) == (1, 40), length


@settings(max_examples=200, deadline=None)
@given(
    text=st.text(
        st.sampled_from("ab \t\n\r\x1b\x00\x9b漢é\u0301\u202e\u200d👍🏽️\udcff|^"), min_size=1
    ),
    data=st.data(),
)
def test_no_text_can_steer_a_terminal_or_break_the_width(text: str, data: st.DataObject) -> None:
    source = Source(text)
    start = data.draw(st.integers(0, len(text)))
    mark = text[start : data.draw(st.integers(start, len(text)))]
    finding = make_finding(source, {**HEADING, "mark": mark, "message": text, "path": text})
    for chosen in (Format.FULL, Format.CONCISE, Format.GITHUB):
        shown = report(chosen, [finding], {text: source}, width=40)
        assert all(line.isprintable() or _has_joiner(line) for line in shown.split("\n"))
    excerpt = [line for line in shown.split("\n") if re.match(r" *[0-9]* \|", line)]
    assert max(map(count_columns, excerpt), default=0) <= 40


def _has_joiner(line: str) -> bool:
    return line.replace("\u200d", "").isprintable()


def _two(text: str) -> tuple[Sequence[Diagnostic], dict[str, Source]]:
    """Give two findings with one fingerprint."""
    source = decode(text)
    return [make_finding(source, HEADING)] * 2, {PATH: source}
