"""Workflow commands of GitHub Actions, which become annotations: ``::error file=…::message``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from handoff_md.linter.diagnostic import Diagnostic, Severity
from handoff_md.linter.reporters.concise_report import place
from handoff_md.linter.reporters.findings import count_rules, sentence
from handoff_md.text.source import Source
from handoff_md.text.visible import visible

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
MOST = 10
"""GitHub makes so many annotations of each kind for a step, and drops the others without a word."""


def write(
    diagnostics: Sequence[Diagnostic],
    _sources: Mapping[str, Source],
    *,
    color: bool,  # noqa: ARG001 - the runner reads it
    width: int,  # noqa: ARG001 - the same
    root: str,  # noqa: ARG001 - paths are relative to the checkout
) -> str:
    """Write one command for each finding; nothing in a message can begin another one.

    Of more than `MOST` of one severity, the last command that counts tells how many there are of
    which rules, and lines of the job's log list them.
    """
    counts = Counter(found.severity for found in diagnostics)
    seen: Counter[Severity] = Counter()
    lines, left = list[str](), list[Diagnostic]()
    for found in diagnostics:
        seen[found.severity] += 1
        if seen[found.severity] < MOST or counts[found.severity] == MOST:
            lines.append(_command(found))
        else:
            left.append(found)
    return "".join(f"{line}\n" for line in (*lines, *_count_rest(left)))


def _count_rest(left: Sequence[Diagnostic]) -> Iterator[str]:
    """Count the findings that would be no annotations, each severity in one, and list them."""
    for severity, command in _COMMANDS.items():
        rest = [found for found in left if found.severity is severity]
        if rest:
            title = f"{len(rest):,} more of the severity {severity}"
            told = f"{count_rules(rest)}; the log of this step lists them"
            yield f"::{command} title={_escape_property(title)}::{_escape(told)}"
    if left:
        yield f"::group::{len(left):,} more findings"
        yield from (_line(found) for found in left)
        yield "::endgroup::"


def _line(found: Diagnostic) -> str:
    """Write a finding as a line of the log, in which nothing is a command (`##[`, too, was one)."""
    line = f"{place(found)}: {found.code} {visible(found.message)}"
    return f"{found.severity} {line.replace('##[', '## [')}"


def _command(found: Diagnostic) -> str:
    properties = {
        "file": found.path,
        "line": str(found.start.line),
        "endLine": str(found.end.line),
        **_columns(found),
        "title": f"{found.code} ({found.name})",
    }
    told = ",".join(f"{key}={_escape_property(value)}" for key, value in properties.items())
    return f"::{_COMMANDS[found.severity]} {told}::{_escape(sentence(found))}"


def _columns(found: Diagnostic) -> dict[str, str]:
    """Give the columns; GitHub refuses them where a finding spans several lines."""
    if found.start.line != found.end.line:
        return {}
    return {"col": str(found.start.column), "endColumn": str(found.end.column)}


def _escape(text: str) -> str:
    """Escape as the runner does (actions/toolkit, command.ts): a line break ends a command."""
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
