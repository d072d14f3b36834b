from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_process import run_command

from handoff_md.linter.rule import list_rules, load_rule
from handoff_md.linter.rule_page import write_page

CODES = list(list_rules())


def test_without_a_code_all_rules_are_listed_on_one_line_each(tmp_path: Path) -> None:
    done = run_command(tmp_path, "rule")
    lines = done.stdout.decode().splitlines()
    assert (done.returncode, done.stderr) == (0, b"")
    assert [line.split()[0] for line in lines] == CODES
    for line in lines:
        rule = load_rule(line.split()[0])
        assert line.split()[1:4] == [rule.name, rule.severity, rule.fix or "-"]
        assert line.endswith(f"  {rule.summary}")


def test_the_beginning_of_a_code_lists_its_rules(tmp_path: Path) -> None:
    lines = run_command(tmp_path, "rule", "HN", "hx").stdout.decode().splitlines()
    assert [line[:5] for line in lines] == [c for c in CODES if c.startswith(("HN", "HX"))]


@pytest.mark.parametrize("selector", ["HE003", "he003", "duplicate-session"])
def test_one_rule_is_explained_as_markdown(tmp_path: Path, selector: str) -> None:
    done = run_command(tmp_path, "rule", selector)
    assert done.stdout.decode() == write_page(load_rule("HE003"))


def test_colours_are_for_people_and_keep_all_words(tmp_path: Path) -> None:
    done = run_command(tmp_path, "--color", "always", "rule", "HE003")
    shown = done.stdout.decode()
    assert "\x1b[" in shown
    assert "HE003: duplicate-session" in shown
    table = run_command(tmp_path, "--color", "always", "rule").stdout.decode()
    assert all(code in table for code in CODES)


def test_programs_get_one_object(tmp_path: Path) -> None:
    shown = json.loads(run_command(tmp_path, "rule", "HE003", "--json").stdout)
    assert shown["version"] == 1
    (rule,) = shown["rules"]
    assert (rule["code"], rule["severity"], rule["fix"]) == ("HE003", "error", "unsafe")
    assert "## Why" in rule["documentation"]
    listed = json.loads(run_command(tmp_path, "rule", "--json").stdout)["rules"]
    assert [rule["code"] for rule in listed] == CODES


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("duplicate-sesion", "Did you mean duplicate-session? `handoff-md rule` lists all rules."),
        ("%%%", "`handoff-md rule` lists all rules."),
    ],
)
def test_an_unknown_rule_is_refused_with_what_may_be_meant(
    tmp_path: Path, word: str, hint: str
) -> None:
    done = run_command(tmp_path, "rule", word)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == f"error: there is no rule '{word}'\nhint: {hint}\n"
