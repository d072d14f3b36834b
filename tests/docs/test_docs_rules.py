"""The pages of the rules are their docstrings; ``--update-golden`` writes them."""

from __future__ import annotations

from itertools import groupby

import pytest
from cases import expect
from documentation import ROOT
from markdown_it import MarkdownIt

from handoff_md.linter.rule import Rule, list_rules, load_rule, load_rules
from handoff_md.linter.rule_page import write_page

FOLDER = ROOT / "docs" / "rules"
CODES = list(list_rules())
KINDS = {
    "HD": "Dangerous text",
    "HE": "Entries of HANDOFF.md",
    "HF": "Summary files",
    "HG": "Git history",
    "HL": "Links",
    "HN": "Suppressions",
    "HP": "Parallel sections",
    "HR": "The repository",
    "HS": "Session logs",
    "HX": "The file as a whole",
}
HEAD = """\
# Rules

What the [linter](../lint.md) checks. `handoff-md rule CODE` shows the same pages. A fix that is
*safe* is made by `handoff-md lint --fix`, an *unsafe* one by `handoff-md lint --unsafe-fixes` only.
"""
TABLE = f"| code | name | severity | fix | flags |\n{'|---' * 5}|\n"


@pytest.mark.parametrize("code", CODES)
def test_the_page_of_a_rule_is_its_documentation(
    code: str,
    update_golden: bool,  # noqa: FBT001 - a fixture
) -> None:
    expect(FOLDER, f"{code}.md", write_page(load_rule(code)).encode(), update=update_golden)


def test_the_index_lists_all_rules(
    update_golden: bool,  # noqa: FBT001 - a fixture
) -> None:
    expect(FOLDER, "index.md", write_index(load_rules(CODES)).encode(), update=update_golden)


def test_there_is_no_page_without_a_rule() -> None:
    assert {page.stem for page in FOLDER.iterdir()} == {*CODES, "index"}


@pytest.mark.parametrize("code", CODES)
def test_a_page_shows_its_examples_and_has_one_title(code: str) -> None:
    tokens = MarkdownIt().parse(write_page(load_rule(code)))
    shown = [token.content for token in tokens if token.type == "fence"]
    assert [example.text for example in load_rule(code).examples] == shown
    titles = [token for token in tokens if token.type == "heading_open" and token.tag == "h1"]
    assert len(titles) == 1


def write_index(rules: tuple[Rule, ...]) -> str:
    parts = [HEAD]
    for kind, group in groupby(rules, key=lambda rule: rule.code[:2]):
        parts += [
            f"\n## {KINDS[kind]}\n\n| code | name | severity | fix | flags |\n{'|---' * 5}|\n"
        ]
        parts += map(_row, group)
    return "".join(parts)


def _row(rule: Rule) -> str:
    flags = rule.summary.replace("|", "\\|")
    link = f"[{rule.code}]({rule.code}.md)"
    return f"| {link} | {rule.name} | {rule.severity} | {rule.fix or '-'} | {flags} |\n"
