"""Explains rules: those that codes, beginnings of codes and names stand for. Reads no file."""

from __future__ import annotations

from collections.abc import Sequence

from handoff_md.answer import Answer
from handoff_md.linter.diagnostic import Safety, Severity
from handoff_md.linter.options import Profile
from handoff_md.linter.rule import Rule, list_rules, load_rules
from handoff_md.linter.rule_page import files_of, write_help
from handoff_md.linter.selection import EVERY_RULE, check_selector, matches
from handoff_md.value import Value


class RuleAnswer(Value):
    """A rule of the linter.

    Attributes:
        code: its code, as it is selected and suppressed.
        name: its name, as it is selected and suppressed.
        severity: of its findings, unless configured otherwise.
        fix: whether its fixes are safe; null where it has none.
        profile: the profile that it holds for, or null for both.
        checks: the kinds of files that it is about.
        summary: what it flags, in one sentence.
        documentation: its page as Markdown, without a heading on top.
    """

    code: str
    name: str
    severity: Severity
    fix: Safety | None
    profile: Profile | None
    checks: tuple[str, ...]
    summary: str
    documentation: str


class RulesAnswer(Answer):
    """What `rule --json` prints.

    Attributes:
        rules: the rules, in the order of their codes.
    """

    rules: tuple[RuleAnswer, ...]


def find_rules(selectors: Sequence[str]) -> tuple[Rule, ...]:
    """Load the rules that any of the selectors stands for, all without one; sorted by code.

    Raises:
        ConfigError: a selector stands for no rule.
    """
    wanted = selectors or (EVERY_RULE,)
    for selector in wanted:
        check_selector(selector)
    return load_rules([code for code in list_rules() if matches(code, wanted)])


def rules_to_json(rules: Sequence[Rule]) -> RulesAnswer:
    """Give the documented JSON object."""
    told = (
        RuleAnswer(
            code=rule.code,
            name=rule.name,
            severity=rule.severity,
            fix=rule.fix,
            profile=rule.profile,
            checks=files_of(rule),
            summary=rule.summary,
            documentation=write_help(rule),
        )
        for rule in rules
    )
    return RulesAnswer(tuple(told))
