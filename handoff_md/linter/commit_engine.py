"""Runs the rules about commits over one commit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handoff_md.linter.change import CommitChange
from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Diagnostic
from handoff_md.linter.rule import Rule
from handoff_md.linter.selection import severity_of
from handoff_md.text.source import Source


def check_change(
    change: CommitChange, rules: Sequence[Rule], context: Context
) -> Iterator[Diagnostic]:
    """Check a commit with the rules about commits, in the order of the rules."""
    source = change.after.source if change.after else Source("")
    for rule in rules:
        if rule.check_commit is None:
            continue
        for finding in rule.check_commit(change, context):
            yield Diagnostic(
                code=rule.code,
                name=rule.name,
                severity=severity_of(rule.code, context.options) or rule.severity,
                message=finding.message,
                path=finding.path or context.layout.handoff,
                span=finding.span,
                start=source.position(finding.span.start),
                end=source.position(finding.span.end),
                sessions=finding.sessions,
                commit=change.commit,
                text=finding.text,
            )
