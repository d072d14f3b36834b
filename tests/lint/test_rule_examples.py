from __future__ import annotations

from pathlib import Path

import pytest
from lint_examples import check_example, fix_example, text_of

from handoff_md.linter import rules
from handoff_md.linter.rule import Example, kinds_of, list_rules, load_rule, may_check

CODES = list(list_rules())


def _examples(role: str) -> list[object]:
    return [
        pytest.param(code, example, id=f"{code}-{number}")
        for code in CODES
        for number, example in enumerate(load_rule(code).examples)
        if example.role == role and load_rule(code).check_commit is None
    ]


@pytest.mark.parametrize("code", CODES)
def test_a_rule_is_called_as_its_file_and_documents_itself(code: str) -> None:
    rule, listed = load_rule(code), list_rules()[code]
    assert (rule.code, rule.name) == (listed.code, listed.name)
    assert "## Why\n" in rule.documentation
    assert rule.summary
    roles = [example.role for example in rule.examples]
    assert "bad" in roles
    assert "good" in roles
    assert ("fixed" in roles) == (rule.fix is not None)


@pytest.mark.parametrize("code", CODES)
def test_a_rule_is_loaded_for_all_that_it_checks(code: str) -> None:
    rule = load_rule(code)
    kinds = rule.kinds if rule.check_commit is None else (None,)
    assert all(may_check(code, kind) for kind in kinds)


def test_a_rule_says_what_it_is_about_where_its_code_does_not_tell_it_alone() -> None:
    """What stands twice could differ: a rule that repeats its code's kinds is to leave them out."""
    folder = Path(rules.__path__[0])
    said = [path.stem[:5].upper() for path in folder.glob("h*.py") if "kinds=" in path.read_text()]
    assert said
    assert [code for code in said if load_rule(code).kinds == kinds_of(code)] == []


@pytest.mark.parametrize(("code", "example"), _examples("bad"))
def test_a_bad_example_fires_its_rule(code: str, example: Example) -> None:
    assert code in {found.code for found in check_example(load_rule(code), example)}


@pytest.mark.parametrize(("code", "example"), _examples("good"))
def test_a_good_example_is_silent(code: str, example: Example) -> None:
    assert not check_example(load_rule(code), example)


@pytest.mark.parametrize("code", [code for code in CODES if load_rule(code).fix])
def test_a_fix_makes_the_fixed_example_of_the_bad_one(code: str) -> None:
    rule = load_rule(code)
    pairs = [
        (bad, fixed)
        for bad, fixed in zip(rule.examples, rule.examples[1:], strict=False)
        if fixed.role == "fixed"
    ]
    assert pairs
    for bad, fixed in pairs:
        assert bad.role == "bad"
        assert fix_example(rule, bad) == text_of(fixed)
