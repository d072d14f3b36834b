"""A rule's documentation as a page of Markdown; the command, the docs and SARIF show the same."""

from __future__ import annotations

import re
from collections.abc import Mapping

from handoff_md.linter.page import PageKind
from handoff_md.linter.rule import EXAMPLE, Rule

_LEADS = {"bad": "Flagged", "good": "Right", "fixed": "After the fix"}
_FILES = {
    PageKind.HANDOFF: "HANDOFF.md",
    PageKind.SUMMARY: "summaries",
    PageKind.LOG: "session logs",
    PageKind.PROTOCOL: "SESSION-PROTOCOL.md",
    PageKind.IGNORE: ".gitignore",
}
_SAID = {
    "path": "in `{}`",
    "files": "where these exist: `{}`",
    "handoff": "where HANDOFF.md names `{}`",
    "profile": "in the profile `{}`",
    "built": "where it is {}",
    "pieces": "where a session's file is {}",
    "required": "where these fields are required: `{}`",
}


def write_page(rule: Rule) -> str:
    """Give the whole page: a heading, the facts of the rule, and its help."""
    facts = [
        f"**Severity**: {rule.severity}",
        f"**Fix**: {rule.fix or 'none'}",
        f"**Checks**: {', '.join(files_of(rule))}",
    ]
    if rule.profile:
        facts.append(f"**Profile**: {rule.profile}")
    told = "\\\n".join(facts)
    return f"# {rule.code}: {rule.name}\n\n{told}\n\n{write_help(rule)}\n"


def write_help(rule: Rule) -> str:
    """Give the documentation, with words before each example that say what it shows."""
    return EXAMPLE.sub(_with_lead, rule.documentation)


def files_of(rule: Rule) -> tuple[str, ...]:
    """Name the files that a rule checks, for people; ``commits`` where it checks these."""
    if rule.check_commit:
        return ("commits",)
    return tuple(_FILES[kind] for kind in rule.kinds)


def _with_lead(example: re.Match[str]) -> str:
    settings = dict(setting.split("=", 1) for setting in example["settings"].split())
    lead = ", ".join((_LEADS[example["role"]], *_conditions(settings)))
    fence = example["fence"]
    return f"{lead}:\n\n{fence}markdown\n{example['text']}{fence}"


def _conditions(settings: Mapping[str, str]) -> list[str]:
    return [
        words.format(settings[name].replace(",", "`, `"))
        for name, words in _SAID.items()
        if name in settings
    ]
