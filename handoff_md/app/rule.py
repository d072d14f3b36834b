"""Explains rules: those that codes, beginnings of codes and names stand for. Reads no file."""

from __future__ import annotations

from collections.abc import Sequence

from handoff_md.linter.catalogue import list_rules, load_rules
from handoff_md.linter.rule import Rule
from handoff_md.linter.rule_page import files_of, write_help
from handoff_md.linter.selection import EVERY_RULE, check_selector, matches

_VERSION = 1


def find_rules(selectors: Sequence[str]) -> tuple[Rule, ...]:
    """Load the rules that any of the selectors stands for, all without one; sorted by code.

    Raises:
        ConfigError: a selector stands for no rule.
    """
    wanted = selectors or (EVERY_RULE,)
    for selector in wanted:
        check_selector(selector)
    return load_rules([code for code in list_rules() if matches(code, wanted)])


def rules_to_json(rules: Sequence[Rule]) -> dict[str, object]:
    """Give what ``rule --json`` prints; docs/exit-codes-and-json.md tells the fields."""
    return {"version": _VERSION, "rules": [_to_json(rule) for rule in rules]}


def _to_json(rule: Rule) -> dict[str, object]:
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.value,
        "fix": rule.fix.value if rule.fix else None,
        "profile": rule.profile.value if rule.profile else None,
        "checks": list(files_of(rule)),
        "summary": rule.summary,
        "documentation": write_help(rule),
    }
