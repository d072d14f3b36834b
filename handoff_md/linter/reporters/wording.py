"""The words of a finding, for formats that have one text for each."""

from __future__ import annotations

from handoff_md.linter.diagnostic import Diagnostic

_COMMIT_LENGTH = 12
_RULES = "https://github.com/handoff-md/handoff-md/blob/main/docs/rules"


def sentence(found: Diagnostic) -> str:
    """Give the message; the commit comes first where the finding is about one."""
    commit = f"Commit {found.commit[:_COMMIT_LENGTH]}: " if found.commit else ""
    return commit + found.message


def page_of(code: str) -> str:
    """Give the address of a rule's documentation."""
    return f"{_RULES}/{code}.md"
