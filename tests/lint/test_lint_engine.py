from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from handoff_md.errors import ConfigError
from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Diagnostic, Finding, Severity
from handoff_md.linter.engine import check_page, choose_rules, lint
from handoff_md.linter.options import LintOptions, Profile, read_options
from handoff_md.linter.page import Page, PageKind, make_page
from handoff_md.linter.rule import Rule
from handoff_md.linter.selection import ignored_for, select_codes
from handoff_md.syntax.parse import parse

TWICE = """\
## Recent Sessions

### 2025-12-18: Cache the look-ups (Session 19)

Text of the first.

{}### 2025-12-18: Cache all look-ups (Session 19)

Text of the second.{}
"""
ONE_LINE = (
    "## Recent Sessions\n\n### 2025-12-18: A (Session 19)\n\n### 2025-12-18: {} B (Session 19)\n"
)
DUPLICATE, UNUSED, UNKNOWN = "HE003", "HN001", "HN002"


def check(text: str, *codes: str, **options: object) -> tuple[Diagnostic, ...]:
    chosen = replace(LintOptions(select=codes), **options)
    context = Context(chosen)
    page = make_page(PageKind.HANDOFF, "H.md", text)
    return check_page(page, choose_rules(context, page.kind), context)


def codes_of(text: str, *codes: str) -> list[str]:
    return [found.code for found in check(text, *codes)]


def test_a_finding_has_its_place_its_entry_and_its_text() -> None:
    (found,) = check(TWICE.format("", ""), DUPLICATE)
    assert (found.code, found.name, found.severity) == (
        DUPLICATE,
        "duplicate-session",
        Severity.ERROR,
    )
    assert (found.path, str(found.start)) == ("H.md", "7:5")
    assert found.text == found.entry == "2025-12-18: Cache all look-ups (Session 19)"
    assert [str(session) for session in found.sessions] == ["19"]
    assert "line 3" in found.message


@pytest.mark.parametrize(
    "mark", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", ids=ascii
)
def test_each_character_that_turns_text_around_is_found_alone(mark: str) -> None:
    assert codes_of(f"# Handoff\n\nRun make {mark}test.\n", "HD001") == ["HD001"]


def test_a_fingerprint_stays_when_lines_move() -> None:
    text = TWICE.format("", "")
    (here,), (moved,) = check(text, DUPLICATE), check(f"# Handoff\n\n{text}", DUPLICATE)
    assert here.start != moved.start
    assert here.fingerprint == moved.fingerprint


@pytest.mark.parametrize(
    "word", ["HE003", "he003", "duplicate-session", "HL001, HE003", "HE", "h", "All"]
)
@pytest.mark.parametrize("gap", ["", "\n", "\n\n"])
def test_a_comment_silences_a_rule_in_the_next_line_that_is_not_blank(word: str, gap: str) -> None:
    comment = f"<!-- handoff-md: ignore[{word}] both stay -->\n{gap}"
    assert not codes_of(TWICE.format(comment, ""), DUPLICATE)


def test_a_comment_silences_a_rule_in_its_own_line() -> None:
    heading = "### 2025-12-18: Cache it (Session 19)"
    text = f"## Recent Sessions\n\n{heading}\n\n{heading} <!-- handoff-md: ignore[HE003] -->\n"
    assert not codes_of(text, DUPLICATE)


@pytest.mark.parametrize(
    "comment",
    [
        "<!-- handoff-md:ignore [HE003] -->",
        "<!--handoff-md: ignore[ HE003 ]-->",
        "<!-- handoff-md: ignore[HE003] both stay, since\nit was written twice -->",
        "<!-- handoff-md: ignore[HE003] -->\n<!-- handoff-md: ignore[HX001] -->",
        "<!-- handoff-md: ignore[HE003] --> <!-- handoff-md: ignore[HX001] -->",
        "<!-- handoff-md: ignore[HX001] -->\n\n<!-- handoff-md: ignore-file[HE003] -->",
    ],
)
def test_a_comment_may_have_spaces_lines_and_others_below_it(comment: str) -> None:
    assert DUPLICATE not in codes_of(TWICE.format(f"{comment}\n", ""), DUPLICATE, UNKNOWN)
    assert UNKNOWN not in codes_of(TWICE.format(f"{comment}\n", ""), DUPLICATE, UNKNOWN)


@pytest.mark.parametrize(
    "text",
    [
        TWICE.format("", "\n\n<!-- handoff-md: ignore[HE003] too late -->"),
        TWICE.format("<!-- handoff-md: ignore[HX001] another rule -->\n", ""),
        TWICE.format("```\n<!-- handoff-md: ignore[HE003] an example -->\n```\n\n", ""),
        TWICE.format("<!-- handoff-md ignore[HE003] no colon -->\n", ""),
        TWICE.format("\\<!-- handoff-md: ignore[HE003] escaped -->\n\n", ""),
        TWICE.format("`<!-- handoff-md: ignore[HE003] -->` is how\n\n", ""),
        ONE_LINE.format("`put <!-- handoff-md: ignore[HE003] why --> behind it`"),
        ONE_LINE.format("``a ` b <!-- handoff-md: ignore[HE003] why -->``"),
        ONE_LINE.format("\\<!-- handoff-md: ignore[HE003] why -->"),
    ],
)
def test_other_comments_silence_nothing(text: str) -> None:
    assert codes_of(text, DUPLICATE) == [DUPLICATE]


def test_a_comment_for_the_file_silences_a_rule_everywhere_in_it() -> None:
    comment = "<!-- handoff-md: ignore-file[HE003] restored by hand -->"
    assert not codes_of(TWICE.format("", f"\n\n{comment}"), DUPLICATE, UNUSED)


def test_an_idle_comment_is_reported_only_if_its_rule_runs() -> None:
    idle = "# Handoff\n\n<!-- handoff-md: ignore[HE003] -->\n\nText.\n"
    assert codes_of(idle, DUPLICATE, UNUSED) == [UNUSED]
    assert not codes_of(idle, "HX001", UNUSED)


@pytest.mark.parametrize("word", ["HX", "HX00", "ALL"])
def test_an_idle_prefix_is_reported_only_if_all_that_it_names_has_run(word: str) -> None:
    idle = f"# Handoff\n\n<!-- handoff-md: ignore[{word}] -->\n\nText.\n"
    assert codes_of(idle, "ALL") == [UNUSED]
    assert not codes_of(idle, "HX001", UNUSED)


@pytest.mark.parametrize("word", ["HN001", "HN", "ALL"])
def test_idle_comments_are_silenced_in_a_whole_file(word: str) -> None:
    idle = (
        f"# H\n\n<!-- handoff-md: ignore[HE003] -->\n\n<!-- handoff-md: ignore-file[{word}] -->\n"
    )
    assert not codes_of(idle, "ALL")


def test_a_comment_of_two_codes_is_idle_for_one_of_them() -> None:
    comment = "<!-- handoff-md: ignore[HE003, HX001] both stay -->\n"
    (found,) = check(TWICE.format(comment, ""), DUPLICATE, "HX001", UNUSED)
    assert (found.code, found.text) == (UNUSED, "HX001")


def test_findings_inside_a_conflict_are_not_reported_and_others_have_no_fix() -> None:
    conflict = "<<<<<<< HEAD\n{}=======\n>>>>>>> topic\n"
    heading = "### 2025-12-18: Cache all look-ups (Session 19)\n\n"
    text = TWICE.format("", "").replace(heading, conflict.format(heading))
    assert codes_of(text, DUPLICATE, "HX001") == ["HX001"] * 3


def test_a_severity_is_configured_by_code_by_prefix_or_by_name() -> None:
    for key in ("HE003", "duplicate-session", "HE"):
        severity = {key: Severity.WARNING}
        (found,) = check(TWICE.format("", ""), DUPLICATE, severity=severity)
        assert found.severity is Severity.WARNING


def test_the_longest_key_decides_on_the_severity() -> None:
    severity = {"HE": Severity.INFO, "HE003": Severity.WARNING, "H": Severity.ERROR}
    (found,) = check(TWICE.format("", ""), DUPLICATE, severity=severity)
    assert found.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("options", "runs"),
    [
        (LintOptions(), True),
        (LintOptions(select=("HE",)), True),
        (LintOptions(select=("HX",)), False),
        (LintOptions(select=("HX",), extend_select=("he003",)), True),
        (LintOptions(ignore=("HE",)), False),
        (LintOptions(select=("HE003",), ignore=("HE",)), True),
        (LintOptions(select=("HE",), ignore=("HE003",)), False),
        (LintOptions(select=("duplicate-session",), ignore=("HE00",)), True),
        (LintOptions(ignore=("duplicate-session",)), False),
        (LintOptions(select=("HE003",), ignore=("HE003",)), False),
    ],
)
def test_the_longer_selector_decides(options: LintOptions, *, runs: bool) -> None:
    assert (DUPLICATE in select_codes(options)) is runs


@pytest.mark.parametrize("key", ["select", "ignore", "extend_select"])
def test_an_unknown_selector_is_refused_with_what_may_be_meant(key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        select_codes(LintOptions(**{key: ("duplicate-sesion",)}))  # type: ignore[arg-type] # by name
    assert "duplicate-session" in caught.value.hint


@pytest.mark.parametrize(
    ("pattern", "path", "matched"),
    [
        ("*.md", ".agents/HANDOFF.md", True),
        ("HANDOFF.md", ".agents/HANDOFF.md", True),
        (".agents/*", ".agents/sessions/a.md", True),
        ("docs/*", ".agents/HANDOFF.md", False),
        ("2025-*", ".agents/sessions/2025-12-18-session-19.md", True),
    ],
)
def test_rules_are_left_out_of_files_by_pattern(pattern: str, path: str, *, matched: bool) -> None:
    options = LintOptions(per_file_ignores={pattern: ("HE",)})
    assert (DUPLICATE in ignored_for(path, options)) is matched
    assert "HX001" not in ignored_for(path, options)


@pytest.mark.parametrize(
    ("table", "message", "hint"),
    [
        ({"selct": []}, "lint: unknown key 'selct'", "Did you mean select?"),
        ({"select": "HE"}, "lint: select must be a list of texts, not 'HE'", "Write"),
        ({"severity": {"HE003": "fatal"}}, "lint: severity: HE003 must be one of", ""),
        ({"severity": {"HE003": "eror"}}, "not 'eror'", "Did you mean error?"),
        ({"per-file-ignores": {"*.md": "HE"}}, "per-file-ignores: *.md must be a list", ""),
        ({"per-file-ignores": []}, "per-file-ignores must be a table", ""),
    ],
)
def test_a_mistake_in_the_table_names_its_key(
    table: dict[str, object], message: str, hint: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read_options(table, "lint", profile="append")
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_the_table_is_read_into_options() -> None:
    table = {"select": ["HE"], "severity": {"HE003": "info"}, "required-fields": ["Status"]}
    assert read_options(table, "lint", profile="read-only") == LintOptions(
        profile=Profile.READ_ONLY,
        select=("HE",),
        severity={"HE003": Severity.INFO},
        required_fields=("Status",),
    )


def test_a_document_is_linted_without_options() -> None:
    found = lint(parse(TWICE.format("", "")))
    assert DUPLICATE in [diagnostic.code for diagnostic in found]


def test_a_rule_that_says_nothing_of_itself_has_no_documentation() -> None:
    def check(_page: Page, _context: Context) -> Iterator[Finding]:
        yield from ()

    silent = Rule("HE999", "silent", Severity.INFO, (PageKind.HANDOFF,), check)
    assert (silent.documentation, silent.summary) == ("", "")
